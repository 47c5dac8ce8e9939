"""The agent's voice in the six formats of the protocol, piece by piece.

    >>> reply = encoder(OutputFormat.WAV, 16_000, source_rate=24_000)
    >>> reply.encode(samples) + reply.finish()

Each encoder makes one continuous stream; its pieces may be cut and joined anywhere.
"""

import gc
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Final, Protocol, override

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from ..formats import OutputFormat
from .mulaw import mulaw_encode

type Samples = NDArray[np.float32]
"""Mono, from -1 to 1."""

_UNKNOWN_SIZE: Final = 0xFFFFFFFF
"""The length in a WAV header while the length of the reply is unknown."""

_CODECS: Final[dict[OutputFormat, tuple[str, str]]] = {
    # Codec, and the sample format that it takes.
    OutputFormat.MP3: ("libmp3lame", "fltp"),
    OutputFormat.FLAC: ("flac", "s16"),
    OutputFormat.OGG: ("libopus", "flt"),
}

_OPUS_RATE: Final = 48_000
"""In Hz: the unit of positions in Ogg, whatever the rate of the audio is."""

_FIRST_PAGE, _LAST_PAGE = 2, 4
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_BIT_RATE: Final = 96_000
"""Bits per second of mp3 and Opus; lower rates get four bits per sample."""


class Encoder(Protocol):
    """Makes one stream of one reply; blocks, and is used by one thread at a time."""

    rate: int
    """In Hz: the wanted rate, or the next one above that the codec has."""

    def encode(self, samples: Samples) -> bytes:
        """Return what can be sent now; never more than about 0.1 s is kept back."""

    def finish(self) -> bytes:
        """Return the rest of the stream."""


def encoder(output_format: OutputFormat, rate: int, source_rate: int) -> Encoder:
    """Make the encoder of one reply; rates in Hz."""
    match output_format:
        case OutputFormat.RAW:
            return _PcmEncoder(rate, source_rate, _pcm_bytes)
        case OutputFormat.MULAW:
            return _PcmEncoder(rate, source_rate, mulaw_encode)
        case OutputFormat.WAV:
            return _PcmEncoder(rate, source_rate, _pcm_bytes, _wav_header(rate))
        case _:
            return _CodecEncoder(output_format, rate, source_rate)


class _Resampler:
    """Brings samples into the rate, format and frame size that an encoder takes.

    The same filter as `av.AudioResampler`'s; but that one starts threads for each reply.
    """

    def __init__(self, sample_format: str, rate: int, source_rate: int, size: int = 0) -> None:
        self._source_rate = source_rate
        self._position = 0
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "abuffer", sample_rate=str(source_rate), sample_fmt="flt", channel_layout="mono"
        )
        target = self._graph.add(
            "aformat", sample_rates=str(rate), sample_fmts=sample_format, channel_layouts="mono"
        )
        source.link_to(target)
        target.link_to(self._graph.add("abuffersink"))
        self._graph.configure()
        if size:
            self._graph.set_audio_frame_size(size)

    def __del__(self) -> None:
        # PyAV leaves the graph and its filters in a cycle; without breaking it, a megabyte for
        # each reply would wait for the garbage collector.
        for held in gc.get_referents(self._graph):
            if isinstance(held, dict):
                held.clear()

    @property
    def seconds(self) -> Fraction:
        """The length of all that was taken."""
        return Fraction(self._position, self._source_rate)

    def frames(self, samples: Samples) -> Iterator[av.AudioFrame]:
        if not samples.size:
            return  # An empty frame would count as the end.
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "flt", "mono")
        frame.sample_rate = self._source_rate
        frame.pts = self._position
        self._position += samples.size
        self._graph.push(frame)
        yield from self._pull()

    def rest(self) -> Iterator[av.AudioFrame]:
        self._graph.push(None)
        yield from self._pull()

    def _pull(self) -> Iterator[av.AudioFrame]:
        # There are no more frames for now, or the stream has ended.
        with suppress(BlockingIOError, EOFError):
            while True:
                frame = self._graph.pull()
                if isinstance(frame, av.AudioFrame):
                    yield frame


class _PcmEncoder(Encoder):
    """Bare samples, after a header if there is one."""

    def __init__(
        self,
        rate: int,
        source_rate: int,
        pack: Callable[[NDArray[np.int16]], bytes],
        header: bytes = b"",
    ) -> None:
        self.rate = rate
        self._resampler = _Resampler("s16", rate, source_rate)
        self._pack = pack
        self._header = header

    @override
    def encode(self, samples: Samples) -> bytes:
        return self._packed(self._resampler.frames(samples))

    @override
    def finish(self) -> bytes:
        return self._packed(self._resampler.rest())

    def _packed(self, frames: Iterator[av.AudioFrame]) -> bytes:
        header, self._header = self._header, b""
        return header + b"".join(self._pack(frame.to_ndarray()[0]) for frame in frames)


