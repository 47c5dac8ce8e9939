"""Audio that is made to keep the event loop busy is refused, or is decoded in small steps."""

import struct
from collections import Counter

import pytest
from agent import AgentError, ErrorKind, OutputFormat
from agent.audio import Container, MulawConverter, ReplyDecoder, capture, containers
from agent.audio import decode as decoding
from agent.audio.containers import MAX_SILENT_STREAMS
from agent.audio.ffmpeg import PacketDecoder
from agent.audio.pcm import MAX_RATE_CHANGES, PcmFormat
from agent.audio.resample import Resampler
from agent.audio.wav import wav_header

from .ogg_pages import opus_file, pages_of
from .sounds import decode, only_bad_audio, pieces_of

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


@pytest.fixture
def made(monkeypatch):
    """Counts the costly objects that are made."""
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
    """How many costly objects are made without letting others run."""
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
