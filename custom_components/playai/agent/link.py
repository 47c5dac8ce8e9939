"""The connection of a session: opened, used until it is over, opened again if need be.

The rules numbered here are those of turn-taking, see `session.py`.
"""

import asyncio
import logging
from contextvars import Context
from typing import Final, Protocol

import aiohttp

from .connection import CONNECT_TIMEOUT, Connection
from .errors import AgentError, ErrorKind
from .messages import Message
from .sender import Sender
from .settings import AgentSettings

_LOGGER = logging.getLogger(__name__)

BLAME_SECONDS: Final = 1.0
"""Seconds after an error in which a close belongs to it."""

LAST_WORDS_SECONDS: Final = 5.0
"""Seconds for what a server said before the connection broke."""


class LinkOwner(Protocol):
    """What a link tells its session."""

    def link_opened(self) -> None:
        """Tell that a connection is open and the setup is sent."""

    async def message_received(self, message: Message) -> None:
        """Tell what the server says; raises `AgentError` where that ends the connection."""

    async def link_lost(self, error: AgentError) -> bool:
        """Tell that there is no connection any more; return whether to open another one."""

    def link_over(self, error: AgentError) -> None:
        """Tell that no other one will be opened; the closing handshake may still go on."""


class Link:
    """One connection after the other, until its owner wants no other one.

    It runs in a task of its own, in an empty context.
    """

    def __init__(
        self,
        owner: LinkOwner,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        sender: Sender,
    ) -> None:
        """Begin to connect; `sender` is run while there is a connection."""
        self.opened_at: float | None = None
        """When the connection was opened, by the loop's clock; None while there is none."""

        self._owner = owner
        self._http = http
        self._settings = settings
        self._sender = sender
        self._clock = asyncio.get_running_loop().time
        self._connect_until = self._clock() + CONNECT_TIMEOUT
        self._told: tuple[AgentError, float] | None = None
        self._task = asyncio.get_running_loop().create_task(
            self._run(), name="voice agent connection", context=Context()
        )

    @property
    def is_in_time(self) -> bool:
        """Whether another connection may still be opened (rule 8)."""
        return self._clock() < self._connect_until

    def note_error(self, error: AgentError) -> None:
        """Keep what the server said: a close that follows belongs to it."""
        self._told = error, self._clock()

    def forget_error(self) -> None:
        """Let nothing that was said before be the reason of a close."""
        self._told = None

    def cut(self) -> None:
        """End it; nothing is told any more."""
        self._task.cancel()

    @property
    def is_closed(self) -> bool:
        """Whether it has ended, with the closing handshake."""
        return self._task.done()

    async def wait_closed(self) -> None:
        """Wait until it has ended."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while await self._converse():
                _LOGGER.debug("Opening another connection for the turn")
        except Exception:
            _LOGGER.exception("A conversation ended by a fault of this library")
            self.opened_at = None
            self._owner.link_over(AgentError(ErrorKind.SERVER_FAULT, "internal error"))

    async def _converse(self) -> bool:
        """Use one connection until it is over; return whether to open another."""
        connection: Connection | None = None
        try:
            timeout = self._connect_until - self._clock()
            connection = await Connection.open(self._http, self._settings, timeout)
            self.opened_at = self._clock()
            self._told = None
            self._owner.link_opened()
            await self._use(connection)
        except AgentError as lost:
            error = self._blame(lost)
            if self.opened_at is not None:
                self._connect_until = self._clock() + CONNECT_TIMEOUT
            self.opened_at = None
            if await self._owner.link_lost(error):
                return True
            # Told before the closing handshake: neither the user nor the table waits for it.
            self._owner.link_over(error)
        finally:
            if connection is not None:
                await connection.close()
        return False

    async def _use(self, connection: Connection) -> None:
        """Send and receive until the connection is over, which raises `AgentError`."""
        receiving = asyncio.create_task(self._receive(connection))
        sending = asyncio.create_task(self._sender.run(connection))
        try:
            await asyncio.wait((receiving, sending), return_when=asyncio.FIRST_COMPLETED)
            # Sending fails first where the server closed: what it said before is still to be read.
            await asyncio.wait((receiving,), timeout=LAST_WORDS_SECONDS)
            for task in (receiving, sending):
                if task.done():
                    await task
        finally:
            for task in (receiving, sending):
                task.cancel()
            await asyncio.gather(receiving, sending, return_exceptions=True)

    async def _receive(self, connection: Connection) -> None:
        while True:
            await self._owner.message_received(await connection.receive())

    def _blame(self, lost: AgentError) -> AgentError:
        """Return the error message that a close belongs to, if there was one (`Errors`)."""
        if self._told is not None and lost.kind is not ErrorKind.BAD_MESSAGE:
            error, when = self._told
            if self._clock() - when <= BLAME_SECONDS:
                return error
        return lost
