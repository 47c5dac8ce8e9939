"""Converts PCM of all widths to 16-bit mono, and 16-bit mono to the format of a player."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import AgentError, ErrorKind

__all__ = [
    "MAX_CHANNELS",
    "MAX_RATE",
    "MAX_RATE_CHANGES",
    "MIN_RATE",
    "NOTHING",
    "Frames",
    "Pcm",
    "PcmFormat",
    "RawEncoding",
    "check_channels",
    "check_rate",
]

MIN_RATE: Final = 4_000
MAX_RATE: Final = 192_000
MAX_CHANNELS: Final = 8

MAX_RATE_CHANGES: Final = 64
"""Limit per stream of audio: each change takes a new resampler, a few milliseconds of work."""


class RawEncoding(StrEnum):
    """The sample format of raw PCM, little-endian."""

    INT16 = "int16"
    FLOAT32 = "float32"


class Pcm(NamedTuple):
    """16-bit little-endian mono audio at a rate in Hz."""

    rate: int
    data: bytes


NOTHING: Final = Pcm(0, b"")
"""The result of work that took time and produced no audio."""


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """The layout of PCM; raises `AgentError` for an unsupported one."""

    rate: int
    """Samples per second and channel."""

    bits: int = 16
    """Bits per sample: 8 (unsigned), 16, 24 or 32; 32 or 64 for floats. Little-endian."""

    channels: int = 1
    """Interleaved."""

    is_float: bool = False

    def __post_init__(self) -> None:
        widths = (32, 64) if self.is_float else (8, 16, 24, 32)
        if self.bits not in widths:
            raise AgentError(ErrorKind.BAD_AUDIO, f"PCM of {self.bits} bits")
        check_channels(self.channels)
        check_rate(self.rate)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.bits // 8 * self.channels

    def to_mono(self, data: bytes) -> NDArray[np.int16]:
        """Read whole frames: 16 bits of each sample, the mean of the channels."""
        samples = self._floats(data) if self.is_float else self._integers(data)
        if self.channels > 1:
            wide = samples.reshape(-1, self.channels).sum(axis=1, dtype=np.int32)
            samples = (wide // self.channels).astype(np.int16)
        return samples

    def from_mono(self, samples: NDArray[np.int16]) -> bytes:
        """Write samples in this format, the same in every channel."""
        wide: NDArray[np.generic]
        if self.is_float:
            wide = samples.astype("<f4" if self.bits == 32 else "<f8") / np.float32(32_768)
        elif self.bits == 8:
            wide = ((samples >> 8) + 128).astype(np.uint8)
        elif self.bits == 16:
            wide = samples
        else:
            wide = samples.astype("<i4") << 16
        if self.channels > 1:
            wide = np.repeat(wide, self.channels)
        if self.bits == 24:
            return wide.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
        return wide.tobytes()

    def _floats(self, data: bytes) -> NDArray[np.int16]:
        values = np.frombuffer(data, "<f4" if self.bits == 32 else "<f8")
        with np.errstate(all="ignore"):  # Damaged audio holds every value there is.
            levels = np.nan_to_num(values * 32_768, nan=0.0)
        samples: NDArray[np.int16] = np.clip(np.rint(levels), -32_768, 32_767).astype(np.int16)
        return samples

    def _integers(self, data: bytes) -> NDArray[np.int16]:
        samples: NDArray[np.int16]
        match self.bits:
            case 8:
                samples = (np.frombuffer(data, np.uint8).astype(np.int16) - 128) << 8
            case 16:
                samples = np.frombuffer(data, "<i2")
            case 24:  # The upper two bytes of three.
                upper = np.frombuffer(data, np.uint8).reshape(-1, 3)[:, 1:]
                samples = np.ascontiguousarray(upper).view("<i2").reshape(-1)
            case _:
                samples = (np.frombuffer(data, "<i4") >> 16).astype(np.int16)
        return samples


def check_rate(rate: int) -> None:
    """Raise `AgentError` for a sample rate outside of `MIN_RATE` to `MAX_RATE`."""
    if not MIN_RATE <= rate <= MAX_RATE:
        raise AgentError(ErrorKind.BAD_AUDIO, f"a sample rate of {rate} Hz")


def check_channels(channels: int) -> None:
    """Raise `AgentError` for no channels, or more than `MAX_CHANNELS`."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise AgentError(ErrorKind.BAD_AUDIO, f"audio of {channels} channels")


class Frames:
    """Splits bytes, cut anywhere, into whole frames."""

    def __init__(self, pcm: PcmFormat) -> None:
        self._pcm = pcm
        self._rest = b""

    def take(self, data: bytes) -> NDArray[np.int16]:
        """Return all whole frames as 16-bit mono; keep the rest for the next call."""
        data = self._rest + data
        whole = len(data) - len(data) % self._pcm.frame_bytes
        self._rest = data[whole:]
        return self._pcm.to_mono(data[:whole])
