"""An agent that is slow to answer: the user hears a tone, then silence, then the answer."""

import asyncio
import io

import aiohttp
import numpy as np
import pytest
import soundfile
from homeassistant.components.assist_pipeline import PipelineEventType

from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.assist import fallback_voice, spoken
from tests.agent.talk import AE, N, speech, until

from .agents import each_turn, hear_out, says
from .failures import FAILED
from .other_engines import VOICE_LEVEL
from .satellite import WAV, Run
from .timings import set_timings

NO_REPLY = "The agent didn't answer in time."
TONE_SECONDS = 0.36
SILENCE_SECONDS = 0.04
SOFT_LEVEL = 0.08 * 32_767


@pytest.fixture(autouse=True)
def slow_after(monkeypatch):
    """An answer is slow after this time."""
    monkeypatch.setattr(spoken, "SLOW_SECONDS", 0.2)


def thinks(seconds, level=1000):
    """Answer after a while."""

    async def answer(peer):
        await asyncio.sleep(seconds)
        await peer.send(N, speech(0.2, level), AE)

    return each_turn(answer)


def samples_of(run, rate=24_000):
    samples, actual = soundfile.read(io.BytesIO(run.audio), dtype="int16", always_2d=True)
    assert actual == rate
    return samples[:, 0].astype(int)


async def test_tone_then_silence_then_the_answer(meet):
    run = Run()

    async def answer(peer):
        await until(lambda: len(run.audio) / 48_000 > TONE_SECONDS + 2 * SILENCE_SECONDS)
        await peer.send(N, speech(0.2, 9000), AE)

    satellite = await meet(each_turn(answer))
    await satellite.ask(output=WAV, run=run)
    samples = samples_of(run)
    tone = samples[: round(TONE_SECONDS * 24_000)]
    assert np.abs(tone).max() == pytest.approx(SOFT_LEVEL, rel=0.01)
    assert np.count_nonzero(samples == 9000) == pytest.approx(0.2 * 24_000, rel=0.01)
    silence = samples[len(tone) : np.flatnonzero(samples == 9000)[0]]
    assert not silence.any()
    assert 2 <= len(silence) / 24_000 / SILENCE_SECONDS <= 4
    assert run.kinds[-1] is PipelineEventType.RUN_END
    assert run.response["response_type"] == "action_done"


async def test_satellite_hears_the_tone_before_there_is_an_answer(meet):
    go_on = asyncio.Event()

    async def answer(peer):
        await go_on.wait()
        await peer.send(N, speech(0.2, 9000), AE)

    satellite = await meet(each_turn(answer))
    run = Run()
    asking = asyncio.create_task(satellite.ask(run=run, output=WAV))
    await until(lambda: len(run.audio) > TONE_SECONDS * 48_000)
    assert PipelineEventType.INTENT_END not in run.kinds
    state = satellite.hass.states.get(satellite.entity_id("sensor", "status"))
    assert state.state == "thinking"
    go_on.set()
    await asking
    assert 9000 in run.levels


async def test_player_does_not_run_dry_and_what_it_gets_is_short(meet):
    """Browsers fetch the audio only once the reply has begun, and then play all of it."""
    go_on = asyncio.Event()

    async def answer(peer):
        await go_on.wait()
        await peer.send(N, speech(0.2, 9000), AE)

    satellite = await meet(each_turn(answer))
    run = Run()
    asking = asyncio.create_task(satellite.ask(run=run, output=WAV))
    await run.began.wait()
    size, longest, clock = len(run.audio), 0.0, asyncio.get_running_loop().time
    began = changed = clock()
    while clock() < began + 2:
        await asyncio.sleep(0.01)
        if len(run.audio) != size:
            size, longest, changed = len(run.audio), max(longest, clock() - changed), clock()
    assert longest < 1
    assert size / 48_000 < TONE_SECONDS + 0.3
    go_on.set()
    await asking


async def test_answer_in_time_begins_without_a_tone(meet, monkeypatch):
    monkeypatch.setattr(spoken, "SLOW_SECONDS", 5.0)
    satellite = await meet(thinks(0.4))
    run = await satellite.ask(output=WAV)
    assert run.levels == {1000: pytest.approx(0.2)}


