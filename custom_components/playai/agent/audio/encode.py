"""The reply as a player wants it: WAV, MP3, FLAC or Ogg/Opus, streamed."""

from enum import StrEnum
from fractions import Fraction
from typing import Final, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.error import FFmpegError

from ..errors import AgentError, ErrorKind
from .pcm import Frames, PcmFormat
from .resample import Resampler
from .wav import wav_header


class ReplyContainer(StrEnum):
    """What the encoder can make."""

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
_MUXER_OPTIONS: Final = {
    # No header that is completed at the end, no tags, no padding, short pages.
    ReplyContainer.MP3: {"write_xing": "0", "id3v2_version": "0"},
    ReplyContainer.FLAC: {"metadata_header_padding": "0"},
    ReplyContainer.OGG: {"page_duration": "20000"},
}
_RATES: Final = {
    # MP3 at less than 16 kHz has frames so long that the first comes after 240 ms.
    ReplyContainer.MP3: (16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    ReplyContainer.OGG: (8_000, 12_000, 16_000, 24_000, 48_000),
}
_BIT_RATES: Final = {
    # The lowest, and the highest for a channel, in bit/s; an encoder takes the nearest.
    ReplyContainer.MP3: (8_000, 160_000),
    ReplyContainer.OGG: (6_000, 256_000),
}
_DEFAULT_BIT_RATES: Final = {ReplyContainer.MP3: 64_000, ReplyContainer.OGG: 32_000}
"""Per channel, bit/s: speech without audible loss."""

_FLAC_BLOCK_SECONDS: Final = 0.04
_MAX_STEREO: Final = 2


class ReplyEncoder:
    """Encodes 16-bit mono PCM.

        encoder = ReplyEncoder(ReplyContainer.MP3, 24_000, sample_rate=44_100)
        head = encoder.start()
        part = encoder.feed(pcm)
        tail = encoder.finish()

    The first encoded audio comes after at most 120 ms of input. Calls are short; only
    making one for FLAC takes about 8 ms, which an event loop may want to have in a thread.
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
        """`rate_in` and `sample_rate` (None: the same) in Hz, `bit_rate` in bit/s.

        `sample_bytes` (1 to 4) is for WAV and, 2 or more, for FLAC (24 bits at most);
        `floating` is for WAV: 32-bit float. A rate the codec does not know gives the next
        higher one. Raises `AgentError` when the wish makes no sense.
        """
        self.sample_rate: Final = _nearest_rate(container, sample_rate or rate_in)
        """Of the output, in Hz."""

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
        """Return the header, which may be sent before there is any audio."""
        return self._encoder.start()

    def feed(self, data: bytes) -> bytes:
        """Take 16-bit little-endian mono PCM in any pieces and return what is ready."""
        return self._encoder.encode(self._input.take(data))

    def finish(self) -> bytes:
        """Return the rest; nothing may be fed after that."""
        return self._encoder.finish()


type _Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


class _WavEncoder:
    def __init__(self, rate_in: int, pcm: PcmFormat) -> None:
        self._pcm = pcm
        self._resampler = Resampler(rate_in, pcm.rate)

    def start(self) -> bytes:
        return wav_header(self._pcm)

    def encode(self, samples: _Samples) -> bytes:
        return self._pcm.from_mono(self._resampler.feed(samples))

    def finish(self) -> bytes:
        return self._pcm.from_mono(self._resampler.finish())


class _Sink:
    """A file that FFmpeg writes to and that we empty."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


class _FfmpegEncoder:
    def __init__(
        self, container: ReplyContainer, rate_in: int, pcm: PcmFormat, bit_rate: int | None
    ) -> None:
        if pcm.channels > _MAX_STEREO:
            raise AgentError(ErrorKind.BAD_AUDIO, f"{container.value} of {pcm.channels} channels")
        self._sink = _Sink()
        options = {"flush_packets": "1", **_MUXER_OPTIONS[container]}
        try:
            self._output = av.open(self._sink, "w", format=container.value, options=options)
            stream = self._output.add_stream(_CODECS[container], rate=pcm.rate)
            self._stream = cast(AudioStream, stream)
            context = self._stream.codec_context
            context.layout = "stereo" if pcm.channels == _MAX_STEREO else "mono"
            context.time_base = Fraction(1, pcm.rate)
            context.thread_count = 1
            sample_format = _SAMPLE_FORMATS[container]
            if container is ReplyContainer.FLAC:
                sample_format = "s32" if pcm.bits > 16 else "s16"
                context.options = {"frame_size": str(round(pcm.rate * _FLAC_BLOCK_SECONDS))}
            else:
                lowest, highest = _BIT_RATES[container]
                wanted = bit_rate or _DEFAULT_BIT_RATES[container] * pcm.channels
                context.bit_rate = min(max(wanted, lowest), highest * pcm.channels)
                if container is ReplyContainer.MP3:
                    context.options = {"reservoir": "0"}  # Each frame stands alone.
            context.format = sample_format
            self._output.start_encoding()
        except FFmpegError as error:
            raise AgentError(ErrorKind.BAD_AUDIO, f"no {container.value} like that") from error
        self._head = self._sink.take()
        self._rate_in = rate_in
        self._channels = pcm.channels
        self._position = 0

    def start(self) -> bytes:
        return self._head

    def encode(self, samples: _Samples) -> bytes:
        if len(samples):  # An empty frame would count as the end.
            packed = np.repeat(samples, self._channels).reshape(1, -1)
            layout = self._stream.codec_context.layout
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
            frame.sample_rate = self._rate_in
            frame.pts = self._position
            self._position += len(samples)
            self._mux(frame)
        return self._sink.take()

    def finish(self) -> bytes:
        self._mux(None)
        self._output.close()
        return self._sink.take()

    def _mux(self, frame: av.AudioFrame | None) -> None:
        """Encode; PyAV brings the samples to what the codec wants."""
        for packet in self._stream.encode(frame):
            self._output.mux(packet)


type _Encoder = _WavEncoder | _FfmpegEncoder


def _nearest_rate(container: ReplyContainer, wanted: int) -> int:
    rates = _RATES.get(container)
    return wanted if rates is None else min((r for r in rates if r >= wanted), default=rates[-1])
