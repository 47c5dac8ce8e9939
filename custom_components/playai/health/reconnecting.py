"""Reconnects in the background while no conversation is trying to."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN


class Reconnecting:
    """A task that tries to connect until it succeeds."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        attempt: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Create a stopped retry loop around `attempt`."""
        self._hass = hass
        self._entry = entry
        self._attempt = attempt
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        """The running one, and cancelled ones that still close their connection."""

    @property
    def is_running(self) -> bool:
        """Whether the loop runs."""
        return any(not task.cancelling() for task in self._tasks)

    @callback
    def start(self) -> None:
        """Start the loop unless it runs."""
        if self.is_running or self._is_closed:
            return
        task = self._entry.async_create_background_task(
            self._hass, self._attempt(), f"{DOMAIN} tries to connect"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @callback
    def stop(self) -> list[asyncio.Task[None]]:
        """Stop the loop, unless the loop itself calls; returns tasks that are still closing."""
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            if not task.cancelling():  # A second cancellation would interrupt the closing.
                task.cancel()
        return others

    async def async_close(self) -> None:
        """Stop the loop for good."""
        self._is_closed = True
        await asyncio.gather(*self.stop(), return_exceptions=True)
