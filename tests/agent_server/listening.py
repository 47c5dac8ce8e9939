"""Hears the agent's own voice."""

import av
import numpy as np
from numpy.typing import NDArray

from agent_server.audio import INPUT_RATE as RATE
from agent_server.stt.moonshine import MoonshineTranscriber


def hear(transcriber: MoonshineTranscriber, audio: NDArray[np.float32], rate: int) -> str:
    """Return the words of mono audio at any rate."""
    return transcriber.transcribe(resample(audio, rate)).text


def resample(audio: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Convert mono audio to the rate of the transcriber."""
    if rate == RATE:
        return audio
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(audio.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
