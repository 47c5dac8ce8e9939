"""Fixtures for the tests of the client library."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from custom_components.playai.agent.home import AgentFeatures
from custom_components.playai.agent.testing import Script, ScriptedServer

from .talk import Talk, make_talk

type Serve = Callable[..., Awaitable[ScriptedServer]]
type Meet = Callable[..., Awaitable[Talk]]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """The session that the library is given."""
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers with their scripts; they are stopped with the test."""
    servers: list[ScriptedServer] = []

    async def start(*scripts: Script, features: AgentFeatures | None = None) -> ScriptedServer:
        servers.append(await ScriptedServer.start(*scripts, features=features))
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def meet(serve: Serve, http: aiohttp.ClientSession) -> AsyncIterator[Meet]:
    """Start a server and a session with it; both end with the test."""
    talks: list[Talk] = []

    async def start(
        *scripts: Script, features: AgentFeatures | None = None, **changes: Any
    ) -> Talk:
        talks.append(make_talk(await serve(*scripts, features=features), http, **changes))
        return talks[-1]

    yield start
    for talk in talks:
        await talk.session.close()
