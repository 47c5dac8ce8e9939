"""Returns memory to the system: the C library's free memory, and reference cycles."""

import asyncio
import ctypes
import gc
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
"""Parameters of mallopt(3)."""

_MAPPED: Final = 128 * 1024
"""Bytes. Larger blocks are mapped separately, and unmapped when they are freed."""

_ARENAS: Final = 2


def limit_fragmentation() -> None:
    """Configure glibc's allocator; no effect with another C library.

    By default glibc raises the size from which a block is mapped to that of the largest one that
    was freed, up to 32 MB. Audio and the tensors of a transcription then lie between small
    objects, and their memory is not returned.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MAPPED)
        mallopt(_M_ARENA_MAX, _ARENAS)


class Collector:
    """Collects reference cycles soon after conversations have ended, at most once a second.

    The cycles of aiohttp hold a whole conversation with its audio, several megabytes. Python
    counts objects and not bytes, so it would collect them much later.
    """

    _SECONDS: Final = 1.0

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def collect_soon(self) -> None:
        """Start the timer unless it runs."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._SECONDS, self._collect)

    def _collect(self) -> None:
        self._timer = None
        gc.collect()  # Fast, because the models are frozen.

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
