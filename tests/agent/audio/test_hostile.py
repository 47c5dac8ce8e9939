"""Audio that is made to keep the event loop busy is refused, or is decoded in small steps."""

import struct
from collections import Counter

import numpy as np
import pytest

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import (
    Container,
    MulawConverter,
    ReplyDecoder,
    capture,
    containers,
)
from custom_components.playai.agent.audio import decode as decoding
from custom_components.playai.agent.audio.containers import MAX_SILENT_STREAMS
from custom_components.playai.agent.audio.ffmpeg import PacketDecoder
from custom_components.playai.agent.audio.flac import _crc8
from custom_components.playai.agent.audio.pcm import MAX_RATE_CHANGES, PcmFormat
from custom_components.playai.agent.audio.resample import Resampler
from custom_components.playai.agent.audio.wav import wav_header

from .ogg_pages import opus_file, pages_of
from .sounds import decode, file_of, only_bad_audio, pieces_of, voice

WAV, OGG = OutputFormat.WAV, OutputFormat.OGG
CHANGING_RATES = b"".join(
    wav_header(PcmFormat(8_000 + change % 7))[:-4] + struct.pack("<I", 2) + b"\x01\x01"
    for change in range(20_000)
)
EMPTY_STREAMS = pages_of(opus_file()[:1]) * 10_000


def opus_head(channels):
    family = b"\x01" + bytes([channels, 0]) + bytes(range(channels)) if channels > 2 else b"\0"
    return b"OpusHead\x01" + bytes([channels]) + b"\x38\x01\x80\xbb\0\0\0\0" + family


def vorbis_head(channels, rate):
    return b"\x01vorbis" + bytes(4) + bytes([channels]) + struct.pack("<I", rate) + bytes(14)


def vorbis_setup(codebooks, entries, dimensions):
    """A setup header with ordered codebooks, a few bytes for each, and nothing else."""
    size = entries.bit_length()
    fields = [(0x564342, 24), (dimensions, 16), (entries, 24), (1, 1), (size - 2, 5)]
    fields += [(entries, size), (1, 4), (0, 64), (0, 5), (0, int(entries ** (1 / dimensions)))]
    number, position = codebooks - 1, 8
    for value, width in fields * codebooks:
        number |= value << position
        position += width
    return b"\x05vorbis" + number.to_bytes(position // 8 + 8, "little")


@pytest.fixture
def made(monkeypatch):
    """Counts the costly objects that are created."""
    counts = Counter()

    def counting(kind):
        def make(*args):
            counts[kind.__name__] += 1
            return kind(*args)

        return make

    for module in (decoding, capture):
        monkeypatch.setattr(module, "Resampler", counting(Resampler))
    monkeypatch.setattr(containers, "PacketDecoder", counting(PacketDecoder))
    return counts


def most_in_a_step(output_format, data, made):
    """The largest number of costly objects that one step creates; others run between steps."""
    most = 0
    with only_bad_audio():
        for _ in ReplyDecoder(output_format, 24_000).feed(data):
            most = max(most, made.total())
            made.clear()
    return most


def assert_bad_audio(take):
    with pytest.raises(AgentError) as raised:
        take()
    assert raised.value.kind is ErrorKind.BAD_AUDIO


def test_rate_that_changes_all_the_time(made):
    assert_bad_audio(lambda: decode([CHANGING_RATES], WAV))
    assert made["Resampler"] <= MAX_RATE_CHANGES


def test_microphone_whose_rate_changes_all_the_time(made):
    converter = MulawConverter(Container.WAV)
    assert_bad_audio(lambda: [converter.feed(piece) for piece in pieces_of(CHANGING_RATES, 4_600)])
    assert made["Resampler"] <= MAX_RATE_CHANGES


def test_others_may_run_between_two_changes(made):
    assert most_in_a_step(WAV, CHANGING_RATES, made) == 1


def test_streams_without_audio(made):
    assert_bad_audio(lambda: decode([EMPTY_STREAMS], OGG))
    assert made["PacketDecoder"] <= MAX_SILENT_STREAMS


def test_others_may_run_between_two_streams(made):
    assert most_in_a_step(OGG, EMPTY_STREAMS, made) == 1


def test_many_streams_with_audio_are_a_reply():
    packets = opus_file()
    files = pages_of(packets[:4]) * (3 * MAX_SILENT_STREAMS)
    assert len(decode([files], OGG)[0]) > 3 * MAX_SILENT_STREAMS * 48_000 * 0.03


@pytest.mark.parametrize(
    "head",
    [
        opus_head(9),
        opus_head(255),
        opus_head(0),
        vorbis_head(9, 48_000),
        vorbis_head(0, 48_000),
        vorbis_head(1, 0),
        vorbis_head(1, 4_000_000_000),
    ],
)
def test_absurd_headers_make_no_decoder(head, made):
    data = pages_of([head, *opus_file()[1:]])
    assert_bad_audio(lambda: decode([data], OGG))
    assert_bad_audio(lambda: MulawConverter(Container.OGG).feed(data))
    assert not made


@pytest.mark.parametrize(
    ("codebooks", "entries", "dimensions"), [(255, 16_384, 16), (255, 512, 4), (2, 1_024, 60_000)]
)
def test_huge_codebooks_make_no_decoder(codebooks, entries, dimensions, made):
    setup = vorbis_setup(codebooks, entries, dimensions)
    assert len(setup) < 8_000
    data = pages_of([vorbis_head(1, 48_000), b"\x03vorbis", setup, bytes(100)])
    assert_bad_audio(lambda: decode([data], OGG))
    assert not made


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_real_codebooks_are_not_huge(rate, channels):
    said = np.repeat(voice(rate, 0.3)[:, None], channels, axis=1)
    heard, _ = decode([file_of(said, rate, "OGG", "VORBIS")], OGG)
    assert len(heard) > rate * 0.2


def flac_frame(*, has_variable_blocks: bool) -> bytes:
    """A frame of 65 535 equal samples at 16 kHz, in 13 bytes."""
    header = bytes([0xFF, 0xF8 | has_variable_blocks, 0x75, 0x08, 0x00, 0xFF, 0xFE])
    header += bytes([_crc8(header)])
    frame = header + bytes(3)
    crc = 0
    for byte in frame:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return frame + struct.pack(">H", crc)


@pytest.mark.parametrize("count", [3, 20_000])
def test_flac_frames_of_another_stream_are_not_part_of_a_frame(count):
    """The decoder would decode all of them at once: gigabytes from one message."""
    format_ = (16_000 << 44 | 15 << 36).to_bytes(8, "big")
    info = struct.pack(">HH", 16, 65_535) + bytes(6) + format_ + bytes(16)
    stream = b"fLaC" + bytes([0x80]) + len(info).to_bytes(3, "big") + info
    stream += flac_frame(has_variable_blocks=False) * 2
    stream += flac_frame(has_variable_blocks=True) * count
    decoder = ReplyDecoder(OutputFormat.FLAC, 16_000)
    heard: list[bytes] = []
    with pytest.raises(AgentError) as caught:
        heard.extend(decoder.feed(stream + bytes(40)))
    assert caught.value.kind is ErrorKind.BAD_AUDIO
    assert sum(map(len, heard)) <= 2 * 2 * 65_535
