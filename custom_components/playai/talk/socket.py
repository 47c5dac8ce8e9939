"""The socket of a page: reads its messages within their limits, and writes in order."""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any, Final, Protocol

import orjson
from aiohttp import WSMessage, WSMsgType
from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant

from ..agent.rate import RateLimit
from ..own_entities import may_talk
from .frames import FrameError, decode_microphone
from .limits import (
    HELLO_SECONDS,
    MESSAGES,
    MICROPHONE_BYTES,
    MIN_FRAME_COST,
    PROTOCOL,
    QUEUED,
    SEND_SECONDS,
)
from .page_link import CloseCode
from .page_messages import PageError, parse
from .talk import Talk
from .talks import TALKS

_LOGGER = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 2.0
"""The wait for the messages before the close."""

_CONTENT: Final = (WSMsgType.TEXT, WSMsgType.BINARY)


class Socket(Protocol):
    """A WebSocket of aiohttp, or its equivalent over Home Assistant's own connection."""

    async def receive(self) -> WSMessage:
        """Return the next frame; one that is neither text nor binary is the last."""

    async def send_str(self, data: str, /) -> None:
        """Send a text frame; waits for a page that is slow. Raises `ConnectionError`."""

    async def send_bytes(self, data: bytes, /) -> None:
        """Send a binary frame; waits for a page that is slow. Raises `ConnectionError`."""

    async def close(self, *, code: int) -> object:
        """Close the socket with a code."""


async def serve(
    hass: HomeAssistant, socket: Socket, token: str, user: User, refresh_token_id: str
) -> None:
    """Serve a socket that was opened with a token, until it is closed.

    Refusals are close codes: a page cannot see why a socket was not opened.
    """
    talk = hass.data[TALKS].async_take(token, user.id, refresh_token_id)
    if talk is None:
        await socket.close(code=CloseCode.GONE)
    elif not may_talk(user, talk.entity_id):
        talk.close(CloseCode.FORBIDDEN)
        await socket.close(code=CloseCode.FORBIDDEN)
    else:
        await PageSocket(socket).run(talk)


class PageClosedError(Exception):
    """The socket must be closed with a code."""

    def __init__(self, code: int) -> None:
        """Create the error."""
        super().__init__(str(code))
        self.code = code


class PageSocket:
    """One socket; see `Page`."""

    def __init__(self, socket: Socket) -> None:
        """Use a socket that is open."""
        self._socket = socket
        self._queue: asyncio.Queue[dict[str, Any] | bytes | int] = asyncio.Queue()
        self._microphone = RateLimit(*MICROPHONE_BYTES)
        self._messages = RateLimit(*MESSAGES)
        self._is_closing = False

    def send(self, message: dict[str, Any] | bytes) -> None:
        """Send a message or a frame, in order; a page that does not read loses the socket."""
        if self._is_closing:
            return
        if self._queue.qsize() >= QUEUED:
            self.close(CloseCode.SLOW)
        else:
            self._queue.put_nowait(message)

    def close(self, code: int) -> None:
        """Close the socket after the messages that were sent before."""
        if not self._is_closing:
            self._is_closing = True
            self._queue.put_nowait(code)

    async def run(self, talk: Talk) -> None:
        """Serve a talk until the socket is closed or lost."""
        writing = asyncio.create_task(self._write())
        reading = asyncio.create_task(self._read(talk))
        code = CloseCode.GONE
        try:
            await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                if isinstance(error := reading.exception(), PageClosedError):
                    talk.close(error.code)
                    self.close(error.code)
                elif error is not None:
                    _LOGGER.error("A talk has failed", exc_info=error)
                    talk.close(CloseCode.INVALID)
                if self._is_closing:
                    await asyncio.wait({writing}, timeout=CLOSE_SECONDS)
            if writing.done():
                code = writing.result()
        finally:
            talk.detach(self)
            self._is_closing = True
            for task in (writing, reading):
                task.cancel()
            await asyncio.gather(writing, reading, return_exceptions=True)
            # If nothing else reads, aiohttp waits until the page closes, too. Otherwise it drops
            # the connection, and audio of the page that arrives later resets it: the page may
            # never see the code. A socket that is lost must be closed, or its heartbeat continues.
            await self._close(code)

    async def _write(self) -> int:
        """Write until the socket must be closed, or is lost; returns the close code."""
        while True:
            message = await self._queue.get()
            if isinstance(message, int):
                return message
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    if isinstance(message, bytes):
                        await self._socket.send_bytes(message)
                    else:
                        await self._socket.send_str(_encode(message))
            except ConnectionError:
                return CloseCode.GONE
            except TimeoutError:
                self._is_closing = True
                return CloseCode.SLOW

    async def _close(self, code: int) -> None:
        """Close the socket now, unless it is closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code=code)

    async def _read(self, talk: Talk) -> None:
        """Read until the socket is closed; raises `PageClosedError`."""
        await self._read_hello(talk)
        while (frame := await self._socket.receive()).type in _CONTENT:
            if talk.is_over or self._is_closing:
                return
            if frame.type is WSMsgType.BINARY:
                self._take_audio(talk, frame.data)
                continue
            kind, fields = self._parse(frame.data)
            if kind == "hello":
                raise PageClosedError(CloseCode.INVALID)
            if kind == "ping":
                self.send({"type": "pong", **fields})
            elif kind:
                talk.controls.receive(kind, fields)

    async def _read_hello(self, talk: Talk) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                frame = await self._socket.receive()
        except TimeoutError:
            raise PageClosedError(CloseCode.GONE) from None
        if frame.type is not WSMsgType.TEXT:
            if frame.type is WSMsgType.BINARY:
                raise PageClosedError(CloseCode.INVALID)
            return
        kind, fields = self._parse(frame.data)
        if kind != "hello":
            raise PageClosedError(CloseCode.INVALID)
        if fields["protocol"] != PROTOCOL:
            raise PageClosedError(CloseCode.OTHER_PROTOCOL)
        talk.attach(self, fields.get("resume"))

    def _parse(self, text: str) -> tuple[str, dict[str, Any]]:
        if not self._messages.take():
            _LOGGER.debug("A page has sent too many messages")
            raise PageClosedError(CloseCode.FLOOD)
        try:
            return parse(text) or ("", {})
        except PageError as error:
            _LOGGER.debug("A page has sent an invalid message: %s", error)
            raise PageClosedError(CloseCode.INVALID) from error

    def _take_audio(self, talk: Talk, frame: bytes) -> None:
        if not self._microphone.take(max(len(frame), MIN_FRAME_COST)):
            _LOGGER.debug("A page has sent too much audio")
            raise PageClosedError(CloseCode.FLOOD)
        try:
            decoded = decode_microphone(frame)
        except FrameError as error:
            _LOGGER.debug("A page has sent an invalid frame: %s", error)
            raise PageClosedError(CloseCode.INVALID) from error
        if decoded is not None:
            talk.microphone.push(decoded[1])


def _encode(message: dict[str, Any]) -> str:
    """Return the JSON of a message; agents and models may send any texts and numbers."""
    try:
        return orjson.dumps(message).decode()
    except TypeError:  # Surrogates, and integers of more than 64 bits.
        return json.dumps(message, default=str)
