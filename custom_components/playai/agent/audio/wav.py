"""RIFF/WAVE as servers stream it: with unknown sizes, and with repeated headers."""

import struct
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from ..errors import AgentError, ErrorKind
from .metadata import MAX_METADATA, Skipper
from .mulaw import mulaw_decode
from .pcm import MIN_RATE, Frames, Pcm, PcmFormat

_INTEGER, _FLOAT, _MULAW, _EXTENSIBLE = 1, 3, 7, 0xFFFE
_UNKNOWN_SIZE: Final = 0xFFFF_FFFF
_RIFF_BYTES: Final = 12
_CHUNK_BYTES: Final = 8
_MAX_FORMAT: Final = 1024


def wav_header(pcm: PcmFormat) -> bytes:
    """Return the header of a PCM stream of unknown length."""
    tag = _FLOAT if pcm.is_float else _INTEGER
    rate, frame = pcm.rate, pcm.frame_bytes
    layout = struct.pack("<HHIIHH", tag, pcm.channels, rate, rate * frame, frame, pcm.bits)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", _UNKNOWN_SIZE, b"WAVE", b"fmt ", len(layout))
        + layout
        + struct.pack("<4sI", b"data", _UNKNOWN_SIZE)
    )


def is_wav(data: bytes | bytearray) -> bool:
    """Whether `data` begins with a header; needs 12 bytes."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


class _State(Enum):
    RIFF = auto()
    """Before the first 12 bytes of a header."""

    CHUNK = auto()
    """Before a chunk, or before the bytes that follow the announced audio."""

    DATA = auto()


class WavReader:
    """Decodes a WAV stream, cut anywhere.

    A size of 0 or 0xFFFFFFFF means that the audio continues to the end. Another header, with
    another format, may follow anywhere.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._state = _State.RIFF
        self._skipper = Skipper()
        self._layout = b""
        self._had_data = False
        self._left: int | None = None
        """Announced bytes of audio that are still missing; None: audio continues to the end."""

        self._may_be_padded = False
        """Whether the last chunk had an odd size. Not every writer adds the padding byte."""

        self._rate = 0
        self._is_mulaw = False
        self._frames = Frames(PcmFormat(MIN_RATE))

    @property
    def in_metadata(self) -> bool:
        """See `Stream`."""
        return self._state is not _State.DATA

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """Yield the audio in `data`; raises `AgentError` for an unsupported header."""
        if self._state is _State.CHUNK and self._had_data and is_wav(data):
            self._buffer.clear()
            self._skipper.cancel()
            self._state = _State.RIFF
        self._buffer += data
        while self._buffer and self._skipper.drop(self._buffer):
            if self._state is _State.DATA:
                yield self._read_data(_header_position(self._buffer))
                if self._state is _State.DATA:
                    return
            elif not (self._read_riff() if self._state is _State.RIFF else self._read_chunk()):
                return

    def finish(self) -> Iterator[Pcm]:
        """Yield the audio that was held back as the possible start of a header."""
        if self._state is _State.DATA and self._buffer:
            yield self._read_data(len(self._buffer))

    def _read_riff(self) -> bool:
        """Read the start of a header; return False if more bytes are needed."""
        if len(self._buffer) < _RIFF_BYTES:
            return False
        if not is_wav(self._buffer):
            raise AgentError(ErrorKind.BAD_AUDIO, "no WAV header")
        self._skipper.announce(_RIFF_BYTES)
        self._state = _State.CHUNK
        self._layout, self._had_data, self._may_be_padded = b"", False, False
        return True

    def _read_chunk(self) -> bool:
        """Read the header of a chunk, or find none; return False if more bytes are needed."""
        if len(self._buffer) < _CHUNK_BYTES + self._may_be_padded:
            return False
        if self._may_be_padded and (
            _is_chunk(self._buffer[1 : 1 + _CHUNK_BYTES])
            or not (self._had_data or _is_chunk(self._buffer))
        ):
            self._may_be_padded = False
            self._skipper.announce(1)
            return True
        name, size = struct.unpack_from("<4sI", self._buffer)
        if name == b"RIFF":
            self._state = _State.RIFF
            return True
        if self._had_data and not _is_chunk(self._buffer):
            self._left = None  # The announced size covered only the first piece.
            self._state = _State.DATA
            return True
        if name == b"data":
            self._start_data(size)
            size = 0
        elif name == b"fmt ":
            if size > _MAX_FORMAT:
                raise AgentError(ErrorKind.BAD_AUDIO, "a WAV without a format")
            if len(self._buffer) < _CHUNK_BYTES + size:
                return False
            self._layout = bytes(self._buffer[_CHUNK_BYTES : _CHUNK_BYTES + size])
        if name != b"data":
            self._may_be_padded = bool(size % 2)
        self._skipper.announce(_CHUNK_BYTES + size)
        return True

    def _start_data(self, size: int) -> None:
        self._set_format()
        self._left = None if size in (0, _UNKNOWN_SIZE) else size
        self._may_be_padded = self._left is not None and bool(size % 2)
        self._had_data = True
        self._state = _State.DATA

    def _read_data(self, end: int) -> Pcm:
        """Return the audio up to `end`, or up to its announced end if that is earlier."""
        size = end if self._left is None else min(self._left, end)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._left is not None:
            self._left -= size
        if is_wav(self._buffer):
            self._state = _State.RIFF
        elif self._left == 0:
            self._state = _State.CHUNK
        if self._is_mulaw:
            data = mulaw_decode(data).tobytes()
        return Pcm(self._rate, self._frames.take(data).tobytes())

    def _set_format(self) -> None:
        try:
            tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", self._layout)
            if tag == _EXTENSIBLE:
                (tag,) = struct.unpack_from("<H", self._layout, 24)
        except struct.error:
            raise AgentError(ErrorKind.BAD_AUDIO, "a WAV without a format") from None
        if tag not in (_INTEGER, _FLOAT, _MULAW):
            raise AgentError(ErrorKind.BAD_AUDIO, f"a WAV of the kind {tag}")
        self._is_mulaw = tag == _MULAW
        decoded_bits = 16 if self._is_mulaw else bits
        self._frames = Frames(PcmFormat(rate, decoded_bits, channels, is_float=tag == _FLOAT))
        self._rate = rate


def _header_position(data: bytearray) -> int:
    """Return the position of the first header, or of bytes that may become one with more."""
    position = data.find(b"RIFF")
    while position >= 0:
        if len(data) - position < _RIFF_BYTES or is_wav(data[position : position + _RIFF_BYTES]):
            return position
        position = data.find(b"RIFF", position + 1)
    cut = next((n for n in (3, 2, 1) if data.endswith(b"RIFF"[:n])), 0)
    return len(data) - cut


def _is_chunk(data: bytearray) -> bool:
    """Whether these bytes can be the header of a chunk; audio rarely looks like one.

    Names are ASCII, and no other chunk than the audio exceeds the limit for all metadata.
    """
    name, size = struct.unpack_from("<4sI", data)
    return name == b"RIFF" or (all(0x20 <= byte < 0x7F for byte in name) and size < MAX_METADATA)
