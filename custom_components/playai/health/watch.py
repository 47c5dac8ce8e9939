"""Watches whether the server can be reached while nobody talks."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_time_interval

from ..agent import (
    AgentError,
    AgentSettings,
    ErrorKind,
    ServerTraits,
    probe,
    wait_until_it_works,
)
from ..const import DOMAIN
from ..models import current_timings
from .background import BackgroundTask
from .health import Health
from .health_address import async_is_healthy

CHECK_INTERVAL: Final = timedelta(minutes=1)

CHECKS_PER_PROBE: Final = 5
"""A probe is a conversation for the server: servers without a health address get fewer checks."""

SOON_SECONDS: Final = 30.0
"""The shortest interval between connections that announcements trigger: anybody on the network
can send them."""


class Watch:
    """The owner of the background connections outside of conversations.

    It checks a server that works, and tries to connect to one that does not. Both stop when a
    turn starts, which may need the only connection that the server has left.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        *,
        current_settings: Callable[[], AgentSettings],
        traits: ServerTraits,
        health: Health,
        is_talking: Callable[[], bool],
        on_connected: Callable[[ServerTraits], None],
        on_failure: Callable[[AgentError], None],
    ) -> None:
        """Create a watch that does nothing before `start`."""
        self._hass = hass
        self._current_settings = current_settings
        self._traits = traits
        self._health = health
        self._is_talking = is_talking
        self._on_connected = on_connected
        self._on_failure = on_failure
        self._http = async_get_clientsession(hass)
        self._task: Final = BackgroundTask(hass, entry, f"{DOMAIN} tries to connect")
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._checks_skipped = 0
        self._may_connect_at = 0.0

    @property
    def is_connecting(self) -> bool:
        """Whether a check or an attempt to reconnect runs."""
        return self._task.is_running

    @callback
    def start(self) -> None:
        """Check at intervals from now on, and reconnect if necessary."""
        self._cancel_timer = async_track_time_interval(
            self._hass, self._tick, CHECK_INTERVAL, cancel_on_shutdown=True
        )
        self.reconnect()

    @callback
    def stop(self) -> list[asyncio.Task[None]]:
        """Stop the check or attempt that runs; returns tasks that are still closing."""
        return self._task.stop()

    async def async_close(self) -> None:
        """Stop, and start nothing more."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
        await self._task.async_close()

    @callback
    def reconnect(self) -> None:
        """Start to reconnect if there is no connection and no turn, and an attempt may succeed."""
        if self._health.may_reconnect and not self._is_talking():
            self._task.start(self._reconnect)

    @callback
    def server_announced(self) -> None:
        """Try to connect after a second: the server has announced that it is running."""
        if self._health.may_reconnect and self._may_connect_soon():
            self._task.stop()
            self.reconnect()

    @callback
    def server_withdrawn(self) -> None:
        """Check at once: the server has announced that it is stopping, or somebody else has."""
        if self._health.connected and self._may_connect_soon() and not self._is_talking():
            self._task.start(self._check)

    @callback
    def _tick(self, _: datetime) -> None:
        self._health.minute_passed()
        if self._is_talking():
            return
        if not self._health.connected:
            self.reconnect()
            return
        self._checks_skipped += 1
        if self._health_path is not None or self._checks_skipped >= CHECKS_PER_PROBE:
            self._task.start(self._check)

    @property
    def _health_path(self) -> str | None:
        features = self._traits.features
        return None if features is None else features.health

    def _may_connect_soon(self) -> bool:
        now = self._hass.loop.time()
        if now < self._may_connect_at:
            return False
        self._may_connect_at = now + SOON_SECONDS
        return True

    async def _check(self) -> None:
        """Check a server that works; reconnect if it no longer does."""
        self._checks_skipped = 0
        settings = self._current_settings()
        path = self._health_path
        if path is not None and await async_is_healthy(self._http, settings.url, path):
            return
        # Only a connection decides: a proxy may answer at the health address.
        try:
            traits = await probe(self._http, settings, current_timings())
        except AgentError as error:
            if error.kind is ErrorKind.TOO_MANY_CONNECTIONS:
                return  # The server works: other clients talk with it.
            self._on_failure(error)
            if self._health.may_reconnect:
                await self._reconnect()
        else:
            self._on_connected(traits)

    async def _reconnect(self) -> None:
        """Try to connect until it works, or until only a change of the settings can help."""
        try:
            traits = await wait_until_it_works(
                self._http, self._current_settings(), self._on_failure, current_timings()
            )
        except AgentError as error:
            self._on_failure(error)
        else:
            self._on_connected(traits)
