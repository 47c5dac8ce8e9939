"""WAV as servers stream it."""

import struct

import pytest

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio.pcm import PcmFormat
from custom_components.playai.agent.audio.wav import wav_header

from .sounds import decode, only_bad_audio, pieces_of, voice

WAV = OutputFormat.WAV
SAID = voice(24_000, 0.3)
PCM = SAID.tobytes()
HEADER = wav_header(PcmFormat(24_000))


def with_size(size):
    return HEADER[:-4] + struct.pack("<I", size)


def fmt(tag, channels=1, rate=24_000, bits=16, extra=b""):
    size = channels * bits // 8
    body = struct.pack("<HHIIHH", tag, channels, rate, rate * size % 2**32, size, bits) + extra
    head = b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", len(body))
    return head + body + b"data\xff\xff\xff\xff"


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF, len(PCM)])
@pytest.mark.parametrize("piece", [1, 13, 100_000])
def test_size_may_be_unknown(size, piece):
    heard, rate = decode(pieces_of(with_size(size) + PCM, piece), WAV)
    assert (rate, heard.tolist()) == (24_000, SAID.tolist())


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 2_400])
def test_header_in_every_message(size):
    messages = [with_size(size) + piece for piece in pieces_of(PCM, 2_400)]
    assert decode(messages, WAV)[0].tolist() == SAID.tolist()


def test_size_of_the_first_message_only():
    messages = [with_size(2_400) + PCM[:2_400], PCM[2_400:]]
    assert decode(messages, WAV)[0].tolist() == SAID.tolist()


def test_file_after_file_cut_anywhere():
    files = with_size(len(PCM)) + PCM + with_size(len(PCM)) + PCM
    assert decode(pieces_of(files, 77), WAV)[0].tolist() == [*SAID.tolist(), *SAID.tolist()]


@pytest.mark.parametrize("piece", [1, 100_000])
def test_other_chunks_are_skipped(piece):
    before = HEADER[:12] + b"JUNK" + struct.pack("<I", 5) + bytes(6) + HEADER[12:-4]
    after = b"LIST" + struct.pack("<I", 3) + bytes(4)
    data = before + struct.pack("<I", len(PCM)) + PCM + after + with_size(len(PCM)) + PCM
    assert len(decode(pieces_of(data, piece), WAV)[0]) == 2 * len(SAID)


def test_extensible():
    guid = bytes.fromhex("0000000010008000 00aa00389b71".replace(" ", ""))
    extra = struct.pack("<HHIH", 22, 16, 4, 1) + guid
    assert decode([fmt(0xFFFE, extra=extra) + PCM], WAV)[0].tolist() == SAID.tolist()


def test_sample_cut_between_messages():
    assert decode([HEADER + PCM[:1], PCM[1:]], WAV)[0].tolist() == SAID.tolist()


def test_last_half_sample_is_dropped():
    assert decode([HEADER + PCM + b"\x01"], WAV)[0].tolist() == SAID.tolist()


@pytest.mark.parametrize(
    "data",
    [
        fmt(2) + PCM,  # ADPCM
        fmt(1, bits=12) + PCM,
        fmt(3, bits=16) + PCM,
        fmt(1, channels=0) + PCM,
        fmt(1, channels=200) + PCM,
        fmt(1, rate=0) + PCM,
        fmt(1, rate=4_000_000_000) + PCM,
        fmt(0xFFFE) + PCM,  # Extensible without its extension.
        HEADER[:12] + HEADER[-8:] + PCM,  # No format.
        HEADER[:12] + b"fmt \x02\x00\x00\x00\x01\x00" + HEADER[-8:] + PCM,
        HEADER[:12] + b"JUNK\xff\xff\xff\x7f" + PCM,
    ],
)
def test_header_that_cannot_be_read(data):
    for piece in (1_000, 1_000_000):
        with pytest.raises(AgentError) as raised:
            decode(pieces_of(data, piece), WAV)
        assert raised.value.kind is ErrorKind.BAD_AUDIO


@pytest.mark.parametrize("size", range(0, len(HEADER), 7))
def test_header_that_breaks_off(size):
    with only_bad_audio():
        assert len(decode([HEADER[:size]], WAV)[0]) == 0


def test_odd_size_is_padded():
    eight_bits = wav_header(PcmFormat(24_000, 8))[:-4] + struct.pack("<I", 801)
    data = (eight_bits + bytes([128] * 801) + b"\0") * 2
    assert len(decode([data], WAV)[0]) == 1_602


@pytest.mark.parametrize("piece", [1, 13, 100_000])
@pytest.mark.parametrize(
    "name",
    ["LIST", "iXML", "fact", "acid", "cart", "chna", "axml", "PAD ", "FLLR", "SAUR", "C2PA"],
)
def test_chunks_behind_the_audio_are_not_played(name, piece):
    loud = b"\x00\x80\xff\x7f" * 100
    chunks = b"".join(
        name.encode() + struct.pack("<I", size) + loud[:size] + bytes(size % 2)
        for size in (0, 3, 400)
    )
    data = with_size(len(PCM)) + PCM + chunks
    assert decode(pieces_of(data, piece), WAV)[0].tolist() == SAID.tolist()


@pytest.mark.parametrize("padding", [b"", b"\0"])
@pytest.mark.parametrize("piece", [1, 100_000])
def test_odd_chunks_may_lack_their_padding(piece, padding):
    eight_bits = wav_header(PcmFormat(24_000, 8))[:-4] + struct.pack("<I", 801)
    audio = eight_bits + bytes([128] * 801) + padding
    data = audio + b"id3 " + struct.pack("<I", 5) + b"\xff" * 5 + padding + audio
    heard, _ = decode(pieces_of(data, piece), WAV)
    assert (len(heard), set(heard.tolist())) == (1_602, {0})


@pytest.mark.parametrize("piece", [1, 13, 100_000])
@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_streaming_headers_joined_in_one_message(size, piece):
    data = b"".join(with_size(size) + part for part in pieces_of(PCM, 2_401))
    heard, _ = decode(pieces_of(data, piece), WAV)
    joined = b"".join(part[: len(part) // 2 * 2] for part in pieces_of(PCM, 2_401))
    assert heard.tobytes() == joined


def test_audio_that_ends_like_a_header_is_not_lost():
    said = PCM + b"RIFFabcdWA"
    heard, _ = decode([HEADER + said], WAV)
    assert heard.tobytes() == said


def test_megabytes_of_chunks_before_the_audio():
    picture = b"id3 " + struct.pack("<I", 3_000_001) + b"\xff\xfb" * 1_500_001
    data = HEADER[:12] + picture + HEADER[12:] + PCM
    assert decode(pieces_of(data, 10_000), WAV)[0].tolist() == SAID.tolist()


def test_endless_chunks_are_refused():
    chunk = b"JUNK" + struct.pack("<I", 1_000_000) + bytes(1_000_000)
    with pytest.raises(AgentError) as raised:
        decode([HEADER[:12], *[chunk] * 20], WAV)
    assert raised.value.kind is ErrorKind.BAD_AUDIO
