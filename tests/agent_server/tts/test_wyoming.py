"""Text-to-speech of a Wyoming server: its requests, its audio, and each way to fail."""

import asyncio
from typing import Any

import numpy as np
import pytest

from agent_server.engines import UnsupportedError
from agent_server.tts import Audio, TextToSpeechError
from agent_server.tts.wyoming import WyomingTextToSpeech
from tests.agent_server.wyoming import event, raw, serving, silent, speech, voices

PCM = np.array([0, 16_384, -16_384, 32_767], "<i2").tobytes()
WORKS = speech(PCM)
VOICES = voices(alan="en_GB", joe="en_US", thorsten="de_DE")
FORMAT: dict[str, Any] = {"rate": 22_050, "width": 2, "channels": 1}


async def speak(engine: WyomingTextToSpeech, language: str = "en") -> list[Audio]:
    return [audio async for audio in engine.speak("Hello.", language, None)]


async def test_the_rate_is_that_of_the_audio():
    async with serving(VOICES, speech(PCM[:3], PCM[3:], rate=16_000)) as server:
        parts = await speak(WyomingTextToSpeech(server.address()))
        assert {audio.rate for audio in parts} == {16_000}
        samples = np.concatenate([audio.samples for audio in parts])
        assert np.allclose(samples, [0, 0.5, -0.5, 1], atol=1e-4)
        assert server.events[1].data["text"] == "Hello."


async def test_stereo():
    async with serving(VOICES, speech(PCM, channels=2)) as server:
        (audio,) = await speak(WyomingTextToSpeech(server.address()))
        assert np.allclose(audio.samples, [0.25, 0.25], atol=1e-4)


@pytest.mark.parametrize(
    ("configured", "language", "requested"),
    [
        ("thorsten", "de", {"name": "thorsten"}),
        ("thorsten", "de-AT", {"name": "thorsten"}),
        ("thorsten", "en-US", {"name": "joe"}),
        ("joe", "en-GB", {"name": "joe"}),
        ("joe", "fr", {"name": "joe"}),
        (None, "en-US", {"language": "en_US"}),
        (None, "de", {"language": "de_DE"}),
    ],
)
async def test_voice_by_name_or_by_language(configured, language, requested):
    async with serving(VOICES, WORKS) as server:
        address = server.address(voice=configured) if configured else server.address()
        await speak(WyomingTextToSpeech(address), language)
        assert server.events[-1].data["voice"] == requested


async def test_languages():
    async with serving(VOICES, WORKS) as server:
        engine = WyomingTextToSpeech(server.address(voice="joe"))
        assert (engine.languages, engine.offered) == (None, None)
        await engine.ask()
        assert (engine.languages, engine.offered) == (["en_US"], ["en_US"])
        engine = WyomingTextToSpeech(server.address())
        await engine.ask()
        # The server may speak all of them with its own voice: no reason to switch to one.
        assert (engine.languages, engine.offered) == (None, ["en_GB", "en_US", "de_DE"])


async def test_voice_that_the_server_does_not_have():
    async with serving(VOICES, WORKS) as server:
        with pytest.raises(UnsupportedError, match="no voice amy; installed are alan, joe"):
            await WyomingTextToSpeech(server.address(voice="amy")).ask()
    async with serving({"tts": []}, WORKS) as server:
        with pytest.raises(UnsupportedError, match="no text-to-speech"):
            await WyomingTextToSpeech(server.address()).ask()


async def test_text_without_words():
    async with serving(VOICES, raw(event("audio-stop"))) as server:
        assert await speak(WyomingTextToSpeech(server.address())) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raw(b""), "closed the connection|connection was lost"),
        (raw(b"nonsense\n"), "does not speak the Wyoming protocol"),
        (raw(event("audio-start")), "its audio has no format"),
        (speech(PCM, rate=0), "strange format"),
        (speech(PCM, rate="x"), "strange format"),
        (speech(PCM, rate=10**9), "strange format"),
        (speech(PCM, width=4), "strange format"),
        (speech(PCM, channels=0), "strange format"),
        (speech(*[bytes(4_000_000)] * 3), "longer than 120 s"),
        (raw(event("error", text="no such voice")), "reports an error: 'no such voice'"),
        (raw(event("audio-start", **FORMAT) + event("audio-chunk", PCM)), "closed the conn"),
        (silent, r"no [\w-]+ within 0\.2 s"),
    ],
)
async def test_failure_and_recovery(caplog, answer, error):
    caplog.set_level("INFO")
    async with serving(VOICES, answer) as server:
        engine = WyomingTextToSpeech(server.address(), limit=0.2 if answer is silent else 30.0)
        for _ in range(2):
            with pytest.raises(TextToSpeechError, match=error) as caught:
                await speak(engine)
            assert caught.value.is_logged
        assert len(caplog.records) == 1  # Logged once.
        server.answer = WORKS
        if answer is not silent:
            assert await speak(engine)
            assert "works again" in caplog.records[-1].message


async def test_server_that_dies_in_a_sentence():
    dies = asyncio.Event()

    async def answer(request, writer: asyncio.StreamWriter) -> None:
        if request.type == "synthesize":
            writer.write(event("audio-start", **FORMAT) + event("audio-chunk", PCM, **FORMAT))
            await dies.wait()

    async with serving(VOICES, answer) as server:
        engine = WyomingTextToSpeech(server.address(), limit=30.0)
        parts = engine.speak("Hello.", "en", None)
        assert (await anext(parts)).samples.size == 4
        await server.stop()
        with pytest.raises(TextToSpeechError):
            await anext(parts)
        dies.set()
        server.answer = WORKS
        await server.start()
        assert await speak(engine)
