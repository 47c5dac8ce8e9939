"""FFmpeg's decoders, packet by packet, in this process."""

from collections.abc import Iterator
from typing import Final, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.error import FFmpegError

from ..errors import AgentError, ErrorKind
from .pcm import Pcm, check_rate
from .resample import mono_samples


class PacketDecoder:
    """Decodes the packets of one stream to 16-bit mono.

    A packet that cannot be decoded gives as much silence as the last one gave audio.
    """

    def __init__(self, codec: str, extra_data: bytes = b"", skip: int = 0) -> None:
        """`codec` is FFmpeg's name; `skip` counts samples to leave out at the start."""
        try:
            context = cast(AudioCodecContext, av.CodecContext.create(codec, "r"))
            context.options = {"err_detect": "crccheck+explode"}  # No noise for damage.
            if extra_data:
                context.extradata = extra_data
            context.open()
        except FFmpegError as error:
            raise AgentError(ErrorKind.BAD_AUDIO, f"a {codec} header is damaged") from error
        self._context: Final = context
        self._skip = skip
        self._converter: av.AudioResampler | None = None
        self._converts: tuple[str, str, int] | None = None
        self._last: Pcm | None = None

    def parse(self, data: bytes) -> Iterator[Pcm]:
        """Cut a stream without a container into packets and decode them."""
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
        """Decode what the parser and the decoder still hold."""
        yield from self.parse(b"")
        yield from self._decode(None)

    def _decode(self, packet: av.Packet[AudioStream] | None) -> Iterator[Pcm]:
        try:
            frames = self._context.decode(packet)
        except FFmpegError, ValueError:
            if self._last is not None and packet is not None:
                yield Pcm(self._last.rate, bytes(len(self._last.data)))
            return
        for frame in frames:
            pcm = self._to_mono(frame)
            if pcm is not None and pcm.data:
                self._last = pcm
                yield pcm

    def _to_mono(self, frame: av.AudioFrame) -> Pcm | None:
        now = frame.format.name, frame.layout.name, frame.sample_rate
        check_rate(frame.sample_rate)
        try:
            if self._converter is None or now != self._converts:
                self._converter = av.AudioResampler(format="s16", layout="mono")
                self._converts = now
            samples = mono_samples(self._converter.resample(frame))
        except FFmpegError, ValueError:
            return None
        skipped = min(self._skip, len(samples))
        self._skip -= skipped
        return Pcm(frame.sample_rate, np.ascontiguousarray(samples[skipped:]).tobytes())
