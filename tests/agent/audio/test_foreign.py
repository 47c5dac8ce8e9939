"""A format other than the one asked for: refused at once and by name, or played as it is."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import mulaw_encode
from custom_components.playai.agent.audio.foreign import PCM_BYTES, is_pcm16
from custom_components.playai.agent.audio.resample import Resampler

from .sounds import decode, file_of, pieces_of, tone, voice

RECORDINGS = sorted((Path(__file__).parents[2] / "recordings").glob("*.flac"))
RATES = [8_000, 16_000, 24_000]
MULAW = OutputFormat.MULAW


def made_by_ffmpeg(container, codec, rate=24_000):
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(voice(rate).reshape(1, -1), "s16", "mono")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return file.getvalue()


FOREIGN = {
    "AAC in ADTS": made_by_ffmpeg("adts", "aac"),
    "AAC in LOAS": made_by_ffmpeg("latm", "aac"),
    "MP4 or M4A": made_by_ffmpeg("ipod", "aac"),
    "WebM or Matroska": made_by_ffmpeg("webm", "libopus"),
    "AIFF": file_of(voice(24_000), 24_000, "AIFF", "PCM_16"),
    "CAF": file_of(voice(24_000), 24_000, "CAF", "PCM_16"),
    "AU": file_of(voice(24_000), 24_000, "AU", "PCM_16"),
    "RF64": file_of(voice(24_000), 24_000, "RF64", "PCM_16"),
    "Wave64": file_of(voice(24_000), 24_000, "W64", "PCM_16"),
    "AC-3": made_by_ffmpeg("ac3", "ac3", 48_000),
    "FLV": made_by_ffmpeg("flv", "aac"),
}
SHORT_SIGNATURES = ("AAC in LOAS", "AC-3")


@pytest.mark.parametrize("wanted", list(OutputFormat))
@pytest.mark.parametrize("name", FOREIGN)
def test_known_format_is_refused_by_its_name(name, wanted):
    if wanted in (OutputFormat.RAW, MULAW) and name in SHORT_SIGNATURES:
        pytest.skip("two bytes are no proof where samples are expected")
    with pytest.raises(AgentError, match=name) as raised:
        decode(pieces_of(FOREIGN[name][:1_000], 500), wanted)
    assert raised.value.kind is ErrorKind.BAD_AUDIO


@pytest.mark.parametrize("wanted", [OutputFormat.MP3, OutputFormat.OGG])
def test_half_a_second_of_bare_pcm_is_enough_to_refuse(wanted):
    with pytest.raises(AgentError) as raised:
        decode([voice(24_000, 0.5).tobytes()], wanted)
    assert raised.value.kind is ErrorKind.BAD_AUDIO


def recordings():
    """Each recording of people at each rate, as 16-bit samples of three levels."""
    for path in RECORDINGS:
        said, rate = soundfile.read(path, dtype="int16")
        for wanted in RATES:
            resampled = Resampler(rate, wanted).convert(said)
            for level in (1, 0.1, 0.01):
                yield (resampled * level).astype(np.int16)


def test_no_part_of_a_recording_is_taken_for_pcm():
    for samples in recordings():
        mulaw = mulaw_encode(samples)
        for start in range(0, len(mulaw) - PCM_BYTES, PCM_BYTES + 1):
            assert not is_pcm16(mulaw[start : start + PCM_BYTES])


@pytest.mark.parametrize("level", [1, 0.5, 0.1, 0.01, 0])
@pytest.mark.parametrize("hertz", [100, 440, 1_000, 2_000, 3_000, 4_000])
def test_no_tone_is_taken_for_pcm(hertz, level):
    for rate in RATES:
        said = tone(hertz, rate, 1, level)
        heard, _ = decode([mulaw_encode(said)], MULAW, rate)
        assert len(heard) == len(said)


@pytest.mark.parametrize("size", [160, 960, 10_000_000])
def test_pcm_in_place_of_mulaw_is_refused(size):
    """In more than nine of ten recordings, the first bytes are enough to refuse it."""
    at_once = total = 0
    for samples in recordings():
        total += 1
        with pytest.raises(AgentError, match="16-bit PCM") as raised:
            decode(pieces_of(samples.tobytes(), size), MULAW)
        assert raised.value.kind is ErrorKind.BAD_AUDIO
        at_once += is_pcm16(samples.tobytes()[:PCM_BYTES])
    assert at_once > 0.9 * total


def test_silent_pcm_in_place_of_mulaw_is_refused():
    with pytest.raises(AgentError, match="16-bit PCM"):
        decode([bytes(1_000)], MULAW)
