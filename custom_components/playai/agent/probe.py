"""One short session that tells whether an agent can be talked with, and how it behaves."""

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp

from .connection import Connection
from .errors import AgentError, ErrorKind
from .messages import AgentGreeting, ErrorMessage, Init, NewAudioStream
from .settings import AgentSettings, ServerTraits, Timings

__all__ = [
    "probe",
    "wait_until_it_works",
]

_DEFAULT: Final = Timings()


async def probe(
    http: aiohttp.ClientSession, settings: AgentSettings, timings: Timings = _DEFAULT
) -> ServerTraits:
    """Connect, wait two seconds without sending audio, and disconnect.

    Returns the traits of the server: an agent that greets does so unasked. Raises the
    `AgentError` that a turn would fail with.
    """
    connection = await Connection.open(http, settings)
    traits = ServerTraits(greets=False)
    told: AgentError | None = None  # A fatal error may still follow.
    try:
        async with asyncio.timeout(timings.greeting):
            while True:
                match await connection.receive():
                    case NewAudioStream() | AgentGreeting() if not _is_failure(told):
                        traits.greets = True
                        return traits
                    case Init() if settings.enable_vad:
                        traits.sends_voice_activity = True  # See `TurnTaking._note_edition`.
                    case ErrorMessage(code, message, is_fatal):
                        error = AgentError.from_code(code, message, is_fatal)
                        if error.is_fatal:
                            raise error
                        told = error if not _is_failure(told) else told
    except TimeoutError:
        if told is not None and _is_failure(told):
            raise told from None
        return traits
    except AgentError as error:
        raise (error if told is None or error.is_fatal else told) from None
    finally:
        await connection.close()


def _is_failure(told: AgentError | None) -> bool:
    """Return whether an error would fail a turn; one of the agent concerns a single answer."""
    return told is not None and told.kind is not ErrorKind.AGENT_FAILED


async def wait_until_it_works(
    http: aiohttp.ClientSession,
    settings: AgentSettings,
    on_failure: Callable[[AgentError], None] = lambda _: None,
    timings: Timings = _DEFAULT,
) -> ServerTraits:
    """Probe an agent that failed, after 1 s and then less and less often, until it works.

    Returns the traits of the server. Calls `on_failure` for each failure; raises the
    `AgentError` if only another key can help.
    """
    seconds = timings.first_retry
    while True:
        await asyncio.sleep(seconds)
        try:
            return await probe(http, settings, timings)
        except AgentError as error:
            if not error.policy.may_retry:
                raise
            on_failure(error)
        seconds = min(2 * seconds, timings.longest_retry)
