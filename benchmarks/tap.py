"""A proxy between Home Assistant and the agent that records when each message arrives.

    async with Tap(agent_url) as tap:
        ...  # talk with tap.url
        tap.wires[-1]

Messages are forwarded unchanged.
"""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

type Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that was forwarded."""

    at: float
    """When it arrived at the tap, by `time.monotonic`."""

    from_agent: bool
    kind: str


Wire = list[Passed]
"""The messages of one connection."""


class Tap:
    """A WebSocket server on loopback that forwards all messages to and from the agent."""

    def __init__(self, agent_url: str) -> None:
        """`agent_url` is where the agent listens."""
        self.url = ""
        """Where the tap listens."""

        self.wires: list[Wire] = []
        """All connections so far, the newest last."""

        self._agent = URL(agent_url)
        self._http: aiohttp.ClientSession
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_get(self._agent.path, self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = str(self._agent.with_port(runner.addresses[0][1]))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._stack.aclose()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse(compress=False, max_msg_size=0)
        url = self._agent.with_query(request.query)
        async with self._http.ws_connect(url, max_msg_size=0) as far:
            await near.prepare(request)
            wire: Wire = []
            self.wires.append(wire)
            ways = [
                asyncio.create_task(_pass(near, far, wire, from_agent=False)),
                asyncio.create_task(_pass(far, near, wire, from_agent=True)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
            await near.close(code=far.close_code or aiohttp.WSCloseCode.OK)
        return near


async def _pass(source: Socket, to: Socket, wire: Wire, *, from_agent: bool) -> None:
    async for frame in source:
        at = time.monotonic()
        await to.send_str(frame.data)
        wire.append(Passed(at, from_agent, json.loads(frame.data)["type"]))
