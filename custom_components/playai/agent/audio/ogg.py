"""Ogg (RFC 3533): pages that carry the packets of one codec."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAGIC: Final = b"OggS"

MAX_PACKET: Final = 256 * 1024
"""Longer packets are cut off: they are comments with a picture, or damaged."""

_OPUS_TAGS: Final = b"OpusTags"

MAX_FALSE_PAGES: Final = 16
"""Limit per call of `split`: checksums take time, and real damage has one or two."""

_HEADER_BYTES: Final = 27
_CONTINUED, _FIRST, _LAST = 1, 2, 4

OPUS_RATE: Final = 48_000
"""In Hz: the unit of positions in Ogg/Opus, at any rate of the audio (RFC 7845)."""

_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class OggPacket:
    """A packet; `starts_stream` marks the first packet of a stream."""

    data: bytes
    starts_stream: bool


class OggReader:
    """Splits Ogg, cut anywhere, into its packets; damaged pages are skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._part: bytes | None = None
        """The packet that continues on the next page."""

        self._next_page: int | None = None
        self._false_pages = 0

    def split(self, data: bytes) -> Iterator[OggPacket]:
        """Yield all complete packets."""
        self._buffer += data
        self._false_pages = 0
        while (page := self._next()) is not None:
            yield from self._packets(page)

    def _next(self) -> bytes | None:
        """Return the next complete page."""
        while True:
            start = self._buffer.find(MAGIC)
            if start < 0:
                del self._buffer[: max(0, len(self._buffer) - 3)]
                return None
            del self._buffer[:start]
            if len(self._buffer) < _HEADER_BYTES:
                return None
            segments = self._buffer[26]
            lengths = self._buffer[_HEADER_BYTES : _HEADER_BYTES + segments]
            size = _HEADER_BYTES + segments + sum(lengths)
            if len(lengths) < segments or len(self._buffer) < size:
                return None
            page = bytes(self._buffer[:size])
            if page[4] == 0 and page_checksum(page) == int.from_bytes(page[22:26], "little"):
                del self._buffer[:size]
                return page
            del self._buffer[:4]  # Damaged, or not a page: search for the next.
            self._false_pages += 1
            if self._false_pages > MAX_FALSE_PAGES:
                self._buffer.clear()

    def _packets(self, page: bytes) -> Iterator[OggPacket]:
        flags, number = page[5], int.from_bytes(page[18:22], "little")
        lengths = page[_HEADER_BYTES : _HEADER_BYTES + page[26]]
        is_first = bool(flags & _FIRST)
        if is_first or number != self._next_page:
            self._part = None  # Pages were lost, or another stream begins.
        self._next_page = number + 1
        # The rest of a packet is useless if its beginning was lost.
        packet = (self._part or b"") if flags & _CONTINUED else b""
        skip = bool(flags & _CONTINUED) and self._part is None
        position = _HEADER_BYTES + len(lengths)
        for length in lengths:
            if len(packet) < MAX_PACKET:
                packet += page[position : position + length]
            position += length
            if length == 255:  # The packet continues in the next segment.
                continue
            if not skip and packet:
                yield OggPacket(packet, is_first)
                is_first = False
            packet, skip = b"", False
        continues = bool(lengths) and lengths[-1] == 255 and not skip
        self._part = packet if continues else None


class OpusWriter:
    """Writes the packets of one Opus stream to Ogg, one page per packet."""

    def __init__(self, head: bytes) -> None:
        """`head` is the OpusHead packet."""
        self._pre_skip = int.from_bytes(head[10:12], "little")
        self._number = 0
        self._position = 0
        tags = _OPUS_TAGS + struct.pack("<I6sI", 6, b"playai", 0)
        self.head: Final = self._page(head, _FIRST) + self._page(tags)

    def write(self, packet: bytes, samples: int) -> bytes:
        """Return the page of a packet, which decodes to `samples` at 48 kHz."""
        self._position += samples
        return self._page(packet)

    def finish(self, packet: bytes, samples: int, total: int) -> bytes:
        """Return the last page; `total` counts the samples that were encoded."""
        self._position = min(self._position + samples, self._pre_skip + total)
        return self._page(packet, _LAST)

    def _page(self, packet: bytes, flags: int = 0) -> bytes:
        lengths = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) if packet else b""
        fields = (MAGIC, 0, flags, self._position, 1, self._number, 0, len(lengths))
        page = struct.pack("<4sBBqIIIB", *fields) + lengths + packet
        self._number += 1
        return page[:22] + page_checksum(page).to_bytes(4, "little") + page[26:]


def page_checksum(page: bytes) -> int:
    """Return the CRC of a page, computed with a checksum field of 0.

    It is the CRC of zlib with all bits mirrored and without the two inversions.
    """
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_REVERSED)
    crc = zlib.crc32(mirrored, 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(crc.to_bytes(4).translate(_REVERSED), "little")
