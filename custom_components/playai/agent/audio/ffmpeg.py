"""Decodes single packets with the codecs of FFmpeg, in this process."""

from collections.abc import Iterator
from typing import Final, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.error import FFmpegError
from numpy.typing import NDArray

from ..errors import AgentError, ErrorKind
from .pcm import NOTHING, Pcm, check_rate

FULL_SCALE: Final = 32_768

_ERROR_DETECTION: Final = {"flac": "crccheck+explode"}
"""Checksums of FLAC are verified, because damaged FLAC would be played as noise.

For the other codecs `crccheck` must stay off: for a truncated frame of MPEG audio, FFmpeg computes
the checksum over memory outside of the packet, and the process crashes.
"""


class PacketDecoder:
    """Decodes the packets of one stream to 16-bit mono.

    A packet that cannot be decoded is replaced by silence of the length of the packet before it.
    """

    def __init__(self, codec: str, extra_data: bytes = b"") -> None:
        """Create a decoder; `codec` is FFmpeg's name. Raises `AgentError` for a damaged header."""
        try:
            context = cast(AudioCodecContext, av.CodecContext.create(codec, "r"))
            context.options = {"err_detect": _ERROR_DETECTION.get(codec, "explode")}
            context.thread_count = 1
            if extra_data:
                context.extradata = extra_data
            context.open()
        except FFmpegError as error:
            raise AgentError(ErrorKind.BAD_AUDIO, f"a {codec} header is damaged") from error
        self._context: Final = context
        self._last: Pcm | None = None

    def parse(self, data: bytes) -> Iterator[Pcm]:
        """Split a stream without a container into packets and decode them."""
        try:
            packets = cast("list[av.Packet[AudioStream]]", self._context.parse(data))
        except FFmpegError:
            return
        for packet in packets:
            yield from self._decode(packet)

    def decode(self, packet: bytes) -> Iterator[Pcm]:
        """Decode one packet."""
        if packet:
            yield from self._decode(cast("av.Packet[AudioStream]", av.Packet(packet)))

    def finish(self) -> Iterator[Pcm]:
        """Decode the rest that the parser and the decoder hold."""
        yield from self.parse(b"")
        yield from self._decode(None)

    def _decode(self, packet: av.Packet[AudioStream] | None) -> Iterator[Pcm]:
        try:
            frames = self._context.decode(packet)
        except FFmpegError, ValueError:
            if packet is not None:
                last = self._last
                yield NOTHING if last is None else Pcm(last.rate, bytes(len(last.data)))
            return
        for frame in frames:
            pcm = self._to_mono(frame)
            if pcm is not None and pcm.data:
                self._last = pcm
                yield pcm

    def _to_mono(self, frame: av.AudioFrame) -> Pcm | None:
        check_rate(frame.sample_rate)
        try:
            samples = mono_samples(frame)
        except FFmpegError, KeyError, ValueError:
            return None
        return Pcm(frame.sample_rate, samples.tobytes())


def mono_samples(frame: av.AudioFrame) -> NDArray[np.int16]:
    """Return the mean of the channels of a frame of any sample format, as 16-bit samples."""
    values = frame.to_ndarray()
    channels = len(frame.layout.channels)
    by_channel = values if frame.format.is_planar else values.reshape(-1, channels).T
    kind = by_channel.dtype
    if kind.kind == "f":
        levels = by_channel.mean(axis=0, dtype=np.float64) * FULL_SCALE
    else:
        middle = 1 << (kind.itemsize * 8 - 1) if kind.kind == "u" else 0
        scale = float(FULL_SCALE) / (1 << (kind.itemsize * 8 - 1))
        levels = (by_channel.mean(axis=0, dtype=np.float64) - middle) * scale
    samples: NDArray[np.int16] = np.clip(np.rint(levels), -FULL_SCALE, FULL_SCALE - 1).astype(
        np.int16
    )
    return samples
