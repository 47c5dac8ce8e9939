"""Splits Ogg files into packets and joins packets."""

from custom_components.playai.agent.audio.ogg import OggReader, page_checksum

from .sounds import file_of, voice

SEGMENTS = 255


def vorbis_packets(data):
    """The packets of an Ogg file with one stream."""
    return [packet.data for packet in OggReader().split(data)]


def opus_file():
    """The packets of two seconds of Opus."""
    return vorbis_packets(file_of(voice(48_000), 48_000, "OGG", "OPUS"))


def pages_of(packets, pages=False):
    """The packets as Ogg, each starting its own page; a list of pages if `pages`."""
    found = []
    for index, packet in enumerate(packets):
        lengths = [255] * (len(packet) // 255) + [len(packet) % 255]
        position = 0
        for start in range(0, len(lengths), SEGMENTS):
            part = lengths[start : start + SEGMENTS]
            flags = (2 if index == 0 else 0) | (1 if start else 0)
            head = (
                b"OggS\0" + bytes([flags]) + bytes(8) + b"test" + len(found).to_bytes(4, "little")
            )
            page = head + bytes(4) + bytes([len(part)]) + bytes(part)
            page += packet[position : position + sum(part)]
            position += sum(part)
            checksum = page_checksum(page).to_bytes(4, "little")
            found.append(page[:22] + checksum + page[26:])
    return found if pages else b"".join(found)
