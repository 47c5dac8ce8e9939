"""A connection to a Wyoming server: events in both directions, each within a limited time."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.info import Describe, Info

from ..config import Wyoming
from ..errors import EngineError

_CONNECT: Final = 3.0
_EVENT: Final = 15.0
"""Seconds to the next event, or until the server takes one."""

_LONGEST_PART: Final = 4 * 1024 * 1024
"""Bytes of one event's data or payload: two minutes of speech at 16 kHz."""

_IGNORED: Final = 1000
"""Events of other types that a server may send before the expected one."""


class WyomingError(EngineError):
    """The server cannot be reached, or does not keep to the protocol."""


class WyomingConnection:
    """An open connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: float = _EVENT
    ) -> None:
        """`limit` is the longest wait for an event, in seconds."""
        self._reader = reader
        self._writer = writer
        self._limit = limit

    async def send(self, event: Event) -> None:
        """Send an event; raises `WyomingError`."""
        try:
            async with asyncio.timeout(self._limit):
                await async_write_event(event, self._writer)
        except TimeoutError:
            raise WyomingError("it does not read what it is sent") from None
        except OSError as error:
            raise _lost(error) from None

    async def receive(self, *types: str) -> Event:
        """Return the next event of these types and ignore others; raises `WyomingError`."""
        try:
            async with asyncio.timeout(self._limit):
                for _ in range(_IGNORED):
                    event = await self._read()
                    if Error.is_type(event.type):
                        raise WyomingError(f"it reports an error: {_text(event)!r}")
                    if event.type in types:
                        return event
        except TimeoutError:
            raise WyomingError(f"it sent no {types[0]} within {self._limit:g} s") from None
        except EOFError:
            raise WyomingError("it closed the connection") from None
        except OSError as error:
            raise _lost(error) from None
        raise WyomingError(f"it sent {_IGNORED} events, but no {types[0]}")

    async def _read(self) -> Event:
        """Read an event.

        The library's own function does not limit the size of an event, and does not distinguish
        nonsense from the end.
        """
        try:
            line = await self._reader.readline()
            if not line:
                raise EOFError
            header = json.loads(line)
            data = header.get("data") or {}
            if length := self._length(header, "data_length"):
                data = data | json.loads(await self._reader.readexactly(length))
            length = self._length(header, "payload_length")
            payload = await self._reader.readexactly(length) if length else None
            return Event(str(header["type"]), dict(data), payload)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise WyomingError("it does not speak the Wyoming protocol") from error

    def _length(self, header: dict[str, Any], name: str) -> int:
        length = header.get(name) or 0
        if not isinstance(length, int) or not 0 <= length <= _LONGEST_PART:
            raise ValueError(name)
        return length


def _text(event: Event) -> str:
    """Return the text of an error of the server, cut to a length for the log."""
    return str(event.data.get("text", ""))[:200]


def _lost(error: OSError) -> WyomingError:
    return WyomingError(f"the connection was lost: {_reason(error)}")


def _reason(error: OSError) -> str:
    """Return the reason in the system's words; name resolution has its own, negative numbers."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else error.strerror or str(error)


@asynccontextmanager
async def connected(server: Wyoming, limit: float = _EVENT) -> AsyncIterator[WyomingConnection]:
    """Open a connection; raises `WyomingError`."""
    try:
        async with asyncio.timeout(_CONNECT):
            reader, writer = await asyncio.open_connection(server.host, server.port)
    except TimeoutError:
        raise WyomingError(f"it cannot be reached within {_CONNECT:g} s") from None
    except OSError as error:
        raise WyomingError(f"it cannot be reached: {_reason(error)}") from None
    try:
        yield WyomingConnection(reader, writer, limit)
    finally:
        # Abort: nobody needs the data that is still queued, and the server may not read it.
        writer.transport.abort()


async def describe(connection: WyomingConnection) -> Info:
    """Return the models and voices of the server; raises `WyomingError`."""
    await connection.send(Describe().event())
    event = await connection.receive("info")
    try:
        return Info.from_event(event)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WyomingError("its description cannot be read") from error


def label(server: Wyoming) -> str:
    """Return how a log names the server."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"tcp://{host}:{server.port}"
