"""Changes the sample rate, behind an anti-alias filter."""

from typing import Final

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from ..errors import AgentError, ErrorKind


class Resampler:
    """Takes 16-bit mono audio at one rate and gives it at another; 2 ms late."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        """Rates in Hz; when they are the same, the audio passes unchanged."""
        self.rate: Final = rate_out
        """Of the output, in Hz."""

        self._rate_in = rate_in
        self._resampler = (
            None
            if rate_in == rate_out
            else av.AudioResampler(format="s16", layout="mono", rate=rate_out)
        )

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return what is ready."""
        if self._resampler is None or not len(samples):
            return samples
        return _run(self._resampler, audio_frame(samples, self._rate_in))

    def finish(self) -> NDArray[np.int16]:
        """Return the rest; nothing may be fed after that."""
        return np.empty(0, np.int16) if self._resampler is None else _run(self._resampler, None)


def audio_frame(samples: NDArray[np.int16], rate: int, channels: int = 1) -> av.AudioFrame:
    """Return 16-bit mono samples as FFmpeg takes them; twice for two channels."""
    layout = "mono" if channels == 1 else "stereo"
    packed = np.repeat(samples, channels).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
    frame.sample_rate = rate
    return frame


def mono_samples(frames: list[av.AudioFrame]) -> NDArray[np.int16]:
    """Return the samples of 16-bit mono frames."""
    if not frames:
        return np.empty(0, np.int16)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(
        np.int16, copy=False
    )


def _run(resampler: av.AudioResampler, frame: av.AudioFrame | None) -> NDArray[np.int16]:
    try:
        return mono_samples(resampler.resample(frame))
    except (FFmpegError, ValueError) as error:
        raise AgentError(ErrorKind.BAD_AUDIO, "the audio could not be resampled") from error
