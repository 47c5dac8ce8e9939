"""Checks with one short connection whether an agent works, and how it behaves."""

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp

from .connection import Connection
from .errors import AgentError, ErrorKind
from .messages import AgentGreeting, AgentMessage, ErrorMessage, Init, NewAudioStream
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

    Returns the traits of the server; an agent that greets does so without audio. The home link is
    offered to learn its features, and nothing is sent over it. Raises the `AgentError` that a turn
    would raise.
    """
    connection = await Connection.open(http, settings, offers_home=True)
    traits = ServerTraits(greets=False)
    noted: AgentError | None = None  # A fatal error may still follow.
    try:
        async with asyncio.timeout(timings.greeting):
            while True:
                match await connection.receive():
                    case NewAudioStream() | AgentGreeting() if not _is_failure(noted):
                        traits.greets = True
                    case AgentMessage(agent):
                        traits.features = agent
                    case Init() if settings.enable_vad:
                        traits.sends_voice_activity = True  # See `TurnTaking._note_edition`.
                    case ErrorMessage(code, message, is_fatal):
                        error = AgentError.from_code(code, message, is_fatal)
                        if error.is_fatal:
                            raise error
                        noted = error if not _is_failure(noted) else noted
                if traits.greets and (traits.features is not None or not connection.has_home):
                    return traits
    except TimeoutError:
        if noted is not None and _is_failure(noted):
            raise noted from None
        return traits
    except AgentError as error:
        raise (error if noted is None or error.is_fatal else noted) from None
    finally:
        await connection.close()


def _is_failure(error: AgentError | None) -> bool:
    """Whether an error would fail any turn; `agent_failed` concerns a single answer."""
    return error is not None and error.kind is not ErrorKind.AGENT_FAILED


async def wait_until_it_works(
    http: aiohttp.ClientSession,
    settings: AgentSettings,
    on_failure: Callable[[AgentError], None] = lambda _: None,
    timings: Timings = _DEFAULT,
) -> ServerTraits:
    """Probe an agent that failed, with growing pauses, until it works.

    Returns the traits of the server. Calls `on_failure` with each error, and raises an
    `AgentError` whose policy forbids retries.
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
