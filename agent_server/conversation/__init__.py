"""One conversation: the user's audio and the messages of the home in, events out."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from ..home import FromHome
from .events import Event

type Emit = Callable[[Event], Awaitable[None]]
"""Sends an event, and returns when the next one may be sent; raises `ClientGoneError`."""


class ClientGoneError(Exception):
    """The client is gone: nobody receives events any more."""


class BacklogError(Exception):
    """The client has sent more than real time allows, or more than may wait."""


class UnknownStreamError(Exception):
    """A message is about a stream of audio that has not begun."""


class Conversation(Protocol):
    """One conversation, which emits its events to the `Emit` of its constructor."""

    def feed(self, audio: bytes) -> None:
        """Queue the user's audio: µ-law, mono, at `INPUT_RATE`. Raises `BacklogError`."""

    def receive(self, message: FromHome) -> None:
        """Process or queue a message of the home, without waiting.

        Raises `BacklogError` and `UnknownStreamError`.
        """

    async def run(self) -> None:
        """Converse until `end` is called or the conversation is idle for too long.

        Raises `ClientGoneError`.
        """

    def end(self) -> None:
        """End the conversation."""

    @property
    def is_busy(self) -> bool:
        """Whether the user speaks, or the agent prepares, sends or plays a reply."""

    @property
    def idle(self) -> float:
        """Seconds since the client sent audio or a message, or played the end of a reply.

        0 while the agent prepares an answer. Offers of the home and reports of its playback do not
        count.
        """
