"""The agent's voice in the six formats of the protocol, piece by piece.

    >>> reply = encoder(OutputFormat.WAV, 16_000, source_rate=24_000)
    >>> reply.encode(samples) + reply.finish()

Each encoder makes one continuous stream; its pieces may be cut and joined anywhere.
"""

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, Protocol, override

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from agent_server.protocol import OutputFormat

from .mulaw import mulaw_encode

type Samples = NDArray[np.float32]
"""Mono, from -1 to 1."""

_UNKNOWN_SIZE: Final = 0xFFFFFFFF
"""What a WAV header says while nobody knows how long the reply will be."""

_CODECS: Final[dict[OutputFormat, tuple[str, str]]] = {
    # Codec, and the sample format that it takes.
    OutputFormat.MP3: ("libmp3lame", "fltp"),
    OutputFormat.FLAC: ("flac", "s16"),
    OutputFormat.OGG: ("libopus", "flt"),
}

_MUXER_OPTIONS: Final[dict[OutputFormat, dict[str, str]]] = {
    # A Xing header tells the length, which is not known yet.
    OutputFormat.MP3: {"write_xing": "0", "id3v2_version": "0"},
    OutputFormat.FLAC: {},
    # In µs: a page per packet, so that nothing waits for a page to fill.
    OutputFormat.OGG: {"page_duration": "20000"},
}


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
        # Nothing more for now, or for ever.
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
    """What a codec makes of the samples, in its container."""

    def __init__(self, output_format: OutputFormat, rate: int, source_rate: int) -> None:
        codec, sample_format = _CODECS[output_format]
        self.rate = _codec_rate(codec, rate)
        self._sink = _Sink()
        self._container = av.open(
            self._sink,
            "w",
            format=output_format.value,
            options={"flush_packets": "1", **_MUXER_OPTIONS[output_format]},
        )
        stream = self._container.add_stream(codec, rate=self.rate, layout="mono")
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{codec} is no audio codec")
        self._stream = stream
        context = stream.codec_context
        context.thread_count = 1
        context.format = av.AudioFormat(sample_format)
        if output_format is not OutputFormat.FLAC:
            context.bit_rate = min(4 * self.rate, _BIT_RATE)
        context.open()
        self._resampler = _Resampler(sample_format, self.rate, source_rate, context.frame_size)

    @override
    def encode(self, samples: Samples) -> bytes:
        self._mux(self._resampler.frames(samples))
        return self._sink.take()

    @override
    def finish(self) -> bytes:
        self._mux(self._resampler.rest())
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
        return self._sink.take()

    def _mux(self, frames: Iterator[av.AudioFrame]) -> None:
        for frame in frames:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)


class _Sink(io.RawIOBase):
    """A file that cannot seek and whose bytes are taken out as they come."""

    def __init__(self) -> None:
        self._written = bytearray()

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any, /) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


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
