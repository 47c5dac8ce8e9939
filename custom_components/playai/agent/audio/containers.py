"""Decoders of the streams that an agent or a microphone may send, cut anywhere, to PCM."""

from collections.abc import Iterator
from typing import Final, Protocol

from ..errors import AgentError, ErrorKind
from .ffmpeg import PacketDecoder
from .flac import FlacReader
from .metadata import Skipper
from .mulaw import mulaw_decode
from .ogg import OggReader
from .pcm import NOTHING, Frames, Pcm, PcmFormat, check_channels, check_rate
from .vorbis import check_setup

_OPUS_HEAD: Final = b"OpusHead"
_OPUS_TAGS: Final = b"OpusTags"
_VORBIS_HEAD: Final = b"\x01vorbis"
_VORBIS_HEADERS: Final = 3


MAX_SILENT_STREAMS: Final = 16
"""The most streams in a row without audio. Each needs a decoder, and a server may start one in
every message."""


class Stream(Protocol):
    """Audio in one encoding.

    It yields a `Pcm` without data after work that produced no audio, so that the caller can let
    other tasks run.
    """

    @property
    def in_metadata(self) -> bool:
        """Whether the next bytes are a header or a tag, whose size is limited separately."""

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """Yield the audio that `data` completes; raises `AgentError` for another encoding."""

    def finish(self) -> Iterator[Pcm]:
        """Yield the rest; `decode` must not be called afterwards."""


class RawStream:
    """PCM without a header."""

    in_metadata = False

    def __init__(self, pcm: PcmFormat) -> None:
        self._rate = pcm.rate
        self._frames = Frames(pcm)

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        yield Pcm(self._rate, self._frames.take(data).tobytes())

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return iter(())


class MulawStream:
    """µ-law without a header."""

    in_metadata = False

    def __init__(self, rate: int) -> None:
        self._rate = rate

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        yield Pcm(self._rate, mulaw_decode(data).tobytes())

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return iter(())


class Mp3Stream:
    """MP3 frames, cut anywhere."""

    in_metadata = False

    def __init__(self) -> None:
        self._decoder = PacketDecoder("mp3")

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        return self._decoder.parse(data)

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return self._decoder.finish()


class FlacStream:
    """FLAC in its own container."""

    def __init__(self) -> None:
        self._reader = FlacReader()
        self._decoder: PacketDecoder | None = None

    @property
    def in_metadata(self) -> bool:
        """See `Stream`."""
        return self._reader.in_metadata

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        for frame in self._reader.split(data):
            yield from self._decode(frame)

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return self._decode(self._reader.finish())

    def _decode(self, frame: bytes) -> Iterator[Pcm]:
        if self._decoder is None:
            self._decoder = PacketDecoder("flac", self._reader.stream_info)
        return self._decoder.decode(frame)


class OggStream:
    """Opus (RFC 7845) or Vorbis in Ogg, one stream after the other."""

    def __init__(self) -> None:
        self.in_metadata = False
        """See `Stream`."""

        self._reader = OggReader()
        self._decoder: PacketDecoder | None = None
        self._vorbis_headers: list[bytes] = []
        self._metadata = Skipper()
        self._silent_streams = 0

    def decode(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        if self.in_metadata:
            self._metadata.count(len(data))
        for packet in self._reader.split(data):
            if packet.starts_stream:
                yield from self.finish()
                self._start_stream(packet.data)
            elif self._decoder is not None:
                yield from self._decode(self._decoder, packet.data)
            elif self._vorbis_headers:
                self._add_header(packet.data)
            yield NOTHING

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        decoder, self._decoder = self._decoder, None
        return iter(()) if decoder is None else decoder.finish()

    def _start_stream(self, header: bytes) -> None:
        self._silent_streams += 1
        if self._silent_streams > MAX_SILENT_STREAMS:
            raise AgentError(ErrorKind.BAD_AUDIO, "an Ogg of headers without audio")
        self._vorbis_headers = []
        if header.startswith(_OPUS_HEAD):
            check_channels(int.from_bytes(header[9:10]))
            self._decoder = PacketDecoder("opus", header)
        elif header.startswith(_VORBIS_HEAD):
            check_channels(int.from_bytes(header[11:12]))
            check_rate(int.from_bytes(header[12:16], "little"))
            self._vorbis_headers = [header]
        else:
            raise AgentError(ErrorKind.BAD_AUDIO, "an Ogg with neither Opus nor Vorbis")
        self.in_metadata = True

    def _add_header(self, header: bytes) -> None:
        self._vorbis_headers.append(header)
        if len(self._vorbis_headers) == _VORBIS_HEADERS:
            check_setup(header)
            self._decoder = PacketDecoder("vorbis", _laced(self._vorbis_headers))
            self.in_metadata = False

    def _decode(self, decoder: PacketDecoder, packet: bytes) -> Iterator[Pcm]:
        self.in_metadata = False
        if not packet.startswith(_OPUS_TAGS):
            for pcm in decoder.decode(packet):
                if pcm.data:
                    self._silent_streams = 0
                yield pcm


def _laced(headers: list[bytes]) -> bytes:
    """Join the three headers of Vorbis in the layout of FFmpeg: Xiph lengths first."""
    lengths = b"".join(b"\xff" * (len(h) // 255) + bytes([len(h) % 255]) for h in headers[:-1])
    return bytes([len(headers) - 1]) + lengths + b"".join(headers)
