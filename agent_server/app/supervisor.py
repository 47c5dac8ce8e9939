"""Announces the agent to Home Assistant, so that nobody has to enter its address and key."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from ..config import Agent

_LOGGER = logging.getLogger(__name__)

SERVICE: Final = "playai"
"""The domain of the integration; `config.yaml` of the app lists it, too."""

_URL: Final = "http://supervisor"
_TOKEN: Final = "SUPERVISOR_TOKEN"  # noqa: S105 (the name of an environment variable)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_RETRY_LATER: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

DELAYS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, *[60.0] * 15)
"""Seconds before each further attempt: a quarter of an hour in all."""


class Supervisor:
    """Announces the agent of the app.

    The Supervisor keeps one announcement per app: it replaces the address and the key of an
    earlier one, passes it on whenever Home Assistant starts, and deletes it with the app.
    """

    def __init__(self, url: str = _URL, delays: Sequence[float] = DELAYS) -> None:
        self._url = url
        self._delays = delays
        self._task: asyncio.Task[None] | None = None

    def start(self, agent: Agent, port: int) -> None:
        """Announce an agent in the background."""
        token = os.environ.get(_TOKEN)
        if not token:
            _LOGGER.warning("The agent is not announced to Home Assistant: %s is not set", _TOKEN)
            return
        # Home Assistant reaches an app by the host name of its container.
        config = {
            "host": socket.gethostname(),
            "port": port,
            "agent_id": agent.id,
            "api_key": agent.key,
        }
        body = {"service": SERVICE, "config": config}
        self._task = asyncio.create_task(self._announce(token, body))

    async def stop(self) -> None:
        """Stop trying; an announcement stays, because a restart is not a removal."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _announce(self, token: str, body: Mapping[str, Any]) -> None:
        """Try until it works, another attempt is pointless, or the delays are used up."""
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT
        ) as http:
            for number, delay in enumerate((*self._delays, None)):
                problem, is_final = await self._post(http, body)
                if not problem:
                    _LOGGER.info("The agent is announced to Home Assistant")
                    return
                if is_final or delay is None:
                    _LOGGER.error("The agent is not announced to Home Assistant: %s", problem)
                    return
                if number == 0:
                    _LOGGER.warning(
                        "The announcement to the Supervisor is repeated: %s",
                        problem,
                    )
                await asyncio.sleep(delay)

    async def _post(self, http: aiohttp.ClientSession, body: Mapping[str, Any]) -> tuple[str, bool]:
        """Return the problem, or an empty text for none, and whether a retry is pointless."""
        try:
            async with http.post(
                f"{self._url}/discovery", json=body, allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, OSError) as error:  # Timeouts, too.
            return f"it cannot be reached: {error or type(error).__name__}", False
        if status == HTTPStatus.OK:
            return "", True
        is_final = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _RETRY_LATER
        return f"it answers with status {status}", is_final
