"""Tags, pictures and comments of any sensible size are skipped, without an end they are refused."""

import pytest

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import Container, MulawConverter
from custom_components.playai.agent.audio.metadata import MAX_METADATA

from .ogg_pages import opus_file, pages_of, vorbis_packets
from .sounds import decode, file_of, likeness, pieces_of, voice

RATE = 48_000
FLAC, MP3, OGG = OutputFormat.FLAC, OutputFormat.MP3, OutputFormat.OGG
PICTURE = b"\xff\xfb\x90\x64\xff\xf8\x69\x02OggSfLaC" * 100_000
FILES = {
    FLAC: file_of(voice(RATE), RATE, "FLAC", "PCM_16"),
    MP3: file_of(voice(RATE), RATE, "MP3", "MPEG_LAYER_III"),
}


def id3(size):
    return b"ID3\x04\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


TAG = id3(len(PICTURE)) + PICTURE


def with_picture(flac):
    """Put a picture behind STREAMINFO."""
    return (
        flac[:4] + b"\x00" + flac[5:42] + b"\x06" + len(PICTURE).to_bytes(3) + PICTURE + flac[42:]
    )


@pytest.mark.parametrize("piece", [700, 10_000_000])
@pytest.mark.parametrize("wanted", [FLAC, MP3])
@pytest.mark.parametrize("sent", [FLAC, MP3])
def test_tag_of_megabytes(sent, wanted, piece):
    heard, rate = decode(pieces_of(TAG + FILES[sent], piece), wanted)
    assert rate == RATE
    assert likeness(heard, voice(RATE), RATE) > 0.98
    assert abs(len(heard) - 2 * RATE) < RATE // 10


def test_two_tags_and_a_footer():
    footer = bytearray(id3(4) + b"abcd" + b"3DI" + id3(4)[3:])
    footer[5] = footer[17] = 0x10
    heard, _ = decode(pieces_of(TAG + footer + FILES[FLAC], 5_000), FLAC)
    assert heard.tolist() == voice(RATE).tolist()


def test_tag_in_every_message():
    heard, _ = decode([TAG + FILES[FLAC], TAG + FILES[FLAC]], FLAC)
    assert heard.tolist() == voice(RATE).tolist() * 2


@pytest.mark.parametrize("piece", [700, 10_000_000])
def test_flac_picture(piece):
    heard, _ = decode(pieces_of(with_picture(FILES[FLAC]), piece), FLAC)
    assert heard.tolist() == voice(RATE).tolist()


@pytest.mark.parametrize("comments", [100_000, 2_000_000])
@pytest.mark.parametrize("codec", ["OPUS", "VORBIS"])
def test_ogg_comments(codec, comments):
    packets = vorbis_packets(file_of(voice(RATE), RATE, "OGG", codec))
    packets[1] += PICTURE[:comments]
    data = pages_of(packets)
    heard, _ = decode(pieces_of(data, 3_000), OGG)
    assert likeness(heard, voice(RATE), RATE) > 0.98
    microphone = MulawConverter(Container.OGG)
    mulaw = b"".join(microphone.feed(piece) for piece in pieces_of(data, 3_000))
    assert len(mulaw + microphone.finish()) > 30_000


def endless(output_format):
    if output_format is FLAC:
        yield FILES[FLAC][:4] + b"\x00" + FILES[FLAC][5:42]
        block = b"\x06" + (1_000_000).to_bytes(3) + bytes(1_000_000)
    elif output_format is MP3:
        block = id3(1_000_000) + bytes(1_000_000)
    else:
        yield from pages_of([opus_file()[0]], pages=True)
        block = b"OggS" + b"\xff" * 1_000_000
    for _ in range(MAX_METADATA // 1_000_000 + 2):
        yield block


@pytest.mark.parametrize("output_format", [FLAC, MP3, OGG])
def test_endless_metadata_is_refused(output_format):
    with pytest.raises(AgentError) as raised:
        decode(endless(output_format), output_format)
    assert raised.value.kind is ErrorKind.BAD_AUDIO
