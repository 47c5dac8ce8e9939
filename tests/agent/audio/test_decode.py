"""Replies as libsndfile writes them, decoded in any pieces."""

from pathlib import Path

import numpy as np
import pytest

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import RawEncoding, ReplyDecoder, mulaw_encode

from .sounds import decibels, decode, file_of, likeness, pieces_of, tone, voice

WAV, MP3, FLAC, OGG, RAW, MULAW = (
    OutputFormat.WAV,
    OutputFormat.MP3,
    OutputFormat.FLAC,
    OutputFormat.OGG,
    OutputFormat.RAW,
    OutputFormat.MULAW,
)

# Container and codec, and how like the original it must be (1: exactly the same).
ENCODINGS = [
    (WAV, "PCM_16", 1),
    (WAV, "PCM_24", 1),
    (WAV, "PCM_32", 1),
    (WAV, "FLOAT", 1),
    (WAV, "DOUBLE", 1),
    (WAV, "PCM_U8", 0.99),
    (WAV, "ULAW", 0.999),
    (FLAC, "PCM_16", 1),
    (FLAC, "PCM_24", 1),
    (OGG, "VORBIS", 0.99),
    (OGG, "OPUS", 0.99),
    (MP3, "MPEG_LAYER_III", 0.99),
]


@pytest.mark.parametrize("size", [7, 1_000, 10_000_000])
@pytest.mark.parametrize(("output_format", "subtype", "like"), ENCODINGS)
def test_any_encoding_in_any_pieces(output_format, subtype, like, size):
    said = voice(24_000)
    data = file_of(said, 24_000, output_format.value.upper(), subtype)
    heard, rate = decode(pieces_of(data, size), output_format)
    if like == 1:
        assert (rate, heard.tolist()) == (24_000, said.tolist())
        return
    assert rate == (48_000 if subtype == "OPUS" else 24_000)
    assert likeness(heard, voice(rate), rate) > like
    assert decibels(heard) == pytest.approx(decibels(said), abs=0.5)
    assert len(heard) / rate == pytest.approx(2, abs=0.12)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000])
@pytest.mark.parametrize(
    ("output_format", "subtype"),
    [(WAV, "PCM_16"), (FLAC, "PCM_16"), (MP3, "MPEG_LAYER_III"), (OGG, "VORBIS")],
)
def test_header_has_the_rate(output_format, subtype, rate):
    data = file_of(voice(rate), rate, output_format.value.upper(), subtype)
    heard, heard_rate = decode([data], output_format, sample_rate=24_000)
    assert heard_rate == rate
    assert likeness(heard, voice(rate), rate) > 0.99


