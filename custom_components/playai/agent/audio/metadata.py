"""Skips metadata before the audio (tags, pictures, comments), up to a limit."""

from typing import Final

from ..errors import AgentError, ErrorKind

MAX_METADATA: Final = 16 * 1024 * 1024
"""Bytes per stream. A cover picture has a few megabytes; an endless tag is an attack."""

ID3_HEADER_BYTES: Final = 10
_ID3_FOOTER: Final = 0x10


class Skipper:
    """Drops announced bytes from a stream that arrives in pieces."""

    def __init__(self) -> None:
        self._total = 0
        self._left = 0

    @property
    def is_active(self) -> bool:
        """Whether announced bytes are still missing."""
        return self._left > 0

    def announce(self, size: int) -> None:
        """Drop the next `size` bytes; raises `AgentError` beyond `MAX_METADATA`."""
        self.count(size)
        self._left += size

    def count(self, size: int) -> None:
        """Count bytes that the caller skips; raises `AgentError` beyond `MAX_METADATA`."""
        self._total += size
        if self._total > MAX_METADATA:
            raise AgentError(ErrorKind.BAD_AUDIO, "more metadata than audio can have")

    def cancel(self) -> None:
        """Keep the announced bytes that are still missing."""
        self._total -= self._left
        self._left = 0

    def drop(self, buffer: bytearray) -> bool:
        """Drop announced bytes from the start of `buffer`; return False if more are missing."""
        size = min(self._left, len(buffer))
        del buffer[:size]
        self._left -= size
        return self._left == 0


class Id3Tags:
    """Removes ID3v2 tags, which precede MP3 and, against the specification, FLAC."""

    def __init__(self) -> None:
        self.were_found = False
        self._skipper = Skipper()
        self._buffer = bytearray()

    @property
    def is_inside(self) -> bool:
        """Whether the rest of a tag is still missing."""
        return self._skipper.is_active

    def strip(self, data: bytes) -> bytes:
        """Return `data` without leading tags."""
        if not self._skipper.is_active and not data.startswith(b"ID3"):
            return data
        self._buffer += data
        while self._skipper.drop(self._buffer):
            size = _id3_size(self._buffer)
            if not size:
                break
            self.were_found = True
            self._skipper.announce(size)
        audio = bytes(self._buffer)
        self._buffer.clear()
        return audio


def _id3_size(data: bytearray) -> int:
    """Return the size of a leading tag in bytes (ID3v2.4, section 3.1), 0 without one."""
    sizes = data[6:ID3_HEADER_BYTES]
    if not data.startswith(b"ID3") or len(sizes) < 4 or max(sizes) > 0x7F:
        return 0
    size = sum(byte << shift for byte, shift in zip(sizes, (21, 14, 7, 0), strict=True))
    return ID3_HEADER_BYTES * (2 if data[5] & _ID3_FOOTER else 1) + size
