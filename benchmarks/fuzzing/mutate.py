"""Mutations of real data, few at a time, so that most of the format stays valid."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

INTERESTING: Final = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")
TOKENS: Final = (
    *(b"RIFF", b"data", b"LIST", b"OggS", b"fLaC", b"ID3", b"OpusHead", b"\x05vorbis"),
    # MPEG headers of layers I to III, with and without a checksum, and one of a FLAC frame.
    *(bytes([0xFF, second, 0x23, 0]) for second in (0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xFA, 0xFC)),
    b"\xff\xf8\x69\x08",
    *(b'"type"', b"\r\n", b"\x81\xfe", b"{[[[["),
)
MAX_BYTES: Final = 64 * 1024
LENGTH_BYTES: Final = 4
"""Size of the length field before an input in its file."""

_CUT_OFF: Final = 0.3
_NEAR_START: Final = 0.5
_TOKEN_AT_END: Final = 0.1


class Mutator:
    """Mutates one of several seeds at a time, reproducibly."""

    def __init__(self, seeds: Sequence[bytes], random: Random) -> None:
        self._seeds = seeds
        self._random = random
        self._whole = iter(seeds)

    def next(self) -> bytes:
        """Return each seed as it is, then mutated ones."""
        if (seed := next(self._whole, None)) is not None:
            return seed[:MAX_BYTES]
        random = self._random
        data = bytearray(random.choice(self._seeds))
        # Headers are at the start, and most seeds are longer than necessary.
        del data[random.choice((300, 1_000, 4_000, MAX_BYTES)) :]
        for _ in range(random.choice((0, 1, 1, 2, 4, 16))):
            mutation: Callable[[bytearray], None] = random.choice(
                (
                    self._flip,
                    self._overwrite,
                    self._remove,
                    self._repeat,
                    self._insert,
                    self._splice,
                )
            )
            mutation(data)
        if random.random() < _CUT_OFF:
            del data[random.randrange(len(data) + 1) :]
        if random.random() < _TOKEN_AT_END:
            data += random.choice(TOKENS)
        return bytes(data[:MAX_BYTES])

    def pieces(self, data: bytes) -> list[bytes]:
        """Cut the data anywhere."""
        random = self._random
        cuts = sorted(random.choices(range(len(data) + 1), k=random.choice((0, 1, 3, 20))))
        bounds = zip([0, *cuts], [*cuts, len(data)], strict=True)
        return [data[start:end] for start, end in bounds]

    def _position(self, data: bytearray) -> int:
        """Return a position, half of the time near the start."""
        end = min(len(data), 128) if self._random.random() < _NEAR_START else len(data)
        return self._random.randrange(end + 1)

    def _flip(self, data: bytearray) -> None:
        position = self._position(data)
        if position < len(data):
            data[position] ^= 1 << self._random.randrange(8)

    def _overwrite(self, data: bytearray) -> None:
        random, position = self._random, self._position(data)
        new = random.choice((random.choice(INTERESTING), random.randbytes(random.randint(1, 8))))
        data[position : position + len(new)] = new

    def _remove(self, data: bytearray) -> None:
        position = self._position(data)
        del data[position : position + self._random.choice((1, 4, 100, 1_000))]

    def _repeat(self, data: bytearray) -> None:
        position, size = self._position(data), self._random.choice((1, 4, 27, 46, 200))
        times = self._random.choice((1, 2, 50))
        data[position:position] = data[position : position + size] * times

    def _insert(self, data: bytearray) -> None:
        random, position = self._random, self._position(data)
        new = random.choice((*INTERESTING, *TOKENS))
        data[position:position] = new * random.choice((1, 1, 100))

    def _splice(self, data: bytearray) -> None:
        other = self._random.choice(self._seeds)
        start = self._random.randrange(len(other) + 1)
        position = self._position(data)
        data[position:position] = other[start : start + self._random.choice((16, 400, 4_000))]
