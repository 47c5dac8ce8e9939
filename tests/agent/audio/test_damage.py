"""Damaged audio: silence for the damaged part or a typed error, never noise or a hang."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.playai.agent import AgentError, OutputFormat
from custom_components.playai.agent.audio import (
    Container,
    MulawConverter,
    RawEncoding,
    ReplyDecoder,
)

from .sounds import FULL_SCALE, decode, file_of, likeness, only_bad_audio, pieces_of, tone, voice

COMPRESSED = [
    (OutputFormat.FLAC, "PCM_16"),
    (OutputFormat.OGG, "OPUS"),
    (OutputFormat.OGG, "VORBIS"),
    (OutputFormat.MP3, "MPEG_LAYER_III"),
]
RATE = 48_000


def damage(data, seed, size=100):
    """Garbage in place of some bytes of the second half."""
    random = np.random.default_rng(seed)
    start = random.integers(len(data) // 2, len(data) - size)
    return data[:start] + random.bytes(size) + data[start + size :]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("output_format", "subtype"), COMPRESSED)
def test_flipped_bytes(output_format, subtype, seed):
    said = voice(RATE, 4)
    data = file_of(said, RATE, output_format.value.upper(), subtype)
    heard, rate = decode(pieces_of(damage(data, seed), 700), output_format)
    assert rate == RATE
    # All audio is whole, except for one page of Ogg or one frame at the damage.
    assert likeness(heard[:RATE], said, RATE) > 0.98
    assert RATE * 2.5 < len(heard) < RATE * 4.2


@pytest.mark.parametrize("output_format", [OutputFormat.FLAC, OutputFormat.OGG])
def test_checksums_keep_noise_out(output_format):
    """FLAC's frames and Ogg's pages are checked: a damaged one is silent or left out."""
    subtype = "PCM_16" if output_format is OutputFormat.FLAC else "OPUS"
    said = tone(300, RATE, 4, 0.1)
    data = file_of(said, RATE, output_format.value.upper(), subtype)
    for seed in range(20):
        heard, _ = decode([damage(data, seed)], output_format)
        assert np.abs(heard.astype(int)).max() < 0.15 * FULL_SCALE


def test_damaged_flac_frame_is_silence_of_its_length():
    said = tone(300, RATE, 4)
    data = bytearray(file_of(said, RATE, "FLAC", "PCM_16"))
    data[len(data) // 2] ^= 0x55
    heard, _ = decode([bytes(data)], OutputFormat.FLAC)
    assert len(heard) == len(said)
    silent = heard == 0
    wrong = heard != said
    assert 0 < wrong.sum() <= 5_000
    assert silent[wrong].all()


@pytest.mark.parametrize(("output_format", "subtype"), COMPRESSED)
def test_part_that_is_missing(output_format, subtype):
    data = file_of(voice(RATE, 4), RATE, output_format.value.upper(), subtype)
    third = len(data) // 3
    heard, _ = decode([data[:third], data[third + 500 :]], output_format)
    assert len(heard) > RATE


@pytest.mark.parametrize(("output_format", "subtype"), COMPRESSED)
def test_end_that_is_missing(output_format, subtype):
    data = file_of(voice(RATE, 4), RATE, output_format.value.upper(), subtype)
    heard, _ = decode([data[: len(data) // 2]], output_format)
    assert RATE / 2 < len(heard) < 4 * RATE


@pytest.mark.parametrize("output_format", [OutputFormat.MP3, OutputFormat.OGG])
def test_beginning_that_is_missing(output_format):
    """MP3 begins anywhere; Ogg needs its header, and says so."""
    subtype = "MPEG_LAYER_III" if output_format is OutputFormat.MP3 else "OPUS"
    data = file_of(voice(RATE, 8), RATE, output_format.value.upper(), subtype)
    pieces = pieces_of(data[10_000:], 500)
    if output_format is OutputFormat.MP3:
        assert len(decode(pieces, output_format)[0]) > 6 * RATE
    else:
        with pytest.raises(AgentError):
            decode([*pieces, bytes(70_000)], output_format)


def test_second_ogg_stream_may_have_another_codec():
    data = file_of(voice(RATE), RATE, "OGG", "OPUS") + file_of(voice(RATE), RATE, "OGG", "VORBIS")
    heard, _ = decode(pieces_of(data, 900), OutputFormat.OGG)
    assert len(heard) / RATE == pytest.approx(4, abs=0.1)
    assert likeness(heard[2 * RATE :], voice(RATE), RATE) > 0.98


def test_flac_in_every_message():
    data = file_of(voice(RATE), RATE, "FLAC", "PCM_16")
    heard, _ = decode([data, data], OutputFormat.FLAC)
    assert heard.tolist() == voice(RATE).tolist() * 2


HEADS = [
    b"",
    b"\xff",
    b"ID3\x04\x00\x00\x00\x00\x00\x00",
    b"\xff\xfb\x90\x64",
    *(
        file_of(voice(RATE, 0.2), RATE, container, subtype)[:200]
        for container, subtype in (
            ("WAV", "PCM_16"),
            ("FLAC", "PCM_16"),
            ("OGG", "OPUS"),
            ("OGG", "VORBIS"),
            ("MP3", "MPEG_LAYER_III"),
        )
    ),
]


@settings(deadline=None, max_examples=300)
@given(
    output_format=st.sampled_from(list(OutputFormat)),
    raw_encoding=st.sampled_from(list(RawEncoding)),
    target_rate=st.sampled_from([None, 16_000]),
    head=st.sampled_from(HEADS),
    pieces=st.lists(st.binary(max_size=600), max_size=8),
)
def test_arbitrary_bytes(output_format, raw_encoding, target_rate, head, pieces):
    with only_bad_audio():
        decode([head, *pieces], output_format, 24_000, raw_encoding, target_rate)


@settings(deadline=None, max_examples=200)
@given(
    container=st.sampled_from(list(Container)),
    declared=st.tuples(
        st.sampled_from([8_000, 16_000, 44_100]),
        st.sampled_from([8, 16, 24, 32]),
        st.sampled_from([1, 2]),
    ),
    head=st.sampled_from(HEADS),
    pieces=st.lists(st.binary(max_size=600), max_size=8),
)
def test_arbitrary_microphones(container, declared, head, pieces):
    converter = MulawConverter(container, *declared)
    with only_bad_audio():
        for piece in [head, *pieces]:
            converter.feed(piece)
        converter.finish()


@settings(deadline=None, max_examples=100)
@given(
    encoding=st.sampled_from(COMPRESSED),
    flips=st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 255)), max_size=20),
    size=st.integers(50, 3_000),
)
def test_flipped_bits_anywhere(encoding, flips, size):
    output_format, subtype = encoding
    data = bytearray(_FILES[subtype])
    for place, bits in flips:
        data[place % len(data)] ^= bits
    decoder = ReplyDecoder(output_format, 24_000)
    steps = []
    with only_bad_audio():
        for piece in pieces_of(bytes(data), size):
            steps += decoder.feed(piece)
        steps += decoder.flush()
    assert sum(map(len, steps)) < 20 * RATE * 2


_FILES = {
    subtype: file_of(voice(RATE, 1), RATE, output_format.value.upper(), subtype)
    for output_format, subtype in COMPRESSED
}


@pytest.mark.parametrize("junk", [b"OggS\x00", b"\xff\xf8", b"\xff\xfb\x90\x64", b"\x00"])
@pytest.mark.parametrize(("output_format", "subtype"), COMPRESSED)
def test_much_damage_gives_way_to_others(output_format, subtype, junk):
    """The decoder pauses after every few kilobytes, so that the caller can do something else."""
    decoder = ReplyDecoder(output_format, 24_000)
    list(decoder.feed(_FILES[subtype]))
    steps = 0
    with only_bad_audio():
        for _ in decoder.feed(junk * (1_000_000 // len(junk))):
            steps += 1
    assert steps >= 60  # FLAC gives up after half of the data.


def test_picture_before_an_mp3():
    size = 200_000
    tag = b"ID3\x04\x00\x00" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    data = tag + bytes(size) + file_of(voice(RATE, 1), RATE, "MP3", "MPEG_LAYER_III")
    heard, _ = decode(pieces_of(data, 5_000), OutputFormat.MP3)
    assert len(heard) / RATE == pytest.approx(1, abs=0.1)


def test_noise_is_not_a_flac_header():
    """A minute of noise: data that has the checksum of a header by chance is not a header."""
    noise = np.random.default_rng(4).integers(-20_000, 20_000, RATE * 60).astype(np.int16)
    data = file_of(noise, RATE, "FLAC", "PCM_16")
    assert len(decode([data], OutputFormat.FLAC)[0]) == len(noise)
