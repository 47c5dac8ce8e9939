"""Opens and uses the connections of a session, one after the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context

import aiohttp

from .connection import Connection
from .engine import Engine
from .errors import AgentError, ErrorKind
from .incoming import IncomingStream
from .messages import AgentInterrupted, AudioStream, AudioStreamEnd, UndecodableAudio
from .outbox import Outbox
from .pacing import Sender
from .settings import AgentSettings, Timings
from .turn_taking import Link

_LOGGER = logging.getLogger(__name__)


class Connecting:
    """At most one connection at a time; opened, reopened and closed as the rules decide."""

    def __init__(
        self,
        engine: Engine,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        timings: Timings,
        incoming: IncomingStream,
        *,
        make_room: Callable[[], Awaitable[bool]] | None,
    ) -> None:
        self.sender = Sender(engine.rules.next_frame, engine.rules.next_hold, self._voice_sent)
        self.outbox = Outbox()
        self._engine = engine
        self._http = http
        self._settings = settings
        self._timings = timings
        self._incoming = incoming
        self._make_room = make_room
        self._task: asyncio.Task[None] | None = None
        """Opens and uses connections until the rules need no other."""

        self._tasks: set[asyncio.Task[None]] = set()
        """The task above, and earlier ones that are still closing their connections."""

        self._must_reconnect = self._must_make_room = False
        self._close_error: AgentError | None = None

    # Effects of the rules.

    def connect(self) -> None:
        """Open a connection, or another one after the present one."""
        if self._task is not None:
            self._must_reconnect = True
            return
        self._task = asyncio.get_running_loop().create_task(
            self._converse(), name="voice agent connection", context=Context()
        )
        self._tasks.add(self._task)
        self._task.add_done_callback(self._tasks.discard)

    def disconnect(self) -> None:
        """Close the connection for good."""
        if self._task is not None and self._engine.rules.link is not Link.CLOSED:
            self._task.cancel()

    def close_with(self, error: AgentError) -> None:
        """Close the connection and report it as lost with this error."""
        self._close_error = error

    def make_room(self) -> None:
        """Ask for room on the server once the connection is lost."""
        self._must_make_room = True

    async def wait_closed(self) -> None:
        """Wait until all connections are closed."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    # One connection after the other.

    async def _converse(self) -> None:
        """Open and use one connection after the other until no other is needed."""
        engine = self._engine
        try:
            while await self._use_one_connection():
                _LOGGER.debug("Opening another connection for the turn")
        except Exception:
            _LOGGER.exception("A conversation was ended by a fault in the client library")
            self._task = None
            error = AgentError(ErrorKind.SERVER_FAULT, "internal error")
            engine.apply(engine.rules.connection_failed(error, engine.clock()))

    async def _use_one_connection(self) -> bool:
        """Use one connection until it is lost; return whether to open another one."""
        engine = self._engine
        connection: Connection | None = None
        try:
            connection = await Connection.open(
                self._http,
                self._settings,
                engine.rules.connect_seconds(engine.clock()),
                offers_home=engine.rules.offers_home,
            )
            self._close_error = None
            self.outbox.clear()
            has_home = connection.has_home
            engine.apply(engine.rules.connection_opened(engine.clock(), has_home=has_home))
            await self._use(connection)
        except AgentError as error:
            # Reported before the closing handshake, so that nobody waits for it.
            return await self._lost(error)
        finally:
            self.outbox.clear()
            if connection is not None:
                await connection.close()
        return False

    async def _lost(self, error: AgentError) -> bool:
        """Report the loss of the connection; return whether to open another one."""
        engine = self._engine
        self._must_reconnect = self._must_make_room = False
        self._incoming.decode_short_reply()
        engine.apply(engine.rules.connection_lost(error, engine.clock()))
        if self._must_make_room and self._make_room is not None:
            has_room = await self._has_room(self._make_room)
            engine.apply(engine.rules.room_made(engine.clock(), has_room=has_room))
        if not self._must_reconnect:
            self._task = None
        return self._must_reconnect

    async def _has_room(self, make_room: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await make_room()
        except Exception:
            _LOGGER.exception("Making room for a connection failed")
            return False

    async def _use(self, connection: Connection) -> None:
        """Send and receive until the connection is over, which raises `AgentError`."""
        receiving = asyncio.create_task(self._receive(connection))
        tasks = (
            receiving,
            asyncio.create_task(self.sender.run(connection)),
            asyncio.create_task(self.outbox.run(connection)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # If the server has closed, sending fails first: read the messages before that.
            await asyncio.wait((receiving,), timeout=self._timings.last_words)
            for task in tasks:
                if task.done():
                    await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self, connection: Connection) -> None:
        engine = self._engine
        while self._close_error is None:
            message = await connection.receive()
            if isinstance(message, AudioStream | UndecodableAudio):
                await self._incoming.decode(message)
                continue
            if isinstance(message, AudioStreamEnd | AgentInterrupted):
                self._incoming.decode_short_reply()
            engine.apply(engine.rules.receive(message, engine.clock()))
        raise self._close_error

    def _voice_sent(self) -> None:
        engine = self._engine
        engine.apply(engine.rules.frame_sent(engine.clock()))