class _CodecEncoder(Encoder):
    """What a codec makes of the samples, packet by packet, without FFmpeg's muxers.

    PyAV's output container and its stream refer to each other, so that the codec would live
    until the garbage collector runs, with up to 7 MB for each reply.
    """

    def __init__(self, output_format: OutputFormat, rate: int, source_rate: int) -> None:
        codec, sample_format = _CODECS[output_format]
        self.rate = _codec_rate(codec, rate)
        context = av.CodecContext.create(codec, "w")
        if not isinstance(context, av.AudioCodecContext):
            raise TypeError(f"{codec} is not an audio codec")
        context.sample_rate = self.rate
        context.layout = av.AudioLayout("mono")
        context.thread_count = 1
        context.format = av.AudioFormat(sample_format)
        if output_format is not OutputFormat.FLAC:
            context.bit_rate = min(4 * self.rate, _BIT_RATE)
        context.open()
        self._header = b""
        self._ogg: _OpusPages | None = None
        description = context.extradata or b""
        if output_format is OutputFormat.FLAC:
            # The only metadata block, STREAMINFO, is marked as the last.
            self._header = b"fLaC\x80" + len(description).to_bytes(3) + description
        elif output_format is OutputFormat.OGG:
            self._ogg = _OpusPages(description, context.frame_size * _OPUS_RATE // self.rate)
            self._header = self._ogg.head
        self._resampler = _Resampler(sample_format, self.rate, source_rate, context.frame_size)
        # `context.encode` makes a filter graph for each encoder, with a thread for every core
        # and half a megabyte, which also waits for the garbage collector. Frames of our
        # resampler need none.
        self._send = getattr(context, "_send_frame_and_recv", context.encode)

    @override
    def encode(self, samples: Samples) -> bytes:
        return self._wrapped(self._packets(self._resampler.frames(samples)))

    @override
    def finish(self) -> bytes:
        packets = self._packets(self._resampler.rest()) + self._packets([None])
        if self._ogg is None or not packets:
            return self._wrapped(packets)
        return self._wrapped(packets[:-1]) + self._ogg.end(packets[-1], self._resampler.seconds)

    def _packets(self, frames: Iterable[av.AudioFrame | None]) -> list[bytes]:
        return [bytes(packet) for frame in frames for packet in self._send(frame)]

    def _wrapped(self, packets: list[bytes]) -> bytes:
        header, self._header = self._header, b""
        return header + b"".join(packets if self._ogg is None else map(self._ogg.page, packets))


class _OpusPages:
    """Opus in Ogg (RFC 3533 and RFC 7845): each packet on a page of its own."""

    def __init__(self, head: bytes, samples: int) -> None:
        """`head` is the OpusHead packet, `samples` counts those of a packet at 48 kHz."""
        self._pre_skip = int.from_bytes(head[10:12], "little")
        self._samples = samples
        self._position = 0
        self._number = 0
        vendor = b"agent_server"
        tags = struct.pack("<8sI", b"OpusTags", len(vendor)) + vendor + bytes(4)
        self.head: Final = self._page(head, _FIRST_PAGE) + self._page(tags)

    def page(self, packet: bytes) -> bytes:
        self._position += self._samples
        return self._page(packet)

    def end(self, packet: bytes, seconds: Fraction) -> bytes:
        """Return the last page; `seconds` is the length of all that was encoded."""
        whole = self._pre_skip + int(seconds * _OPUS_RATE)
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


def _codec_rate(codec: str, wanted: int) -> int:
    """Return the codec's lowest rate that is not below the wanted one, in Hz."""
    rates = av.Codec(codec, "w").audio_rates
    if not rates:
        return wanted
    return min((rate for rate in rates if rate >= wanted), default=max(rates))


def _pcm_bytes(samples: NDArray[np.int16]) -> bytes:
    return samples.astype("<i2").tobytes()


def _wav_header(rate: int) -> bytes:
    """Return the header of 16-bit mono PCM of unknown length."""
    shape = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", _UNKNOWN_SIZE, b"WAVE"),
            struct.pack("<4sI", b"fmt ", len(shape)),
            shape,
            struct.pack("<4sI", b"data", _UNKNOWN_SIZE),
        )
    )
