"""Encodes a reply for a player: WAV, MP3, FLAC or Ogg/Opus, as a stream."""

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import Final, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.error import FFmpegError

from ..errors import AgentError, ErrorKind
from . import flac
from .ogg import OPUS_RATE, OpusWriter
from .pcm import Frames, PcmFormat
from .resample import Resampler
from .wav import wav_header


class ReplyContainer(StrEnum):
    """The containers that the encoder supports."""

    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    OGG = "ogg"


_CODECS: Final = {
    ReplyContainer.MP3: "libmp3lame",
    ReplyContainer.FLAC: "flac",
    ReplyContainer.OGG: "libopus",
}
_SAMPLE_FORMATS: Final = {
    ReplyContainer.MP3: "s16p",
    ReplyContainer.FLAC: "s16",
    ReplyContainer.OGG: "s16",
}
_RATES: Final = {
    # Below 16 kHz the frames of MP3 are so long that the first takes 240 ms of audio.
    ReplyContainer.MP3: (16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    ReplyContainer.OGG: (8_000, 12_000, 16_000, 24_000, 48_000),
}
_BIT_RATES: Final = {
    # Lowest, and highest, in bit/s; an encoder takes the nearest.
    ReplyContainer.MP3: (8_000, 320_000),
    ReplyContainer.OGG: (6_000, 256_000),
}
_MPEG_1_RATE: Final = 32_000
"""MP3 below this rate, in Hz, is MPEG-2, which has half the bit rate."""

_DEFAULT_BIT_RATES: Final = {ReplyContainer.MP3: 64_000, ReplyContainer.OGG: 32_000}
"""Per channel, bit/s: speech without audible loss."""

_FLAC_BLOCK_SECONDS: Final = 0.04
_MAX_STEREO: Final = 2
_SAMPLE_BYTES: Final = 2


class ReplyEncoder:
    """Encodes 16-bit mono PCM.

        encoder = ReplyEncoder(ReplyContainer.MP3, 24_000, sample_rate=44_100)
        head = encoder.start()
        part = encoder.feed(pcm)
        tail = encoder.finish()

    The first encoded audio is returned after at most 120 ms of input. Calls are short, except
    that creating an encoder for FLAC takes about 8 ms: do that in a thread.
    """

    def __init__(
        self,
        container: ReplyContainer,
        rate_in: int,
        *,
        sample_rate: int | None = None,
        channels: int = 1,
        sample_bytes: int = 2,
        bit_rate: int | None = None,
        floating: bool = False,
    ) -> None:
        """Create an encoder; `rate_in` and `sample_rate` (None: equal) in Hz, `bit_rate` in bit/s.

        `sample_bytes` (1 to 4) is for WAV and, 2 or more, for FLAC (24 bits at most);
        `floating` is for WAV: 32-bit float. A rate that the codec does not support is replaced by
        the next higher one, or the highest. Raises `AgentError` for a format that the container
        cannot hold.
        """
        self.sample_rate: Final = _nearest_rate(container, sample_rate or rate_in)
        """The rate of the output, in Hz."""

        self._input = Frames(PcmFormat(rate_in))
        self._encoder: _Encoder
        pcm = PcmFormat(
            self.sample_rate, 32 if floating else 8 * sample_bytes, channels, is_float=floating
        )
        if container is ReplyContainer.WAV:
            self._encoder = _WavEncoder(rate_in, pcm)
        else:
            self._encoder = _FfmpegEncoder(container, rate_in, pcm, bit_rate)

    def start(self) -> bytes:
        """Return the header, which may be sent before any audio."""
        return self._encoder.start()

    def feed(self, data: bytes) -> bytes:
        """Encode 16-bit little-endian mono PCM, cut anywhere; return the bytes that are ready."""
        return self._encoder.encode(self._input.take(data))

    def finish(self) -> bytes:
        """Return the rest; `feed` must not be called afterwards."""
        return self._encoder.finish()


type _Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


class _WavEncoder:
    def __init__(self, rate_in: int, pcm: PcmFormat) -> None:
        self._pcm = pcm
        self._resampler = Resampler(rate_in, pcm.rate)

    def start(self) -> bytes:
        return wav_header(self._pcm)

    def encode(self, samples: _Samples) -> bytes:
        return self._pcm.from_mono(self._resampler.convert(samples))

    def finish(self) -> bytes:
        return self._pcm.from_mono(self._resampler.finish())


class _FfmpegEncoder:
    """One of FFmpeg's encoders, without its muxers.

    PyAV's output container and its stream form a reference cycle, which would keep the encoder,
    with up to 7 MB for each reply, until the garbage collector runs.
    """

    def __init__(
        self, container: ReplyContainer, rate_in: int, pcm: PcmFormat, bit_rate: int | None
    ) -> None:
        if pcm.channels > _MAX_STEREO:
            raise AgentError(ErrorKind.BAD_AUDIO, f"{container.value} of {pcm.channels} channels")
        try:
            context = _open(container, pcm, bit_rate)
        except FFmpegError as error:
            raise AgentError(ErrorKind.BAD_AUDIO, f"no {container.value} like that") from error
        self._context: Final = context
        self._ogg: OpusWriter | None = None
        self._head = b""
        if container is ReplyContainer.FLAC:
            info = context.extradata or b""
            self._head = flac.MAGIC + b"\x80" + len(info).to_bytes(3) + info
        elif container is ReplyContainer.OGG:
            self._ogg = OpusWriter(context.extradata or b"")
            self._head = self._ogg.head
        self._resampler = Resampler(rate_in, pcm.rate)
        self._rate = pcm.rate
        self._frame_size = context.frame_size
        self._waiting = np.empty(0, np.int16)
        self._opus_samples = self._frame_size * OPUS_RATE // pcm.rate
        self._position = 0
        # `context.encode` creates a filter graph for each encoder, with a thread per core and half
        # a megabyte that only the garbage collector frees. These frames need no filter.
        self._send = getattr(context, "_send_frame_and_recv", context.encode)

    def start(self) -> bytes:
        return self._head

    def encode(self, samples: _Samples) -> bytes:
        packets = self._packets(self._resampler.convert(samples))
        return b"".join(self._wrap(packet) for packet in packets)

    def finish(self) -> bytes:
        packets = list(self._packets(self._resampler.finish()))
        if len(self._waiting):
            packets += self._send(self._frame(self._waiting))
        packets += self._send(None)
        if self._ogg is None:
            return b"".join(bytes(packet) for packet in packets)
        data = b"".join(self._wrap(packet) for packet in packets[:-1])
        last = packets[-1:]
        return data + self._ogg.finish(
            b"".join(bytes(packet) for packet in last),
            self._opus_samples * len(last),
            self._position * OPUS_RATE // self._rate,
        )

    def _packets(self, samples: _Samples) -> Iterator[av.Packet[AudioStream]]:
        """Encode whole frames and keep the remaining samples for the next call."""
        waiting = np.concatenate([self._waiting, samples])
        whole = len(waiting) - len(waiting) % self._frame_size
        self._waiting = waiting[whole:]
        for start in range(0, whole, self._frame_size):
            yield from self._send(self._frame(waiting[start : start + self._frame_size]))

    def _wrap(self, packet: av.Packet[AudioStream]) -> bytes:
        if self._ogg is None:
            return bytes(packet)
        return self._ogg.write(bytes(packet), self._opus_samples)

    def _frame(self, samples: _Samples) -> av.AudioFrame:
        """Return samples in the format of the codec, the same in every channel."""
        sample_format, layout = self._context.format, self._context.layout
        wide = samples.astype(np.int32) << 16 if sample_format.bytes > _SAMPLE_BYTES else samples
        channels = layout.nb_channels
        if sample_format.is_planar:
            data = np.tile(wide, (channels, 1))
        else:
            data = np.repeat(wide, channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, format=sample_format.name, layout=layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._position
        self._position += len(samples)
        return frame


def _open(container: ReplyContainer, pcm: PcmFormat, bit_rate: int | None) -> AudioCodecContext:
    context = cast(AudioCodecContext, av.CodecContext.create(_CODECS[container], "w"))
    context.sample_rate = pcm.rate
    context.layout = "stereo" if pcm.channels == _MAX_STEREO else "mono"
    context.time_base = Fraction(1, pcm.rate)
    context.thread_count = 1
    context.format = _SAMPLE_FORMATS[container]
    if container is ReplyContainer.FLAC:
        if pcm.bits > 16:
            context.format = "s32"
        context.options = {"frame_size": str(round(pcm.rate * _FLAC_BLOCK_SECONDS))}
    else:
        lowest, highest = _BIT_RATES[container]
        if container is ReplyContainer.MP3 and pcm.rate < _MPEG_1_RATE:
            highest //= 2
        wanted = bit_rate or _DEFAULT_BIT_RATES[container] * pcm.channels
        context.bit_rate = min(max(wanted, lowest), highest)
        if container is ReplyContainer.MP3:
            context.options = {"reservoir": "0"}  # Frames do not depend on each other.
    context.open()
    return context


type _Encoder = _WavEncoder | _FfmpegEncoder


def _nearest_rate(container: ReplyContainer, wanted: int) -> int:
    rates = _RATES.get(container)
    return wanted if rates is None else min((r for r in rates if r >= wanted), default=rates[-1])
