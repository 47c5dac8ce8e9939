"""The answer in every format that a player can ask for, and who converts it."""

import asyncio
import io

import av
import numpy as np
import pytest
from homeassistant.components import tts

from custom_components.playai.agent.messages import AudioStream
from custom_components.playai.agent.testing import Peer
from tests.agent.talk import AE, N

from .agents import each_turn

CONVERTS_NOTHING = hasattr(tts, "async_create_audio_stream")
"""True on 2026.11, which does not start ffmpeg if the entity supports the wanted format."""

LOUDNESS = 0.2
"""Root mean square of the answer, full scale 1.0."""


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were started."""
    started: list[str] = []
    start = asyncio.create_subprocess_exec

    async def watched(program, *args, **kwargs):
        started.append(program)
        return await start(program, *args, **kwargs)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    return started


async def sing(peer: Peer) -> None:
    """Answer with a second of a tone, in pieces."""
    time = np.arange(24_000) / 24_000
    wave = np.sin(2 * np.pi * 440 * time) * LOUDNESS * np.sqrt(2) * 32768
    data = wave.astype(np.int16).tobytes()
    pieces = [AudioStream(data[start : start + 4800]) for start in range(0, len(data), 4800)]
    await peer.send(N, *pieces, AE)


def check(audio: bytes, container: str, rate: int, channels: int, kind: str | None = None) -> None:
    """Check the format, the length and the level."""
    with av.open(io.BytesIO(audio)) as file:
        stream = file.streams.audio[0]
        assert container in file.format.name.split(",")
        assert (stream.rate, stream.channels) == (rate, channels)
        assert kind is None or stream.codec_context.name == kind
        floats = av.AudioResampler("fltp", stream.layout, stream.rate)
        samples = np.concatenate(
            [out.to_ndarray() for frame in file.decode(stream) for out in floats.resample(frame)], 1
        )
    seconds = samples.shape[1] / rate
    assert seconds == pytest.approx(1.0, abs=0.12)
    middle = samples[:, round(rate * 0.3) : round(rate * 0.7)]
    assert np.sqrt(np.mean(middle**2, 1)) == pytest.approx([LOUDNESS] * channels, rel=0.06)


@pytest.mark.parametrize(
    ("output", "container", "rate"),
    [
        (None, "mp3", 48_000),
        ("mp3", "mp3", 48_000),
        ({"preferred_format": "wav"}, "wav", 24_000),
        ("flac", "flac", 24_000),
        ("ogg", "ogg", 48_000),  # Opus is always decoded at this rate.
    ],
)
async def test_no_process_starts_for_a_format(meet, processes, output, container, rate):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask(output=output)
    assert run.extension == container
    check(run.audio, container, rate, 1)
    assert processes == []


@pytest.mark.parametrize(
    ("container", "rate", "channels", "sample_bytes", "kind"),
    [
        ("wav", 16_000, 1, 2, "pcm_s16le"),
        ("wav", 48_000, 2, 2, "pcm_s16le"),
        ("flac", 48_000, 2, 2, "flac"),
        ("flac", 16_000, 1, 2, "flac"),
        ("mp3", 44_100, 2, None, "mp3float"),
        ("ogg", 48_000, 1, None, None),
    ],
)
async def test_player_gets_what_it_asks_for(  # noqa: PLR0917
    meet, processes, container, rate, channels, sample_bytes, kind
):
    satellite = await meet(each_turn(sing))
    wishes = {"preferred_sample_rate": rate, "preferred_sample_channels": channels}
    if sample_bytes is not None:
        wishes["preferred_sample_bytes"] = sample_bytes
    run = await satellite.ask(output={"preferred_format": container, **wishes})
    assert run.extension == container
    check(run.audio, container, rate, channels, kind)
    assert [program.rsplit("/")[-1] for program in processes] == (
        [] if CONVERTS_NOTHING else ["ffmpeg"]
    )


async def test_satellite_of_esphome_gets_16_khz(meet, processes):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask(output="wav")  # Home Assistant adds the preferred format itself.
    check(run.audio, "wav", 16_000, 1, "pcm_s16le")
    assert CONVERTS_NOTHING is (processes == [])


@pytest.mark.skipif(not CONVERTS_NOTHING, reason="2026.10 leaves the width to ffmpeg")
@pytest.mark.parametrize(
    ("container", "sample_bytes", "kind"),
    [("wav", 1, "pcm_u8"), ("wav", 3, "pcm_s24le"), ("wav", 4, "pcm_s32le"), ("flac", 3, "flac")],
)
async def test_sample_widths(meet, processes, container, sample_bytes, kind):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask(
        output={"preferred_format": container, "preferred_sample_bytes": sample_bytes}
    )
    check(run.audio, container, 24_000, 1, kind)
    assert processes == []


@pytest.mark.parametrize("kilobits", [32, 128])
async def test_bitrate(meet, processes, kilobits):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask(output={"preferred_format": "mp3", "preferred_bitrate": kilobits})
    check(run.audio, "mp3", 24_000, 1)
    assert len(run.audio) * 8 / 1000 == pytest.approx(kilobits, rel=0.15)
    assert CONVERTS_NOTHING is (processes == [])


async def test_format_that_only_ffmpeg_supports(meet, processes):
    satellite = await meet(each_turn(sing))
    run = await satellite.ask(output={"preferred_format": "au", "preferred_sample_rate": 16_000})
    assert run.extension == "au"
    check(run.audio, "au", 16_000, 1)
    assert len(processes) == 1


async def test_players_with_different_formats_take_turns(meet, processes):
    satellite = await meet(each_turn(sing))
    for container in ("mp3", "mp3", "flac", "flac", "mp3", "ogg", "flac"):
        run = await satellite.ask(output=container, conversation_id="kitchen")
        assert run.extension == container
        check(run.audio, container, 24_000 if container == "flac" else 48_000, 1)
    runs = await asyncio.gather(
        satellite.ask(output="ogg", conversation_id="hall"),
        satellite.ask(output="ogg", conversation_id="cellar"),
    )
    for run in runs:
        check(run.audio, "ogg", 48_000, 1)
    assert processes == []


@pytest.mark.skipif(not CONVERTS_NOTHING, reason="2026.10 leaves it to ffmpeg")
async def test_format_that_is_not_supported(meet, allowed_in_log):
    allowed_in_log.append("Error getting audio")
    satellite = await meet(each_turn(sing))
    wish = {"preferred_format": "mp3", "preferred_sample_channels": 6}
    run = await satellite.ask(output=wish, conversation_id="kitchen")
    assert run.audio == b""
    assert run.audio_error.startswith(
        "The agent's voice could not be converted to the format of the player: mp3 of 6 channels"
    )
    run = await satellite.ask(conversation_id="kitchen")
    check(run.audio, "mp3", 48_000, 1)
