"""An OpenAI-compatible server whose endpoints are handlers of a test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from aiohttp import web

from agent_server.remote.openai import OpenAIServer
from tests.harness.models.scripted import serve

KEY = "sk-test-0123456789abcdef"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(
    handler: Handler, *endpoints: str, models: Sequence[str] = ()
) -> AsyncIterator[str]:
    """Serve one handler at all endpoints, and a list of models; yield the address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    async def list_models(_request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": name} for name in models]})

    app = web.Application(client_max_size=2**24)
    for endpoint in endpoints:
        app.router.add_post(f"/v1/{endpoint}", handle)
    app.router.add_get("/v1/models", list_models)
    async with AsyncExitStack() as stack:
        yield await serve(app, stack)


@asynccontextmanager
async def connected(url: str, wait: float = 30.0) -> AsyncIterator[OpenAIServer]:
    """Use a server, and close the connections afterwards."""
    async with aclosing(OpenAIServer("speech", f"{url}/v1", KEY, wait=wait)) as server:
        yield server


@asynccontextmanager
async def speech_server(handler: Handler, wait: float = 30.0) -> AsyncIterator[OpenAIServer]:
    """Serve one handler at both speech endpoints, and connect to it."""
    endpoints = ("audio/transcriptions", "audio/speech")
    async with (
        serving(handler, *endpoints, models=("b", "a")) as url,
        connected(url, wait) as server,
    ):
        yield server
