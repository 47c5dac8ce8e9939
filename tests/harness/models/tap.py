"""A proxy in front of a model server, which records the questions and the answers' times.

    async with ModelTap(server_url) as tap:
        ...  # with an integration that uses tap.url
        tap.requests[-1].parts_sent

If Home Assistant closes its connection, the tap closes the one to the server.
"""

import time
from contextlib import AsyncExitStack
from typing import Final, Self

import aiohttp
from aiohttp import web

from .scripted import ModelRequest, serve

_HOP_BY_HOP: Final = ("connection", "content-encoding", "content-length", "transfer-encoding")


class ModelTap:
    """The proxy, on a free port of loopback."""

    def __init__(self, server_url: str) -> None:
        """`server_url` is where the model server listens."""
        self.url = ""
        self.requests: list[ModelRequest] = []
        """Requests for answers so far."""

        self._server = server_url
        self._http: aiohttp.ClientSession
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self.url = await serve(app, self._stack)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._stack.aclose()

    async def _forward(self, http_request: web.Request) -> web.StreamResponse:
        body = await http_request.read()
        request = None
        if http_request.method == "POST":
            request = ModelRequest(await http_request.json())
            self.requests.append(request)
        try:
            return await self._answer(http_request, body, request)
        except BaseException:
            if request is not None:
                request.is_abandoned = True
            raise
        finally:
            if request is not None:
                request.ended_at = time.monotonic()

    async def _answer(
        self, http_request: web.Request, body: bytes, request: ModelRequest | None
    ) -> web.StreamResponse:
        async with self._http.request(
            http_request.method,
            self._server + http_request.path_qs,
            data=body,
            headers={"Content-Type": "application/json"},
        ) as answer:
            headers = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(http_request)
            async for part in answer.content.iter_any():
                await response.write(part)
                if request is not None:
                    request.parts_sent.append(time.monotonic())
            await response.write_eof()
            return response