@pytest.mark.parametrize(("output_format", "subtype"), [row[:2] for row in ENCODINGS])
def test_stereo_becomes_its_mean(output_format, subtype):
    left = tone(440, 24_000)
    both = np.stack([left, np.zeros_like(left)], axis=1)
    data = file_of(both, 24_000, output_format.value.upper(), subtype)
    heard, rate = decode([data], output_format)
    middle = heard[len(heard) // 4 : -len(heard) // 4]
    # Half the amplitude: -6 dB. MP3's encoder is not exact there.
    assert decibels(middle) == pytest.approx(-12.04, abs=2 if output_format is MP3 else 0.1), rate


@pytest.mark.parametrize("size", [1, 3, 999])
def test_raw(size):
    said = voice(24_000, 0.5)
    heard, rate = decode(pieces_of(said.tobytes(), size), RAW, 16_000)
    assert (rate, heard.tolist()) == (16_000, said.tolist())


@pytest.mark.parametrize("size", [1, 3, 999])
def test_raw_floats(size):
    said = voice(24_000, 0.5)
    data = (said / 32_768).astype("<f4").tobytes()
    heard, _ = decode(pieces_of(data, size), RAW, 24_000, RawEncoding.FLOAT32)
    assert heard.tolist() == said.tolist()


def test_floats_that_are_not_numbers_are_silent_or_loudest():
    values = np.array([np.nan, np.inf, -np.inf, 1e30, 0.5, 0], "<f4")
    heard, _ = decode([values.tobytes()], RAW, 24_000, RawEncoding.FLOAT32)
    assert heard.tolist() == [0, 32_767, -32_768, 32_767, 16_384, 0]


def test_mulaw():
    said = voice(8_000)
    heard, rate = decode([mulaw_encode(said)], MULAW, 8_000)
    assert rate == 8_000
    assert likeness(heard, said, rate) > 0.999


@pytest.mark.parametrize("wanted", list(OutputFormat))
@pytest.mark.parametrize(
    ("sent", "subtype"),
    [(WAV, "PCM_16"), (FLAC, "PCM_16"), (OGG, "OPUS"), (MP3, "MPEG_LAYER_III")],
)
def test_first_bytes_override_the_requested_format(sent, subtype, wanted):
    data = file_of(voice(48_000), 48_000, sent.value.upper(), subtype)
    if sent is MP3 and wanted in (RAW, MULAW):
        data = b"ID3\x04\x00\x00\x00\x00\x00\x00" + data  # Its sync bits alone are no proof.
    heard, rate = decode(pieces_of(data, 500), wanted)
    assert rate == 48_000
    assert likeness(heard, voice(48_000), 48_000) > 0.98


def test_samples_that_look_like_mp3_stay_samples():
    data = b"\xff\xfb\x90\x00" * 4_000
    assert len(decode([data], RAW)[0]) == 8_000
    assert len(decode([data], MULAW)[0]) == 16_000


@pytest.mark.parametrize("target", [16_000, 24_000, 48_000])
def test_target_rate(target):
    data = file_of(voice(24_000), 24_000, "WAV", "PCM_16")
    heard, rate = decode(pieces_of(data, 700), WAV, target_rate=target)
    assert rate == target
    assert len(heard) == 2 * target
    assert likeness(heard, voice(target), target) > 0.99


def test_rate_that_changes_is_brought_to_the_first():
    files = [file_of(voice(rate), rate, "WAV", "PCM_16") for rate in (24_000, 16_000, 48_000)]
    heard, rate = decode(files, WAV)
    assert rate == 24_000
    assert len(heard) == pytest.approx(6 * 24_000, abs=10)
    for start in (0, 48_000, 96_000):
        assert likeness(heard[start : start + 48_000], voice(rate), rate) > 0.98


def test_audio_comes_before_the_end():
    """A player gets each part while the next is still being made."""
    for output_format, subtype, held_back in (
        (WAV, "PCM_16", 0),
        (MP3, "MPEG_LAYER_III", 0.06),
        (FLAC, "PCM_16", 0.18),  # One frame: only the next one shows its end.
        (OGG, "VORBIS", 0.1),
    ):
        data = file_of(voice(24_000, 4), 24_000, output_format.value.upper(), subtype)
        decoder = ReplyDecoder(output_format, 24_000)
        seconds = sum(len(step) for step in decoder.feed(data)) / 2 / 24_000
        assert seconds >= 4 - held_back, output_format


def test_decoding_is_lazy():
    """The first step of a minute is there before the rest is decoded."""
    data = file_of(voice(24_000, 60), 24_000, "MP3", "MPEG_LAYER_III")
    decoder = ReplyDecoder(MP3, 24_000)
    steps = decoder.feed(data)
    next(steps)
    steps.close()
    assert sum(len(step) for step in decoder.flush()) / 2 / 24_000 < 2


@pytest.mark.parametrize("output_format", [WAV, FLAC])
def test_data_in_another_format(output_format):
    with pytest.raises(AgentError) as raised:
        decode([voice(24_000).tobytes()], output_format)
    assert raised.value.kind is ErrorKind.BAD_AUDIO


@pytest.mark.parametrize("output_format", [MP3, OGG])
def test_nothing_to_decode_is_given_up(output_format):
    with pytest.raises(AgentError) as raised:
        decode(pieces_of(bytes(70_000), 1_000), output_format)
    assert raised.value.kind is ErrorKind.BAD_AUDIO


@pytest.mark.parametrize("output_format", list(OutputFormat))
def test_no_data_gives_no_audio(output_format):
    assert len(decode([], output_format)[0]) == 0
    assert len(decode([b"", b""], output_format)[0]) == 0


@pytest.mark.parametrize(("output_format", "subtype"), [row[:2] for row in ENCODINGS])
def test_decoders_and_resamplers_start_no_threads(output_format, subtype):
    def threads():
        return len(list(Path("/proc/self/task").iterdir()))

    data = file_of(voice(24_000, 0.5), 24_000, output_format.value.upper(), subtype)
    decode([data], output_format, target_rate=16_000)
    before = threads()
    for _ in range(20):
        decode([data], output_format, target_rate=16_000)
    assert threads() == before


@pytest.mark.parametrize(("output_format", "subtype"), [row[:2] for row in ENCODINGS])
def test_the_rest_has_no_empty_steps(output_format, subtype):
    data = file_of(voice(24_000, 0.3), 24_000, output_format.value.upper(), subtype)
    for size in (10, len(data) // 2, len(data)):
        decoder = ReplyDecoder(output_format, 24_000, target_rate=16_000)
        list(decoder.feed(data[:size]))
        assert all(decoder.flush())
