"""The streams an agent or a microphone may send, each fed in any pieces, giving PCM."""

from collections.abc import Iterator
from typing import Final, Protocol

from ..errors import AgentError, ErrorKind
from .ffmpeg import PacketDecoder
from .flac import FlacReader
from .mulaw import mulaw_decode
from .ogg import OggPacket, OggReader
from .pcm import Frames, Pcm, PcmFormat
from .wav import WavReader

_OPUS_HEAD: Final = b"OpusHead"
_OPUS_TAGS: Final = b"OpusTags"
_VORBIS_HEAD: Final = b"\x01vorbis"
_VORBIS_HEADERS: Final = 3


class Stream(Protocol):
    """Audio in one encoding."""

    def feed(self, data: bytes) -> Iterator[Pcm]:
        """Yield what `data` makes ready; raises `AgentError` when it is not this encoding."""

    def finish(self) -> Iterator[Pcm]:
        """Yield the rest; nothing may be fed after that."""


class RawStream:
    """PCM without a header."""

    def __init__(self, pcm: PcmFormat) -> None:
        self._rate = pcm.rate
        self._frames = Frames(pcm)

    def feed(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        yield Pcm(self._rate, self._frames.take(data).tobytes())

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return iter(())


class MulawStream:
    """µ-law without a header."""

    def __init__(self, rate: int) -> None:
        self._rate = rate

    def feed(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        yield Pcm(self._rate, mulaw_decode(data).tobytes())

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return iter(())


class WavStream(WavReader):
    """WAV, as `wav.py` reads it."""

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        return iter(())


class Mp3Stream:
    """MP3 frames, cut anywhere."""

    def __init__(self) -> None:
        self._decoder = PacketDecoder("mp3")

    def feed(self, data: bytes) -> Iterator[Pcm]:
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

    def feed(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        for frame in self._reader.feed(data):
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
        self._reader = OggReader()
        self._decoder: PacketDecoder | None = None
        self._headers: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Pcm]:
        """See `Stream`."""
        for packet in self._reader.feed(data):
            if packet.starts_stream:
                yield from self.finish()
                self._headers = []
            yield from self._take(packet)

    def finish(self) -> Iterator[Pcm]:
        """See `Stream`."""
        decoder, self._decoder = self._decoder, None
        return iter(()) if decoder is None else decoder.finish()

    def _take(self, packet: OggPacket) -> Iterator[Pcm]:
        if self._decoder is not None:
            if not packet.data.startswith(_OPUS_TAGS):
                yield from self._decoder.decode(packet.data)
        elif packet.starts_stream and packet.data.startswith(_OPUS_HEAD):
            pre_skip = int.from_bytes(packet.data[10:12], "little")
            self._decoder = PacketDecoder("opus", packet.data, pre_skip)
        elif packet.starts_stream and not packet.data.startswith(_VORBIS_HEAD):
            raise AgentError(ErrorKind.BAD_AUDIO, "an Ogg with neither Opus nor Vorbis")
        elif packet.starts_stream or self._headers:
            self._headers.append(packet.data)
            if len(self._headers) == _VORBIS_HEADERS:
                self._decoder = PacketDecoder("vorbis", _laced(self._headers))


def _laced(headers: list[bytes]) -> bytes:
    """Join the three headers of Vorbis as FFmpeg wants them: with Xiph's lengths before."""
    lengths = b"".join(b"\xff" * (len(h) // 255) + bytes([len(h) % 255]) for h in headers[:-1])
    return bytes([len(headers) - 1]) + lengths + b"".join(headers)
