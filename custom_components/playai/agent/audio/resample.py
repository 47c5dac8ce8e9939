"""Changes the sample rate, behind an anti-alias filter."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import av
import numpy as np
from av.error import FFmpegError
from av.filter import Graph
from numpy.typing import NDArray

from ..errors import AgentError, ErrorKind

type Samples = NDArray[np.int16]


class Resampler:
    """Takes 16-bit mono audio at one rate and gives it at another; 2 ms late.

    The filter is that of `av.AudioResampler`, which starts threads for every stream.
    """

    def __init__(
        self,
        rate_in: int,
        rate_out: int,
        *,
        sample_format: str = "s16",
        channels: int = 1,
        frame_size: int = 0,
    ) -> None:
        """Rates in Hz; the rest is what an encoder wants of `frames`."""
        self.rate: Final = rate_out
        """Of the output, in Hz."""

        self._rate_in = rate_in
        self._channels = channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._position = 0
        self._graph: Graph | None = None
        if rate_in != rate_out or sample_format != "s16" or channels != 1 or frame_size:
            self._graph = self._make_graph(sample_format, frame_size)

    def feed(self, samples: Samples) -> Samples:
        """Return what is ready of 16-bit mono output."""
        return samples if self._graph is None else _samples(self.frames(samples))

    def finish(self) -> Samples:
        """Return the rest; nothing may be fed after that."""
        return np.empty(0, np.int16) if self._graph is None else _samples(self.rest())

    def frames(self, samples: Samples) -> Iterator[av.AudioFrame]:
        """Yield what is ready as FFmpeg's frames."""
        if not len(samples):
            return  # An empty frame would count as the end.
        packed = np.repeat(samples, self._channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=self._layout)
        frame.sample_rate = self._rate_in
        frame.pts = self._position
        self._position += len(samples)
        yield from self._pull(frame)

    def rest(self) -> Iterator[av.AudioFrame]:
        """Yield the rest as FFmpeg's frames."""
        return self._pull(None)

    def _make_graph(self, sample_format: str, frame_size: int) -> Graph:
        graph = Graph()
        graph.threads = 1
        source = graph.add(
            "abuffer",
            sample_rate=str(self._rate_in),
            sample_fmt="s16",
            channel_layout=self._layout,
        )
        target = graph.add(
            "aformat",
            sample_rates=str(self.rate),
            sample_fmts=sample_format,
            channel_layouts=self._layout,
        )
        source.link_to(target)
        target.link_to(graph.add("abuffersink"))
        graph.configure()
        if frame_size:
            graph.set_audio_frame_size(frame_size)
        return graph

    def _pull(self, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        if self._graph is None:
            if frame is not None:
                yield frame
            return
        try:
            self._graph.push(frame)
            # Nothing more for now, or for ever.
            with suppress(BlockingIOError, EOFError):
                while True:
                    pulled = self._graph.pull()
                    if isinstance(pulled, av.AudioFrame):
                        yield pulled
        except (FFmpegError, ValueError) as error:
            raise AgentError(ErrorKind.BAD_AUDIO, "the audio could not be resampled") from error


def _samples(frames: Iterator[av.AudioFrame]) -> Samples:
    parts = [frame.to_ndarray().reshape(-1) for frame in frames]
    return np.concatenate(parts).astype(np.int16, copy=False) if parts else np.empty(0, np.int16)