@pytest.mark.parametrize(
    ("output", "rate"),
    [
        ({"preferred_format": "wav", "preferred_sample_rate": 16_000}, 16_000),
        ({"preferred_format": "mp3"}, 48_000),
    ],
)
async def test_answer_has_the_rate_of_the_player(meet, output, rate):
    satellite = await meet(thinks(0.6, 9000))
    run = await satellite.ask(output=output)
    samples = samples_of(run, rate)
    loud = np.count_nonzero(samples > 8000)
    assert loud == pytest.approx(0.2 * rate, rel=0.15)


async def test_failure_is_spoken_by_the_fallback_voice(voice, meet):
    run = Run()

    async def script(peer):
        await hear_out(peer)
        await until(lambda: len(run.audio) / 48_000 > TONE_SECONDS)
        await peer.send(ErrorMessage(3003, "told by the server"))
        await says()(peer)

    satellite = await meet(script)
    await satellite.ask(conversation_id="kitchen", output=WAV, run=run)
    assert run.failure == FAILED
    assert voice.texts == [FAILED]
    samples = samples_of(run)
    assert np.abs(samples[: round(TONE_SECONDS * 24_000)]).max() == pytest.approx(
        SOFT_LEVEL, rel=0.01
    )
    assert (samples[-2400:] == VOICE_LEVEL).all()
    assert np.count_nonzero(samples == VOICE_LEVEL) == 2400
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.levels == {1000: pytest.approx(0.2)}


@pytest.mark.parametrize("error", [ValueError("?"), TimeoutError(), aiohttp.ClientError("?")])
async def test_failure_is_a_tone_if_the_voice_fails(
    voice, meet, monkeypatch, allowed_in_log, error
):
    """The integration of the voice may raise anything."""
    allowed_in_log.append("Error getting audio")
    voice.error = error
    set_timings(monkeypatch, first_audio=0.6)
    satellite = await meet(hear_out)
    run = await satellite.ask(output=WAV)
    assert run.failure == NO_REPLY
    assert voice.texts == [NO_REPLY]
    assert not run.audio_error
    samples = samples_of(run)
    assert np.abs(samples[-round(TONE_SECONDS * 24_000) :]).max() == pytest.approx(
        0.2 * 32_767, rel=0.01
    )


async def test_failure_is_a_tone_if_the_voice_hangs(voice, meet, monkeypatch, allowed_in_log):
    async def hang(pieces):
        await asyncio.Event().wait()
        yield b""

    monkeypatch.setattr(voice, "_speak", hang)
    monkeypatch.setattr(fallback_voice, "SILENT_SECONDS", 0.1)
    set_timings(monkeypatch, first_audio=0.6)
    satellite = await meet(hear_out)
    run = await satellite.ask(output=WAV)
    assert run.failure == NO_REPLY
    assert not run.audio_error
    samples = samples_of(run)
    assert np.abs(samples[-round(TONE_SECONDS * 24_000) :]).max() == pytest.approx(
        0.2 * 32_767, rel=0.01
    )


async def test_failure_is_a_tone_without_a_voice(meet, monkeypatch):
    set_timings(monkeypatch, first_audio=0.6)
    satellite = await meet(hear_out)
    run = await satellite.ask(output=WAV)
    assert run.failure == NO_REPLY
    assert not run.audio_error
    samples = samples_of(run)
    assert np.abs(samples[-round(TONE_SECONDS * 24_000) :]).max() == pytest.approx(
        0.2 * 32_767, rel=0.01
    )


async def test_run_that_is_cancelled_ends_the_turn_and_the_audio(meet, hass):
    async def answer(peer):
        await peer.closed.wait()

    satellite = await meet(each_turn(answer))
    run = Run()
    asking = asyncio.create_task(satellite.ask(run=run, output=WAV))
    await run.began.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    sensor = satellite.entity_id("sensor", "status")
    await until(lambda: hass.states.get(sensor).state == "idle")
    await asyncio.sleep(0.1)
    size = len(run.audio)
    await asyncio.sleep(0.2)
    assert len(run.audio) == size
