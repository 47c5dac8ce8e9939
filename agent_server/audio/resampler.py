"""Converts the agent's voice to the rate and the sample format of an encoder."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

type Samples = NDArray[np.float32]
"""Mono, from -1 to 1."""


class Resampler:
    """Converts samples to the rate, format and frame size of an encoder.

    Uses the same filter as `av.AudioResampler`, which starts threads for each reply.
    """

    def __init__(self, sample_format: str, rate: int, source_rate: int, size: int = 0) -> None:
        """Create a resampler; rates in Hz. With a `size`, all frames but the last have it."""
        self._source_rate = source_rate
        self._position = 0
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "abuffer", sample_rate=str(source_rate), sample_fmt="flt", channel_layout="mono"
        )
        target = self._graph.add(
            "aformat", sample_rates=str(rate), sample_fmts=sample_format, channel_layouts="mono"
        )
        source.link_to(target)
        target.link_to(self._graph.add("abuffersink"))
        self._graph.configure()
        if size:
            self._graph.set_audio_frame_size(size)

    def __del__(self) -> None:
        # PyAV leaves the graph and its filters in a reference cycle. Break it, or a megabyte for
        # each reply waits for the garbage collector.
        for held in gc.get_referents(self._graph):
            if isinstance(held, dict):
                held.clear()

    @property
    def seconds(self) -> Fraction:
        """The length of all samples so far."""
        return Fraction(self._position, self._source_rate)

    def frames(self, samples: Samples) -> Iterator[av.AudioFrame]:
        """Yield the frames that are complete."""
        if not samples.size:
            return  # An empty frame would count as the end.
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "flt", "mono")
        frame.sample_rate = self._source_rate
        frame.pts = self._position
        self._position += samples.size
        self._graph.push(frame)
        yield from self._pull()

    def rest(self) -> Iterator[av.AudioFrame]:
        """Yield the last frames."""
        self._graph.push(None)
        yield from self._pull()

    def _pull(self) -> Iterator[av.AudioFrame]:
        # No frame is ready, or the stream has ended.
        with suppress(BlockingIOError, EOFError):
            while True:
                frame = self._graph.pull()
                if isinstance(frame, av.AudioFrame):
                    yield frame


def resample(samples: Samples, rate: int, new_rate: int) -> Samples:
    """Return the samples at another rate."""
    resampler = Resampler("flt", new_rate, rate)
    frames = [*resampler.frames(samples), *resampler.rest()]
    parts = [frame.to_ndarray().reshape(-1) for frame in frames]
    return np.concatenate([samples[:0], *parts], dtype=np.float32)
