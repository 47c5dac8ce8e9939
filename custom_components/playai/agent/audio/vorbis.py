"""Vorbis I: checks the cost of the setup header before a decoder is created.

A header of five kilobytes can announce codebooks that take FFmpeg a second, and hundreds of
megabytes, to build. FFmpeg limits each of them, but not all together.
"""

from typing import Final

from ..errors import AgentError, ErrorKind

MAX_ENTRIES: Final = 64 * 1024
"""Limit for all codebooks together; the reference encoder writes at most 20 000."""

MAX_VALUES: Final = 1024 * 1024
"""Limit for entries times dimensions of all codebooks together."""

_COMMON_HEADER: Final = 7
_SYNC: Final = 0x564342


def check_setup(header: bytes) -> None:
    """Raise `AgentError` if the codebooks of a setup header are too large (section 3.2.1)."""
    bits = _Bits(header[_COMMON_HEADER:])
    all_entries = all_values = 0
    for _ in range(bits.read(8) + 1):
        if bits.read(24) != _SYNC:
            raise AgentError(ErrorKind.BAD_AUDIO, "a Vorbis header is damaged")
        dimensions, entries = bits.read(16), bits.read(24)
        all_entries += entries
        all_values += entries * dimensions
        if all_entries > MAX_ENTRIES or all_values > MAX_VALUES:
            raise AgentError(ErrorKind.BAD_AUDIO, "a Vorbis header with huge codebooks")
        _skip_lengths(bits, entries)
        _skip_values(bits, entries, dimensions)


class _Bits:
    """Reads a header bit by bit, the lowest bit of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def read(self, count: int) -> int:
        """Return the next bits, 32 at most."""
        byte, bit = divmod(self._position, 8)
        self.skip(count)
        return int.from_bytes(self._data[byte : byte + 5], "little") >> bit & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        """Skip bits; raises `AgentError` at the end of the header."""
        self._position += count
        if self._position > 8 * len(self._data):
            raise AgentError(ErrorKind.BAD_AUDIO, "a Vorbis header is damaged")


def _skip_lengths(bits: _Bits, entries: int) -> None:
    """Skip the lengths of the code words, in any of their three encodings."""
    is_ordered = bits.read(1)
    if is_ordered:
        bits.skip(5)
        while entries > 0:
            entries -= bits.read(entries.bit_length())
    elif bits.read(1):  # Sparse: one bit marks each entry in use.
        for _ in range(entries):
            if bits.read(1):
                bits.skip(5)
    else:
        bits.skip(5 * entries)


def _skip_values(bits: _Bits, entries: int, dimensions: int) -> None:
    """Skip the table of the values of the entries."""
    lookup = bits.read(4)
    if lookup not in (1, 2):
        return
    bits.skip(64)
    size = bits.read(4) + 1
    bits.skip(1)
    if lookup == 1:
        bits.skip(size * _root(entries, dimensions))
    else:
        bits.skip(size * entries * dimensions)


def _root(entries: int, dimensions: int) -> int:
    """Return the largest number whose power of `dimensions` is not above `entries`."""
    if not dimensions:
        raise AgentError(ErrorKind.BAD_AUDIO, "a Vorbis header is damaged")
    root: int = round(entries ** (1 / dimensions))
    return root if root**dimensions <= entries else root - 1
