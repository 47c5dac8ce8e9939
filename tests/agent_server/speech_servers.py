"""A server of speech endpoints that answers as a test says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from aiohttp import web

from agent_server.remote.openai import OpenAIServer
from tests.harness.models.scripted import serve

KEY = "sk-test-0123456789abcdef"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def connected(url: str, wait: float = 30.0) -> AsyncIterator[OpenAIServer]:
    """Use a server, and close the connections afterwards."""
    async with aclosing(OpenAIServer("speech", f"{url}/v1", KEY, wait=wait)) as server:
        yield server


@asynccontextmanager
async def speech_server(handler: Handler, wait: float = 30.0) -> AsyncIterator[OpenAIServer]:
    """Serve one handler at both speech endpoints, and a list of two models."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    async def list_models(_request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "b"}, {"id": "a"}]})

    app = web.Application(client_max_size=2**24)
    for name in ("transcriptions", "speech"):
        app.router.add_post(f"/v1/audio/{name}", handle)
    app.router.add_get("/v1/models", list_models)
    async with AsyncExitStack() as stack:
        url = await serve(app, stack)
        yield await stack.enter_async_context(connected(url, wait))
