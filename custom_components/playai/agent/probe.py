"""One short session that tells whether an agent can be talked with, and how it behaves."""

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp

from .connection import Connection
from .errors import KEY_ERRORS, AgentError, ErrorKind
from .messages import AgentGreeting, ErrorMessage, NewAudioStream
from .session import GREETING_SECONDS
from .settings import AgentSettings, ServerTraits

FIRST_PAUSE_SECONDS: Final = 1.0
MAX_PAUSE_SECONDS: Final = 10.0
"""The pause before a probe, which doubles each time."""


async def probe(http: aiohttp.ClientSession, settings: AgentSettings) -> ServerTraits:
    """Connect, wait two seconds without sending audio, and disconnect.

    Returns what was learnt: an agent that greets does so unasked. Raises the `AgentError`
    that a turn would fail with.
    """
    connection = await Connection.open(http, settings)
    told: AgentError | None = None
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            while True:
                match await connection.receive():
                    case NewAudioStream() | AgentGreeting():
                        return ServerTraits(greets=True)
                    case ErrorMessage(code, message, is_fatal):
                        error = AgentError.from_code(code, message, is_fatal)
                        if error.is_fatal or error.kind is not ErrorKind.AGENT_FAILED:
                            raise error
                        told = error
    except TimeoutError:
        return ServerTraits(greets=False)
    except AgentError as error:
        raise told or error from None
    finally:
        await connection.close()


async def wait_until_it_works(
    http: aiohttp.ClientSession,
    settings: AgentSettings,
    on_failure: Callable[[AgentError], None] = lambda _: None,
) -> ServerTraits:
    """Probe an agent that failed, in 1 s and then ever less often, until it works.

    Returns what was learnt. Tells each failure; ends with the `AgentError` where only
    another key can help.
    """
    seconds = FIRST_PAUSE_SECONDS
    while True:
        await asyncio.sleep(seconds)
        try:
            return await probe(http, settings)
        except AgentError as error:
            if error.kind in KEY_ERRORS:
                raise
            on_failure(error)
        seconds = min(2 * seconds, MAX_PAUSE_SECONDS)
