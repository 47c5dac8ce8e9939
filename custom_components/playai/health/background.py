"""A background task of an entry, of which at most one runs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

type Work = Callable[[], Coroutine[Any, Any, None]]


class BackgroundTask:
    """Runs one coroutine at a time, until it ends or is stopped."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], name: str) -> None:
        """Create the task without starting it."""
        self._hass = hass
        self._entry = entry
        self._name = name
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        """The running one, and cancelled ones that still close their connection."""

    @property
    def is_running(self) -> bool:
        """Whether a coroutine runs."""
        return any(not task.cancelling() for task in self._tasks)

    @callback
    def start(self, work: Work) -> None:
        """Start the coroutine that `work` returns, unless another one runs."""
        if self.is_running or self._is_closed:
            return
        task = self._entry.async_create_background_task(self._hass, work(), self._name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @callback
    def stop(self) -> list[asyncio.Task[None]]:
        """Stop, unless called by the task itself; returns tasks that are still closing."""
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            if not task.cancelling():  # A second cancellation would interrupt the closing.
                task.cancel()
        return others

    async def async_close(self) -> None:
        """Stop, and start nothing more."""
        self._is_closed = True
        await asyncio.gather(*self.stop(), return_exceptions=True)
