"""Decodes the agent's reply, in any supported encoding, to 16-bit mono PCM."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from ..errors import AgentError, ErrorKind
from ..messages import OutputFormat
from . import flac
from .containers import FlacStream, Mp3Stream, MulawStream, OggStream, RawStream, Stream
from .foreign import PCM_BYTES, foreign_container, is_pcm16
from .metadata import Id3Tags
from .ogg import MAGIC as OGG_MAGIC
from .pcm import MAX_RATE_CHANGES, Pcm, PcmFormat, RawEncoding
from .resample import Resampler
from .wav import WavReader, is_wav

STEPS_PER_SECOND: Final = 10
"""A step of audio lasts at most 100 ms."""

MAX_USELESS: Final = 64 * 1024
"""Bytes after which a stream without any audio is an error: a page of Ogg."""

MAX_USELESS_MP3: Final = 8 * 1024
"""The same for MP3, whose frames have at most 1.4 KB."""

MAX_CHECKED: Final = 4 * 1024
"""Bytes of µ-law that are checked for PCM: its very beginning may look like µ-law."""

_MAGIC_BYTES: Final = 12
_PIECE_BYTES: Final = 8 * 1024
"""Bytes that are decoded at once: half a second of MP3, 170 ms of 16-bit PCM at 24 kHz."""


class ReplyDecoder:
    """Decodes one stream of the agent from the data of its messages.

        decoder = ReplyDecoder(OutputFormat.MP3, 24_000)
        for pcm in decoder.feed(data): ...
        for pcm in decoder.flush(): ...

    The format is the requested one, unless the first bytes are those of another.
    """

    def __init__(
        self,
        output_format: OutputFormat,
        sample_rate: int,
        raw_encoding: RawEncoding = RawEncoding.INT16,
        target_rate: int | None = None,
    ) -> None:
        """Create a decoder; `sample_rate` in Hz applies to formats without a header.

        `target_rate` is the rate of the output in Hz; None: the rate of the first audio.
        """
        self.rate = target_rate
        """The rate of the output in Hz; None before the first audio."""

        self._format = output_format
        self._sample_rate = sample_rate
        self._raw_encoding = raw_encoding
        self._tags = Id3Tags()
        self._begin = b""
        self._stream: Stream | None = None
        self._resampler: Resampler | None = None
        self._resampled_rate = 0
        self._rate_changes = 0
        self._useless_bytes: int | None = 0
        self._to_check = MAX_CHECKED
        self._unchecked = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the audio that `data` completes as 16-bit little-endian mono PCM.

        Each step is decoded when it is requested. An empty step marks work without audio, so
        that the caller can let other tasks run. Raises `AgentError` (`bad_audio`) for audio that
        cannot be decoded.
        """
        if self._stream is None:
            self._begin = self._tags.strip(self._begin + data)
            needed = PCM_BYTES if self._format is OutputFormat.MULAW else _MAGIC_BYTES
            if self._tags.is_inside or len(self._begin) < needed:
                return
            data, self._begin = self._begin, b""
            self._stream = self._detect(data)
        elif isinstance(self._stream, FlacStream | Mp3Stream):
            data = self._tags.strip(data)
            if data.startswith(flac.MAGIC) and isinstance(self._stream, FlacStream):
                yield from self._steps(self._stream.finish())
                self._stream = FlacStream()  # A header in each message.
        for start in range(0, len(data), _PIECE_BYTES):
            yield from self._decode(self._stream, data[start : start + _PIECE_BYTES])

    def flush(self) -> Iterator[bytes]:
        """Yield the rest, without empty steps; `feed` must not be called afterwards."""
        return filter(None, self._flush())

    def _flush(self) -> Iterator[bytes]:
        if self._stream is None:
            if not self._begin:
                return
            begin, self._begin = self._begin, b""
            self._stream = self._detect(begin)
            yield from self._steps(self._stream.decode(begin))
        yield from self._steps(self._stream.finish())
        if self._resampler is not None:
            yield from _cut(self._resampler.finish().tobytes(), self._resampler.rate)

    def _decode(self, stream: Stream, piece: bytes) -> Iterator[bytes]:
        if isinstance(stream, MulawStream) and self._to_check > 0:
            self._check_mulaw(piece)
        if self._useless_bytes is not None and not stream.in_metadata:
            self._useless_bytes += len(piece)
        was_idle = True
        for step in self._steps(stream.decode(piece)):
            was_idle = False
            yield step
        if was_idle:
            yield b""
        limit = MAX_USELESS_MP3 if isinstance(stream, Mp3Stream) else MAX_USELESS
        if self._useless_bytes is not None and self._useless_bytes >= limit:
            raise AgentError(
                ErrorKind.BAD_AUDIO, f"the reply is not {self._format.value} that can be decoded"
            )

    def _check_mulaw(self, piece: bytes) -> None:
        self._unchecked += piece
        while len(self._unchecked) >= PCM_BYTES and self._to_check > 0:
            if is_pcm16(self._unchecked[:PCM_BYTES]):
                raise AgentError(
                    ErrorKind.BAD_AUDIO, "the reply is 16-bit PCM, mulaw was asked for"
                )
            self._unchecked = self._unchecked[PCM_BYTES:]
            self._to_check -= PCM_BYTES

    def _detect(self, begin: bytes) -> Stream:
        wanted = OutputFormat.MP3 if self._tags.were_found else self._format
        is_bare = wanted in (OutputFormat.RAW, OutputFormat.MULAW)
        found = _by_magic(begin, is_bare=is_bare)
        if found is None:
            foreign = foreign_container(begin.ljust(_MAGIC_BYTES, b"\0"), is_bare=is_bare)
            if foreign is not None:
                raise AgentError(
                    ErrorKind.BAD_AUDIO,
                    f"the reply is {foreign}, {self._format.value} was asked for",
                )
            found = wanted
        match found:
            case OutputFormat.RAW:
                is_float = self._raw_encoding is RawEncoding.FLOAT32
                bits = 32 if is_float else 16
                return RawStream(PcmFormat(self._sample_rate, bits, is_float=is_float))
            case OutputFormat.MULAW:
                return MulawStream(self._sample_rate)
            case OutputFormat.WAV:
                return WavReader()
            case OutputFormat.MP3:
                return Mp3Stream()
            case OutputFormat.FLAC:
                return FlacStream()
            case OutputFormat.OGG:
                if not begin.startswith(OGG_MAGIC):
                    raise AgentError(ErrorKind.BAD_AUDIO, "no Ogg header")
                return OggStream()

    def _steps(self, decoded: Iterator[Pcm]) -> Iterator[bytes]:
        for pcm in decoded:
            if not pcm.data:
                yield b""
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
            self._rate_changes += 1
            if self._rate_changes > MAX_RATE_CHANGES:
                raise AgentError(ErrorKind.BAD_AUDIO, "a reply that keeps changing its rate")
            self._resampler = Resampler(pcm.rate, rate)
            self._resampled_rate = pcm.rate
        return rest + self._resampler.convert(np.frombuffer(pcm.data, np.int16)).tobytes()


def _cut(data: bytes, rate: int) -> Iterator[bytes]:
    """Yield steps of the audio, at least one: decoding may take time even without audio."""
    step = rate // STEPS_PER_SECOND * 2
    for start in range(0, max(1, len(data)), step):
        yield data[start : start + step]


def _by_magic(begin: bytes, *, is_bare: bool) -> OutputFormat | None:
    """Return the format that the first bytes identify, if any."""
    if is_wav(begin):
        return OutputFormat.WAV
    if begin.startswith(flac.MAGIC):
        return OutputFormat.FLAC
    if begin.startswith(OGG_MAGIC):
        return OutputFormat.OGG
    # Bare samples may look like the sync bits of MP3's layer III by chance.
    is_frame = len(begin) > 1 and begin[0] == 0xFF and begin[1] & 0xE6 == 0xE2
    return OutputFormat.MP3 if is_frame and not is_bare else None
