"""The agent's reply: whatever encoding comes, as 16-bit mono PCM."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from ..errors import AgentError, ErrorKind
from ..messages import OutputFormat
from . import flac
from .containers import FlacStream, Mp3Stream, MulawStream, OggStream, RawStream, Stream, WavStream
from .pcm import Pcm, PcmFormat, RawEncoding
from .resample import Resampler
from .wav import is_wav

STEPS_PER_SECOND: Final = 10
"""A step of audio lasts 100 ms at most."""

MAX_USELESS: Final = 64 * 1024
"""Bytes after which a stream that gave no audio at all is given up."""

MAX_TAG: Final = 4 * 1024 * 1024

_MAGIC_BYTES: Final = 12
_PIECE_BYTES: Final = 8 * 1024
"""What is decoded at once: half a second of MP3, 170 ms of 16-bit PCM at 24 kHz."""


class ReplyDecoder:
    """Decodes one stream of the agent, fed with the data of its messages.

        decoder = ReplyDecoder(OutputFormat.MP3, 24_000)
        for pcm in decoder.feed(data): ...
        for pcm in decoder.flush(): ...

    The format is the one that was asked for, unless the first bytes show another.
    """

    def __init__(
        self,
        output_format: OutputFormat,
        sample_rate: int,
        raw_encoding: RawEncoding = RawEncoding.INT16,
        target_rate: int | None = None,
    ) -> None:
        """`sample_rate` in Hz is that of formats without a header.

        `target_rate` in Hz fixes the rate of the output; None: the rate of the first audio.
        """
        self.rate = target_rate
        """Of the output, in Hz; None until the first audio."""

        self._format = output_format
        self._sample_rate = sample_rate
        self._raw_encoding = raw_encoding
        self._begin = b""
        self._stream: Stream | None = None
        self._resampler: Resampler | None = None
        self._resampled_rate = 0
        self._useless_bytes: int | None = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the audio that `data` makes ready, decoded step by step as it is taken.

        16-bit little-endian mono PCM; an empty step only lets the caller do something else.
        Raises `AgentError` (`bad_audio`) when it cannot be decoded.
        """
        if self._stream is None:
            data = self._begin = self._begin + data
            if len(data) < _MAGIC_BYTES:
                return
            self._useless_bytes = -_tag_bytes(data)
            self._begin, self._stream = b"", self._detect(data)
        elif isinstance(self._stream, FlacStream) and data.startswith(flac.MAGIC):
            yield from self._steps(self._stream.finish())
            self._stream = FlacStream()  # A header in each message.
        for start in range(0, len(data), _PIECE_BYTES):
            piece = data[start : start + _PIECE_BYTES]
            if self._useless_bytes is not None:
                self._useless_bytes += len(piece)
            was_idle = True
            for step in self._steps(self._stream.feed(piece)):
                was_idle = False
                yield step
            if was_idle:
                yield b""
            if self._useless_bytes is not None and self._useless_bytes >= MAX_USELESS:
                raise AgentError(
                    ErrorKind.BAD_AUDIO, f"the reply is no {self._format.value} that can be decoded"
                )

    def flush(self) -> Iterator[bytes]:
        """Yield the rest; nothing may be fed after that."""
        if self._stream is None:
            if not self._begin:
                return
            begin, self._begin = self._begin, b""
            self._stream = self._detect(begin)
            yield from self._steps(self._stream.feed(begin))
        yield from self._steps(self._stream.finish())
        if self._resampler is not None:
            yield from _cut(self._resampler.finish().tobytes(), self._resampler.rate)

    def _detect(self, begin: bytes) -> Stream:
        found = _by_magic(begin, self._format) or self._format
        match found:
            case OutputFormat.RAW:
                is_float = self._raw_encoding is RawEncoding.FLOAT32
                bits = 32 if is_float else 16
                return RawStream(PcmFormat(self._sample_rate, bits, is_float=is_float))
            case OutputFormat.MULAW:
                return MulawStream(self._sample_rate)
            case OutputFormat.WAV:
                return WavStream()
            case OutputFormat.MP3:
                return Mp3Stream()
            case OutputFormat.FLAC:
                return FlacStream()
            case OutputFormat.OGG:
                return OggStream()

    def _steps(self, decoded: Iterator[Pcm]) -> Iterator[bytes]:
        for pcm in decoded:
            if not pcm.data:
                continue
            self._useless_bytes = None
            if self.rate is None:
                self.rate = pcm.rate
            yield from _cut(self._resample(pcm, self.rate), self.rate)

    def _resample(self, pcm: Pcm, rate: int) -> bytes:
        if pcm.rate == rate and self._resampler is None:
            return pcm.data
        rest = b""
        if self._resampler is None or pcm.rate != self._resampled_rate:
            if self._resampler is not None:
                rest = self._resampler.finish().tobytes()
            self._resampler = Resampler(pcm.rate, rate)
            self._resampled_rate = pcm.rate
        return rest + self._resampler.feed(np.frombuffer(pcm.data, np.int16)).tobytes()


def _cut(data: bytes, rate: int) -> Iterator[bytes]:
    step = rate // STEPS_PER_SECOND * 2
    for start in range(0, len(data), step):
        yield data[start : start + step]


def _tag_bytes(begin: bytes) -> int:
    """Return the size of the ID3 tag that stands before an MP3: a picture, say."""
    if not begin.startswith(b"ID3"):
        return 0
    # Four bytes of seven bits (ID3v2, section 3.1).
    return min(
        sum(byte << shift for byte, shift in zip(begin[6:10], (21, 14, 7, 0), strict=True)), MAX_TAG
    )


def _by_magic(begin: bytes, wanted: OutputFormat) -> OutputFormat | None:
    """Tell the format by its first bytes, None when they say nothing."""
    if is_wav(begin):
        return OutputFormat.WAV
    if begin.startswith(flac.MAGIC):
        return OutputFormat.FLAC
    if begin.startswith(b"OggS"):
        return OutputFormat.OGG
    # Bare samples may look like the sync bits of MP3's layer III by chance.
    has_header = wanted not in (OutputFormat.RAW, OutputFormat.MULAW)
    is_frame = len(begin) > 1 and begin[0] == 0xFF and begin[1] & 0xE6 == 0xE2
    if begin.startswith(b"ID3") or (has_header and is_frame):
        return OutputFormat.MP3
    return None
