"""Speech-to-text of a Wyoming server: its requests, its texts, and each way to fail."""

import asyncio

import numpy as np
import pytest
from wyoming.audio import AudioChunk

from agent_server.config import Wyoming
from agent_server.engines import UnsupportedError
from agent_server.stt import SpeechToTextError, Transcript
from agent_server.stt.wyoming import WyomingSpeechToText, WyomingUtterance
from tests.agent_server.calling import eventually
from tests.agent_server.wyoming import Server, event, models, raw, serving, silent, transcript

AUDIO = np.linspace(-1, 1, 10_000, dtype=np.float32)
WORKS = transcript(" Hello. ")


async def hear(engine: WyomingSpeechToText, language: str = "en") -> str:
    utterance = engine.begin(language)
    utterance.feed(AUDIO[:4_000])
    utterance.feed(AUDIO[4_000:])
    utterance.confirm()
    return (await utterance.transcript()).text


def heard(server: Server) -> int:
    """The samples that a server has received."""
    return sum(len(each.payload or b"") for each in server.events) // 2


def is_broken(utterance: WyomingUtterance) -> bool:
    stream = utterance._stream
    return stream is not None and stream.done()


async def test_sends_the_audio_and_returns_the_words():
    async with serving(models(["en", "de"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address())
        assert await hear(engine, "de-AT") == "Hello."
        kinds = ["describe", "transcribe", "audio-start", "audio-chunk", "audio-stop"]
        assert server.types == kinds
        assert server.events[1].data == {"language": "de"}
        assert server.events[2].data["rate"] == 16_000
        chunks = [AudioChunk.from_event(e) for e in server.events if AudioChunk.is_type(e.type)]
        pcm = np.frombuffer(b"".join(chunk.audio for chunk in chunks), np.int16)
        assert np.allclose(pcm / 32_767, AUDIO, atol=1e-4)

        server.events.clear()
        assert await hear(engine) == "Hello."
        assert "describe" not in server.types


async def test_audio_is_sent_while_the_user_speaks():
    async with serving(models(["en"]), WORKS) as server:
        utterance = WyomingSpeechToText(server.address()).begin("en")
        utterance.feed(AUDIO[:4_000])
        await eventually(lambda: heard(server) == 4_000)
        utterance.feed(AUDIO[4_000:5_000])
        await eventually(lambda: heard(server) == 5_000)
        assert "audio-stop" not in server.types
        assert (await utterance.transcript()).text == "Hello."
        assert heard(server) == 5_000
        assert server.types.count("transcribe") == 1


async def test_server_that_restarts_while_the_user_speaks_hears_everything(caplog):
    async with serving(models(["en"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address())
        utterance = engine.begin("en")
        utterance.feed(AUDIO[:4_000])
        await eventually(lambda: heard(server) == 4_000)
        await server.stop()
        await eventually(lambda: server.connections == 0)
        server.events.clear()
        await server.start()
        utterance.feed(AUDIO[4_000:])
        # Two parts: the first one after the end of the connection may still be accepted.
        await asyncio.sleep(0.01)
        utterance.feed(AUDIO)
        await eventually(lambda: is_broken(utterance))
        assert (await utterance.transcript()).text == "Hello."
        assert heard(server) == 2 * AUDIO.size
        assert not caplog.records


async def test_server_that_is_away_while_the_user_speaks_is_tried_again():
    async with serving(models(["en"]), WORKS) as server:
        await server.stop()
        utterance = WyomingSpeechToText(server.address()).begin("en")
        utterance.feed(AUDIO)
        await eventually(lambda: is_broken(utterance))
        await server.start()
        assert (await utterance.transcript()).text == "Hello."
        assert heard(server) == AUDIO.size


async def test_connection_is_closed_when_the_user_sends_nothing():
    async with serving(models(["en"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address(), limit=30.0)
        utterance = engine.begin("en")
        utterance.feed(AUDIO)
        await eventually(lambda: heard(server) == AUDIO.size)
        engine.limit = 0.01
        utterance.feed(AUDIO)
        await eventually(lambda: is_broken(utterance))
        await eventually(lambda: server.connections == 0)
        engine.limit = 30.0
        utterance.feed(AUDIO)
        assert (await utterance.transcript()).text == "Hello."


async def test_an_utterance_that_is_dropped_closes_its_connection():
    async with serving(models(["en"]), WORKS) as server:
        utterance = WyomingSpeechToText(server.address()).begin("en")
        utterance.drop()  # Nothing is open yet.
        utterance.feed(AUDIO)
        await eventually(lambda: heard(server) == AUDIO.size)
        utterance.drop()
        await eventually(lambda: server.connections == 0)
        assert "audio-stop" not in server.types


async def test_server_that_does_not_read_costs_one_turn():
    async with serving(models(["en"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address(), limit=30.0)
        await engine.ask()
        engine.limit = 0.2
        server.is_reading.clear()
        utterance = engine.begin("en")
        utterance.feed(np.zeros(16_000 * 600, np.float32))
        with pytest.raises(SpeechToTextError, match=r"does not read|within 0\.2 s"):
            await utterance.transcript()
        server.is_reading.set()
        engine.limit = 30.0
        assert await hear(engine) == "Hello."


async def test_the_model_follows_the_language():
    async with serving(models(["en"], ["de", "fr"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address())
        await hear(engine, "fr-FR")
        selected, request = server.events[1:3]
        assert (selected.type, selected.data) == ("select-program", {"name": "ears"})
        assert request.data == {"name": "model-1", "language": "fr"}
        assert engine.languages == ["en", "de", "fr"]


async def test_the_configured_model():
    async with serving(models(["en"], ["en", "de"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address(model="model-1"))
        await hear(engine)
        assert server.events[2].data == {"name": "model-1", "language": "en"}
        with pytest.raises(UnsupportedError, match="no model tiny, only model-0, model-1"):
            await WyomingSpeechToText(server.address(model="tiny")).ask()


async def test_an_earlier_transcript_is_used_again():
    engine = WyomingSpeechToText(Wyoming("127.0.0.1", 1))
    assert await engine.begin("en", Transcript("Hi.")).transcript() == Transcript("Hi.")


async def test_language_that_no_model_has():
    async with serving(models(["en"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address())
        with pytest.raises(SpeechToTextError, match="does not know the language de"):
            await hear(engine, "de")
        assert await hear(engine) == "Hello."


async def test_server_without_speech_to_text():
    async with serving({"asr": []}, WORKS) as server:
        with pytest.raises(UnsupportedError, match="offers no speech-to-text"):
            await WyomingSpeechToText(server.address()).ask()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raw(b""), "closed the connection|connection was lost"),
        (raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak the Wyoming protocol"),
        (raw(b"[]\n"), "does not speak"),
        (raw(b"5\n"), "does not speak"),
        (raw(b"{}\n"), "does not speak"),
        (raw(b"[" * 60_000 + b"\n"), "does not speak"),
        (raw(b"x" * 100_000 + b"\n"), "does not speak"),
        (raw(b'{"type": "transcript", "data": 5}\n'), "does not speak"),
        (raw(b'{"type": "transcript", "data_length": 99999999999}\n'), "does not speak"),
        (raw(b'{"type": "transcript", "data_length": "x"}\n'), "does not speak"),
        (raw(b'{"type": "transcript", "payload_length": -1}\n'), "does not speak"),
        (raw(b'{"type": "transcript", "data_length": 50}\n{"te'), "closed the connection"),
        (raw(event("transcript")), "transcript has no text"),
        (transcript(5), "transcript has no text"),
        (raw(event("error", text="out of memory")), "reports an error: 'out of memory'"),
        (raw(event("pong") * 2_000), "1000 events, but no transcript"),
        (silent, r"no [\w-]+ within 0\.2 s"),
    ],
)
async def test_failure_and_recovery(caplog, answer, error):
    caplog.set_level("INFO")
    async with serving(models(["en"]), answer) as server:
        engine = WyomingSpeechToText(server.address(), limit=0.2 if answer is silent else 30.0)
        for _ in range(2):
            with pytest.raises(SpeechToTextError, match=error) as caught:
                await hear(engine)
            assert caught.value.is_logged
        assert len(caplog.records) == 1  # Logged once.
        assert str(server.address().port) in caplog.text
        server.answer = WORKS
        if answer is not silent:
            assert await hear(engine) == "Hello."
            assert "works again" in caplog.records[-1].message


async def test_description_that_cannot_be_read():
    async with serving({"asr": [{"name": 5}]}, WORKS) as server:
        engine = WyomingSpeechToText(server.address())
        with pytest.raises(SpeechToTextError, match="description cannot be read"):
            await hear(engine)


async def test_server_that_is_away_and_comes_back(caplog):
    caplog.set_level("INFO")
    async with serving(models(["en"]), WORKS) as server:
        engine = WyomingSpeechToText(server.address())
        await hear(engine)
        await server.stop()
        for _ in range(3):
            with pytest.raises(SpeechToTextError, match="cannot be reached"):
                await hear(engine)
        # Another model when it is back.
        server.offer = models(["de"], ["en"])
        await server.start()
        assert await hear(engine) == "Hello."
        assert len(caplog.records) == 2
        assert engine.languages == ["de", "en"]


async def test_server_that_dies_while_it_transcribes():
    async with serving(models(["en"]), silent) as server:
        engine = WyomingSpeechToText(server.address(), limit=30.0)
        hearing = asyncio.create_task(hear(engine))
        await eventually(lambda: "audio-stop" in server.types)
        await server.stop()
        with pytest.raises(SpeechToTextError):
            await hearing


async def test_a_cancelled_utterance_closes_its_connection():
    async with serving(models(["en"]), silent) as server:
        engine = WyomingSpeechToText(server.address())
        hearing = asyncio.create_task(hear(engine))
        await eventually(lambda: "audio-stop" in server.types)
        hearing.cancel()
        await eventually(lambda: server.connections == 0)
