"""Ogg pages with Opus."""

import struct
import zlib
from fractions import Fraction
from typing import Final

OPUS_RATE: Final = 48_000
"""In Hz: positions in Ogg count samples at this rate, whatever the rate of the audio."""

_FIRST_PAGE, _LAST_PAGE = 2, 4
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class OpusPages:
    """Opus in Ogg (RFC 3533 and RFC 7845): one packet per page."""

    def __init__(self, head: bytes, samples: int) -> None:
        """Start a stream.

        Args:
            head: the OpusHead packet.
            samples: the length of a packet, in samples at 48 kHz.
        """
        self._pre_skip = int.from_bytes(head[10:12], "little")
        self._samples = samples
        self._position = 0
        self._number = 0
        vendor = b"agent_server"
        tags = struct.pack("<8sI", b"OpusTags", len(vendor)) + vendor + bytes(4)
        self.head: Final = self._page(head, _FIRST_PAGE) + self._page(tags)

    def page(self, packet: bytes) -> bytes:
        """Return the page of a packet."""
        self._position += self._samples
        return self._page(packet)

    def end(self, packet: bytes, seconds: Fraction) -> bytes:
        """Return the last page; `seconds` is the length of all encoded audio."""
        whole = self._pre_skip + int(seconds * OPUS_RATE)
        self._position = min(self._position + self._samples, whole)
        return self._page(packet, _LAST_PAGE)

    def _page(self, packet: bytes, flags: int = 0) -> bytes:
        lengths = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) if packet else b""
        fields = (b"OggS", 0, flags, self._position, 1, self._number, 0, len(lengths))
        page = struct.pack("<4sBBqIIIB", *fields) + lengths + packet
        self._number += 1
        # Ogg's checksum is zlib's with all bits mirrored and without inversion at both ends.
        crc = zlib.crc32(page.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
        return page[:22] + crc.to_bytes(4).translate(_MIRRORED) + page[26:]
