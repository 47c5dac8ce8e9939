"""Changes the sample rate, behind an anti-alias filter."""

import gc
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
    """Converts 16-bit mono audio from one sample rate to another, with a delay of 2 ms.

    It uses the filter of `av.AudioResampler` directly, because that class starts threads for
    every stream.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        """Create a resampler; both rates are in Hz."""
        self.rate: Final = rate_out
        """The rate of the output, in Hz."""

        self._rate_in = rate_in
        self._position = 0
        self._graph: Graph | None = None
        if rate_in != rate_out:
            self._graph = _make_graph(rate_in, rate_out)

    def convert(self, samples: Samples) -> Samples:
        """Return the output that is ready."""
        if self._graph is None or not len(samples):
            return samples  # FFmpeg treats an empty frame as the end.
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate_in
        frame.pts = self._position
        self._position += len(samples)
        return _through(self._graph, frame)

    def __del__(self) -> None:
        if self._graph is not None:
            _free(self._graph)

    def finish(self) -> Samples:
        """Return the rest; `convert` must not be called afterwards."""
        return np.empty(0, np.int16) if self._graph is None else _through(self._graph, None)


def _make_graph(rate_in: int, rate_out: int) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add("abuffer", sample_rate=str(rate_in), sample_fmt="s16", channel_layout="mono")
    target = graph.add(
        "aformat", sample_rates=str(rate_out), sample_fmts="s16", channel_layouts="mono"
    )
    source.link_to(target)
    target.link_to(graph.add("abuffersink"))
    graph.configure()
    return graph


def _free(graph: Graph) -> None:
    """Break the reference cycle that PyAV creates between a graph and its filters.

    Otherwise a megabyte for each reply stays allocated until the garbage collector runs. The
    graph cannot be used afterwards.
    """
    for held in gc.get_referents(graph):
        if isinstance(held, dict):
            held.clear()


def _through(graph: Graph, frame: av.AudioFrame | None) -> Samples:
    parts = []
    try:
        graph.push(frame)
        # There is no more output for now, or at all.
        with suppress(BlockingIOError, EOFError):
            while True:
                pulled = graph.pull()
                if isinstance(pulled, av.AudioFrame):
                    parts.append(np.frombuffer(pulled.planes[0], np.int16, pulled.samples))
    except (FFmpegError, ValueError) as error:
        raise AgentError(ErrorKind.BAD_AUDIO, "the audio could not be resampled") from error
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int16), *parts])
