"""RIFF/WAVE as servers stream it: sizes that are not known, a header more than once."""

import struct
from collections.abc import Iterator
from typing import Final

from ..errors import AgentError, ErrorKind
from .mulaw import mulaw_decode
from .pcm import MIN_RATE, Frames, Pcm, PcmFormat

_INTEGER, _FLOAT, _MULAW, _EXTENSIBLE = 1, 3, 7, 0xFFFE
_UNKNOWN_SIZE: Final = 0xFFFF_FFFF
_MAX_HEADER: Final = 64 * 1024

_CHUNKS_AFTER_DATA: Final = (b"LIST", b"id3 ", b"ID3 ", b"cue ", b"smpl", b"bext", b"JUNK", b"PEAK")


def wav_header(pcm: PcmFormat) -> bytes:
    """Return the header of a stream of PCM whose length is not known yet."""
    tag = _FLOAT if pcm.is_float else _INTEGER
    rate, frame = pcm.rate, pcm.frame_bytes
    layout = struct.pack("<HHIIHH", tag, pcm.channels, rate, rate * frame, frame, pcm.bits)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", _UNKNOWN_SIZE, b"WAVE", b"fmt ", len(layout))
        + layout
        + struct.pack("<4sI", b"data", _UNKNOWN_SIZE)
    )


def is_wav(data: bytes | bytearray) -> bool:
    """Whether a header begins here; needs 12 bytes."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


class WavReader:
    """Takes a WAV in any pieces and gives its audio.

    A size of 0 or 0xFFFFFFFF means that the audio goes on to the end. A header may come
    again, with another format, after the announced audio or at the start of a piece.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_header = True
        self._left: int | None = None
        """Bytes of audio still to come as announced; None: it goes on to the end."""

        self._is_padded = False
        self._rate = 0
        self._is_mulaw = False
        self._frames = Frames(PcmFormat(MIN_RATE))

    def feed(self, data: bytes) -> Iterator[Pcm]:
        """Yield the audio in `data`; raises `AgentError` for a header we cannot read."""
        if not self._in_header and is_wav(data):
            self._buffer.clear()
            self._in_header = True
        self._buffer += data
        while self._buffer:
            if self._in_header:
                if not self._read_header():
                    return
            elif self._left == 0:
                if not self._read_after_data():
                    return
            else:
                yield self._read_data()

    def _read_data(self) -> Pcm:
        size = len(self._buffer) if self._left is None else min(self._left, len(self._buffer))
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._left is not None:
            self._left -= size
        if self._is_mulaw:
            data = mulaw_decode(data).tobytes()
        return Pcm(self._rate, self._frames.take(data).tobytes())

    def _read_after_data(self) -> bool:
        """Decide what follows the announced audio; False when more bytes are needed."""
        if self._is_padded and self._buffer[0] == 0:
            del self._buffer[0]
        self._is_padded = False
        name = bytes(self._buffer[:4])
        if len(name) < 4:
            return False
        if name == b"RIFF":
            self._in_header = True
        elif name in _CHUNKS_AFTER_DATA:
            return self._skip_chunk()
        else:
            self._left = None  # The announced size was that of the first piece only.
        return True

    def _skip_chunk(self) -> bool:
        if len(self._buffer) < 8:
            return False
        size = _chunk_size(int.from_bytes(self._buffer[4:8], "little"))
        if len(self._buffer) < 8 + size:
            return False
        del self._buffer[: 8 + size]
        return True

    def _read_header(self) -> bool:
        """Read up to the audio; False when more bytes are needed."""
        if len(self._buffer) > _MAX_HEADER * 2:
            raise AgentError(ErrorKind.BAD_AUDIO, "a WAV without audio")
        if len(self._buffer) < 12:
            return False
        if not is_wav(self._buffer):
            raise AgentError(ErrorKind.BAD_AUDIO, "no WAV header")
        position, layout = 12, b""
        while len(self._buffer) >= position + 8:
            name, size = struct.unpack_from("<4sI", self._buffer, position)
            position += 8
            if name == b"data":
                self._set_format(layout)
                self._left = None if size in (0, _UNKNOWN_SIZE) else size
                self._is_padded = bool(size % 2)
                self._in_header = False
                del self._buffer[:position]
                return True
            if name == b"fmt ":
                layout = bytes(self._buffer[position : position + size])
            position += _chunk_size(size)
        return False

    def _set_format(self, layout: bytes) -> None:
        try:
            tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", layout)
            if tag == _EXTENSIBLE:
                (tag,) = struct.unpack_from("<H", layout, 24)
        except struct.error:
            raise AgentError(ErrorKind.BAD_AUDIO, "a WAV without a format") from None
        if tag not in (_INTEGER, _FLOAT, _MULAW):
            raise AgentError(ErrorKind.BAD_AUDIO, f"a WAV of the kind {tag}")
        self._is_mulaw = tag == _MULAW
        decoded_bits = 16 if self._is_mulaw else bits
        self._frames = Frames(PcmFormat(rate, decoded_bits, channels, is_float=tag == _FLOAT))
        self._rate = rate


def _chunk_size(size: int) -> int:
    """Return the bytes that a chunk of `size` bytes takes up."""
    if size > _MAX_HEADER:
        raise AgentError(ErrorKind.BAD_AUDIO, "a WAV chunk that is too large")
    return size + size % 2
