"""The answer in every format that a player can ask for, and who converts it."""

import asyncio
import io

import av
import numpy as np
import pytest
import soundfile
from homeassistant.components import tts

from tests.agent.scripted import Peer
from tests.agent.talk import AE, N, speech

from .agents import each_turn, says

LEVEL = 8000
CONVERTS_NOTHING = hasattr(tts, "async_create_audio_stream")  # 2026.11


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were started."""
    started: list[str] = []
    start = asyncio.create_subprocess_exec

    async def watched(program, *args, **kwargs):
        started.append(program)
        return await start(program, *args, **kwargs)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    return started


def decode(audio: bytes) -> tuple[np.ndarray, av.AudioStream]:
    """Return the samples of the first channel, full scale 1.0, and what is known of them."""
    with av.open(io.BytesIO(audio)) as file:
        stream = file.streams.audio[0]
        floats = av.AudioResampler("fltp", stream.layout, stream.rate)
        frames = [
            out.to_ndarray()[0] for frame in file.decode(stream) for out in floats.resample(frame)
        ]
        return np.concatenate(frames), stream


def check(audio: bytes, *, container: str, rate: int, channels: int, seconds: float = 1.0) -> None:
    """Check that it is the answer, at the right level."""
    samples, stream = decode(audio)
    assert container in stream.container.format.name.split(",")
    assert (stream.rate, stream.channels) == (rate, channels)
    assert len(samples) / rate == pytest.approx(seconds, abs=0.12)
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4]
    if container in ("wav", "flac"):
        assert np.median(middle) * 32768 == pytest.approx(LEVEL, abs=3)
    else:
        assert np.sqrt(np.mean(middle**2)) == pytest.approx(LOUDNESS, rel=0.1)


LOUDNESS = 0.2
"""Root mean square of the tone; lossy codecs do not keep a steady level."""


def tone() -> bytes:
    """Return one second of a sound that every codec keeps."""
    time = np.arange(24_000) / 24_000
    wave = np.sin(2 * np.pi * 440 * time) * LOUDNESS * np.sqrt(2) * 32768
    return wave.astype(np.int16).tobytes()


async def sing(peer: Peer) -> None:
    """Answer with a tone."""
    data = tone()
    await peer.send(N, *[speech(0)] * 0)
    from agent.messages import AudioStream

    await peer.send(AudioStream(data), AE)


@pytest.mark.parametrize("container", ["mp3", "ogg"])
async def test_lossy_formats_without_wishes(meet, processes, container):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask(output=container)
    assert run.extension == container
    check(run.audio, container=container, rate=48_000 if container == "ogg" else 24_000, channels=1)
    assert processes == []


@pytest.mark.parametrize("container", ["wav", "flac"])
async def test_lossless_formats_without_wishes(meet, processes, container):
    satellite = await meet(says(LEVEL, 1.0))
    run = await satellite.ask(output=container)
    assert run.extension == container
    check(run.audio, container=container, rate=24_000, channels=1)
    assert processes == []


async def test_pipeline_asks_for_mp3_by_default(meet, processes):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask()
    assert run.extension == "mp3"
    check(run.audio, container="mp3", rate=24_000, channels=1)
    assert processes == []
