"""One short session that tells whether an agent can be talked with, and how it behaves."""

import asyncio

import aiohttp

from .connection import Connection
from .errors import AgentError, ErrorKind
from .messages import AgentGreeting, ErrorMessage, NewAudioStream
from .session import GREETING_SECONDS
from .settings import AgentSettings, ServerTraits


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
