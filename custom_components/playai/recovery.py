"""Connecting again by ourselves, when no turn does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN


class Recovery:
    """The owner of the task that tries to connect until it works."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        attempt: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Make a recovery that does not go on; `attempt` is what it does."""
        self._hass = hass
        self._entry = entry
        self._attempt = attempt
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        """One that goes on at most, and those that were stopped and close their connection."""

    @property
    def goes_on(self) -> bool:
        """Whether there is an attempt."""
        return any(not task.cancelling() for task in self._tasks)

    @callback
    def start(self) -> None:
        """Begin an attempt, unless one goes on."""
        if self.goes_on or self._is_closed:
            return
        task = self._entry.async_create_background_task(
            self._hass, self._attempt(), f"{DOMAIN} tries to connect"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @callback
    def stop(self) -> list[asyncio.Task[None]]:
        """End the attempt, unless it is what calls; return those that still close something."""
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            if not task.cancelling():  # Once: the second would interrupt the closing.
                task.cancel()
        return others

    async def close(self) -> None:
        """End the attempt for good."""
        self._is_closed = True
        await asyncio.gather(*self.stop(), return_exceptions=True)
