"""The agent's voice in the six formats of the protocol, piece by piece.

    >>> reply = encoder(OutputFormat.WAV, 16_000, source_rate=24_000)
    >>> reply.encode(samples) + reply.finish()

Each encoder makes one continuous stream; its pieces may be cut and joined anywhere.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol, override

import av
import numpy as np
from numpy.typing import NDArray

from ..formats import OutputFormat
from .mulaw import mulaw_encode
from .ogg import OPUS_RATE, OpusPages
from .resampler import Resampler, Samples

_UNKNOWN_SIZE: Final = 0xFFFFFFFF
"""The length in a WAV header while the length of the reply is unknown."""

_CODECS: Final[dict[OutputFormat, tuple[str, str]]] = {
    # Codec, and the sample format that it takes.
    OutputFormat.MP3: ("libmp3lame", "fltp"),
    OutputFormat.FLAC: ("flac", "s16"),
    OutputFormat.OGG: ("libopus", "flt"),
}

_BIT_RATE: Final = 96_000
"""Bits per second of MP3 and Opus from 24 kHz on; lower rates get four bits per sample."""


class Encoder(Protocol):
    """Makes one stream of one reply; blocks, and is used by one thread at a time."""

    rate: int
    """In Hz: the wanted rate, or the next one above that the codec has."""

    def encode(self, samples: Samples) -> bytes:
        """Return the audio that can be sent now; at most about 0.1 s is kept back."""

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
        self._resampler = Resampler("s16", rate, source_rate)
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
    """Encodes samples with a codec, packet by packet, without FFmpeg's muxers.

    PyAV's output container and its stream refer to each other, so the codec would live until
    the garbage collector runs, with up to 7 MB for each reply.
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
        self._ogg: OpusPages | None = None
        description = context.extradata or b""
        if output_format is OutputFormat.FLAC:
            # The only metadata block, STREAMINFO, is marked as the last.
            self._header = b"fLaC\x80" + len(description).to_bytes(3) + description
        elif output_format is OutputFormat.OGG:
            self._ogg = OpusPages(description, context.frame_size * OPUS_RATE // self.rate)
            self._header = self._ogg.head
        self._resampler = Resampler(sample_format, self.rate, source_rate, context.frame_size)
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


def _codec_rate(codec: str, wanted: int) -> int:
    """Return the codec's lowest rate in Hz that is not below the wanted one, else its highest."""
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
