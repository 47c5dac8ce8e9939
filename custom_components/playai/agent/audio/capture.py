"""Converts microphone audio in any format of Home Assistant to µ-law for the agent."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import AgentError, ErrorKind
from .containers import OggStream, RawStream, Stream
from .mulaw import mulaw_encode
from .pcm import MAX_RATE_CHANGES, Pcm, PcmFormat
from .resample import Resampler
from .wav import WavReader, is_wav

AGENT_RATE: Final = 16_000
"""The sample rate that the protocol requires, in Hz."""

_MAGIC_BYTES: Final = 12


class Container(StrEnum):
    """The container of the microphone's audio."""

    WAV = "wav"
    """PCM. A header is optional and takes precedence over the declared format."""

    OGG = "ogg"
    """Opus."""


class MulawConverter:
    """Converts a stream of audio to 16 kHz mono µ-law, behind an anti-alias filter.

    converter = MulawConverter(Container.WAV, 44_100, bits=24, channels=2)
    mulaw = converter.feed(data)
    mulaw = converter.finish()
    """

    def __init__(
        self, container: Container, sample_rate: int = 16_000, bits: int = 16, channels: int = 1
    ) -> None:
        """Create a converter; rate (in Hz), bits and channels are those of PCM without a header.

        Raises `AgentError` (`bad_audio`) for a format that no microphone has.
        """
        self._pcm = PcmFormat(sample_rate, bits, channels)
        self._begin = b""
        self._stream: Stream | None = OggStream() if container is Container.OGG else None
        self._resampler: Resampler | None = None
        self._rate = 0
        self._rate_changes = 0

    def feed(self, data: bytes) -> bytes:
        """Convert audio, cut anywhere, and return the µ-law that is ready.

        Raises `AgentError` (`bad_audio`) for audio that cannot be decoded.
        """
        if self._stream is None:
            data = self._begin = self._begin + data
            if len(data) < _MAGIC_BYTES and b"RIFF".startswith(data[:4]):
                return b""
            self._begin = b""
            self._stream = WavReader() if is_wav(data) else RawStream(self._pcm)
        return self._convert(self._stream.decode(data))

    def finish(self) -> bytes:
        """Return the rest; `feed` must not be called afterwards."""
        data = b"" if self._stream is None else self._convert(self._stream.finish())
        if self._resampler is not None:
            data += mulaw_encode(self._resampler.finish())
        return data

    def _convert(self, decoded: Iterator[Pcm]) -> bytes:
        return b"".join(mulaw_encode(self._resample(pcm)) for pcm in decoded if pcm.data)

    def _resample(self, pcm: Pcm) -> NDArray[np.int16]:
        if self._resampler is None or pcm.rate != self._rate:
            self._rate_changes += 1
            if self._rate_changes > MAX_RATE_CHANGES:
                raise AgentError(ErrorKind.BAD_AUDIO, "a microphone that keeps changing its rate")
            self._resampler = Resampler(pcm.rate, AGENT_RATE)
            self._rate = pcm.rate
        return self._resampler.convert(np.frombuffer(pcm.data, np.int16))
