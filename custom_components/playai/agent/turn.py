"""One turn of the user: takes audio, returns speech and reply.

`turn_taking/` decides when the turn ends and which reply it gets.
"""

import asyncio
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Final, Protocol

from .errors import AgentError, ErrorKind
from .home import HomeHandler, check_language
from .reply import Reply
from .turn_taking.state import TurnState

__all__ = [
    "Speech",
    "Turn",
]


@dataclass(frozen=True, slots=True)
class Speech:
    """The result of speech-to-text; `wait_reply` raises the error of a failed turn."""

    text: str
    """The user's words, empty when the server does not send them."""

    is_silent: bool = False
    """Whether nobody spoke, or the turn was cancelled: there is no reply and no error."""


class TurnOwner(Protocol):
    """The events that a turn reports to its session."""

    def turn_fed(self) -> None:
        """The microphone has a frame to send."""

    def turn_input_ended(self, turn: Turn) -> None:
        """The stream of the microphone has ended."""

    def turn_awaited(self, turn: Turn) -> None:
        """Speech-to-text has returned."""

    def turn_claimed(self, turn: Turn) -> None:
        """A caller waits for the reply."""

    def turn_answered_locally(self, turn: Turn, language: str | None) -> None:
        """The home answers the turn itself."""

    def text_pushed(self, turn: Turn, text: str) -> None:
        """There is a text for the agent to speak, or more of it."""

    def text_ended(self, turn: Turn) -> None:
        """The text is complete."""

    def turn_cancelled(self, turn: Turn) -> None:
        """The turn was cancelled."""

    def turn_failed(self, turn: Turn, error: AgentError) -> None:
        """The user's side has failed."""


class Turn:
    """A turn of the user, created by `Session.start_turn`, `say` or `send_text`.

    turn = session.start_turn()
    turn.feed(mulaw)                # while the user speaks
    turn.end_input()                # when the microphone's stream ends
    speech = await turn.wait_end()  # speech-to-text
    reply = await turn.wait_reply() # conversation; raises AgentError
    async for pcm in reply.stream(): ...

    Where the home has answered instead, the agent speaks its texts:

    turn.answer_locally("en")
    turn.push_text("It is late.")
    turn.end_text()
    reply = await turn.wait_reply()
    """

    def __init__(self, owner: TurnOwner, state: TurnState) -> None:
        self.state: Final = state
        self.reply: Reply | None = None
        self.handler: HomeHandler | None = None
        """Answers for the home, in `context`."""

        self.context = Context()
        self._owner = owner
        self._closed = asyncio.Event()
        self._answered = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether the user may still speak."""
        return self.state.is_open

    @property
    def is_over(self) -> bool:
        """Whether the turn has ended, with or without a reply."""
        return self.state.is_over

    @property
    def was_unclaimed(self) -> bool:
        """Whether it ended without a reply, because `wait_reply` was not called in time."""
        return self.state.was_unclaimed

    @property
    def agent_ends(self) -> bool:
        """Whether the server, if it sends voice activity, finds the end of the turn."""
        return self.state.agent_ends

    @property
    def heard_speech(self) -> bool:
        """Whether the server heard the user begin to speak in this turn."""
        return self.state.heard_speech

    @property
    def words(self) -> str:
        """The user's words; a slow server sends them after `wait_end` has returned."""
        return self.state.words.text.rstrip()

    def feed(self, mulaw: bytes) -> None:
        """Send the user's voice: 16 kHz mono µ-law of any length; ignored in a closed turn."""
        if self.is_open:
            microphone = self.state.microphone
            microphone.push(mulaw)
            if microphone.is_full:
                self.end_input()
            elif microphone.has_frame:
                self._owner.turn_fed()

    def end_input(self) -> None:
        """Report that the microphone's stream has ended."""
        self._owner.turn_input_ended(self)

    async def wait_end(self) -> Speech:
        """Wait until the user has finished; never raises. Cancelling it cancels the turn."""
        try:
            await self._closed.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        self._owner.turn_awaited(self)
        return Speech(self.words, self.state.is_silent)

    async def wait_reply(self, home: HomeHandler | None = None) -> Reply:
        """Wait for the first audio of the reply, and claim it.

        `home` answers the server's calls in this turn, in a copy of the present context. Raises
        `AgentError` if there is no reply. Cancelling it cancels the turn. A claim within 5 s of
        `wait_end` keeps the turn (rule 11).
        """
        if home is not None:
            self.handler, self.context = home, copy_context()
        self._owner.turn_claimed(self)
        try:
            await self._answered.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if self.reply is None or self.state.error is not None:
            raise self.state.error or AgentError(ErrorKind.NO_REPLY, "the turn was dropped")
        return self.reply

    async def watch_reply(self) -> Reply | None:
        """Wait for the reply that another caller claims; None if there is none."""
        await self._answered.wait()
        return self.reply

    def answer_locally(self, language: str | None = None) -> None:
        """Report that the home has answered: the texts that follow are the reply of this turn.

        The server drops the turn. Where it cannot speak texts, the turn is cancelled. Raises
        `ValueError` for a language that is not a tag.
        """
        if language is not None:
            check_language(language)
        self._owner.turn_answered_locally(self, language)

    def push_text(self, text: str) -> None:
        """Let the agent speak a text, or more of it, in a turn of `say` or `answer_locally`.

        In another turn, while a call of the server runs, the agent speaks it before the result,
        such as a question to the user. Without a call, or if the server cannot, it is ignored.
        """
        self._owner.text_pushed(self, text)

    def end_text(self) -> None:
        """Report that the text is complete; without any text the turn is cancelled."""
        self._owner.text_ended(self)

    def cancel(self) -> None:
        """Cancel the turn without an error; its reply is dropped (rules 7 and 11)."""
        self._owner.turn_cancelled(self)

    def fail(self, error: AgentError) -> None:
        """Fail the turn because of an error on the caller's side, such as the microphone."""
        self._owner.turn_failed(self, error)

    # The session's side.

    def closed(self) -> None:
        """Let `wait_end` return."""
        self._closed.set()

    def answered(self, reply: Reply | None) -> None:
        """Let `wait_reply` return the reply, or raise."""
        self.reply = reply or self.reply
        self._answered.set()

    def withdrawn(self) -> None:
        """Wait for another reply."""
        self.reply = None
        self._answered.clear()
