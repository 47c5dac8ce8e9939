"""FLAC (RFC 9639): splits a stream into its frames.

FFmpeg's own parser holds back ten frames, nearly two seconds of speech, before it returns
the first. This one returns a frame as soon as the header of the next has arrived.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import AgentError, ErrorKind
from .metadata import Skipper

MAGIC: Final = b"fLaC"

_STREAM_INFO, _STREAM_INFO_BYTES = 0, 34
_BLOCK_HEADER: Final = 4
_MAX_FRAME: Final = 512 * 1024
_MAX_HEADER: Final = 16
_MAX_UNLIKE_HEADERS: Final = 2
"""Headers of other streams that one frame may contain by chance; checksums are short."""
_CRC8_POLYNOMIAL: Final = 0x07


class FlacReader:
    """Splits one FLAC stream, cut anywhere, into its frames; damaged parts are skipped."""

    def __init__(self) -> None:
        self.stream_info = b""
        """The 34 bytes of STREAMINFO, which a decoder needs; empty until they have arrived."""

        self.in_metadata = True
        """See `Stream`."""

        self._before_magic = True
        self._is_last_block = False
        self._skipper = Skipper()
        self._buffer = bytearray()
        self._searched = 0
        self._unlike_headers = 0

    def split(self, data: bytes) -> Iterator[bytes]:
        """Yield all complete frames; raises `AgentError` if the stream is not FLAC."""
        self._buffer += data
        if self.in_metadata and not self._read_metadata():
            return
        while (frame := self._next()) is not None:
            yield frame

    def finish(self) -> bytes:
        """Return the last frame. No header follows that would mark its end."""
        frame = b"" if self.in_metadata else bytes(self._buffer)
        self._buffer.clear()
        return frame

    def _read_metadata(self) -> bool:
        """Skip to the first frame; return False if more bytes are needed."""
        while self._skipper.drop(self._buffer):
            if self._is_last_block:
                self._start_audio()
                return True
            size = len(MAGIC) if self._before_magic else _BLOCK_HEADER
            if len(self._buffer) < size:
                return False
            if self._before_magic:
                self._read_magic()
            elif not self._read_block():
                return False
        return False

    def _read_magic(self) -> None:
        if not self._buffer.startswith(MAGIC):
            raise AgentError(ErrorKind.BAD_AUDIO, "no FLAC header")
        self._before_magic = False
        self._skipper.announce(len(MAGIC))

    def _read_block(self) -> bool:
        """Read or skip a metadata block (section 8); False when more bytes are needed."""
        kind = self._buffer[0] & 0x7F
        size = _BLOCK_HEADER + int.from_bytes(self._buffer[1:_BLOCK_HEADER])
        if kind == _STREAM_INFO and size == _BLOCK_HEADER + _STREAM_INFO_BYTES:
            if len(self._buffer) < size:
                return False
            self.stream_info = bytes(self._buffer[_BLOCK_HEADER:size])
        self._is_last_block = bool(self._buffer[0] & 0x80)
        self._skipper.announce(size)
        return True

    def _start_audio(self) -> None:
        if not self.stream_info:
            raise AgentError(ErrorKind.BAD_AUDIO, "a FLAC without STREAMINFO")
        self.in_metadata = False

    def _next(self) -> bytes | None:
        """Return the first frame if the header of the next has arrived."""
        position = max(1, self._searched)
        while (position := self._buffer.find(b"\xff", position)) >= 0:
            if len(self._buffer) - position < _MAX_HEADER:
                self._searched = position
                return None
            header = self._buffer[position : position + _MAX_HEADER]
            if is_frame_header(header):
                if _is_alike(header, self._buffer):
                    frame = bytes(self._buffer[:position])
                    del self._buffer[:position]
                    self._searched = self._unlike_headers = 0
                    return frame
                self._count_unlike_header()
            position += 1
        self._searched = len(self._buffer)
        if len(self._buffer) > _MAX_FRAME:
            raise AgentError(ErrorKind.BAD_AUDIO, "a FLAC frame that does not end")
        return None

    def _count_unlike_header(self) -> None:
        """Refuse data that this parser sees as one frame, and the decoder as thousands.

        FFmpeg decodes all frames of a packet at once: 13 bytes can be 65 535 samples.
        """
        self._unlike_headers += 1
        if self._unlike_headers > _MAX_UNLIKE_HEADERS:
            raise AgentError(ErrorKind.BAD_AUDIO, "FLAC frames of different streams")


def _is_alike(header: bytearray, first: bytearray) -> bool:
    """Whether two headers agree in the fields that are constant within a stream."""
    return (
        header[1] == first[1]
        and not (header[2] ^ first[2]) & 15
        and not (header[3] ^ first[3]) & 14
    )


def is_frame_header(data: bytes | bytearray) -> bool:
    """Whether a frame header begins here, by its fixed bits and its checksum (section 9.1)."""
    if data[0] != 0xFF or data[1] & 0xFE != 0xF8 or data[3] & 1:
        return False
    block_size, rate = data[2] >> 4, data[2] & 15
    if block_size == 0 or rate == 15 or data[3] >> 4 > 10:
        return False
    ones = 8 - (data[4] ^ 0xFF).bit_length()  # The length of the coded number, as in UTF-8.
    if ones in (1, 8):
        return False
    size = 4 + max(1, ones)
    size += {6: 1, 7: 2}.get(block_size, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    return _crc8(data[:size]) == data[size]


def _crc8(data: bytes | bytearray) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def _crc8_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc << 1) ^ (0x100 | _CRC8_POLYNOMIAL) if crc & 0x80 else crc << 1
        table.append(crc)
    return table


_CRC8: Final = _crc8_table()
