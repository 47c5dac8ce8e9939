"""The server's calls to the home in a turn: answers and tools (rule 12)."""

from typing import Final

from ..home import AnswerEnd, Feature, ToolResult
from ..messages import AnswerDelta, AnswerEndMessage, Ask, ToolCall, ToolResultMessage
from .conversation import Conversation
from .effects import BeginCall, CancelCall
from .listening import Listening
from .phases import Limit
from .playout import Playout
from .state import CallState, TurnState

MAX_TOOL_CALLS: Final = 32
"""Tool calls in a turn."""

MAX_RUNNING: Final = 8
"""Calls that wait or run at the same time."""

MAX_ANSWER: Final = 64 * 1024
"""Characters of an answer, or of words before a result; five minutes of speech: about 5 000."""

_MAX_ERROR: Final = 64
"""Characters of the error of an answer."""

_PIECE: Final = 8 * 1024
"""Characters of a message; each has up to four bytes."""


def valid(text: str) -> str:
    """Return a text without surrogates, which no message can carry."""
    return text.encode(errors="replace").decode()


def pieces(text: str) -> list[str]:
    """Split a text so that each piece fits into a message."""
    text = valid(text)
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


class Calls:
    """The rules of the calls that the server makes during a turn."""

    def __init__(self, conversation: Conversation, listening: Listening, playout: Playout) -> None:
        self._conversation = conversation
        self._listening = listening
        self._playout = playout

    # The server's side.

    def received(self, message: Ask | ToolCall, now: float) -> None:
        """The server asks for an answer, or calls a tool."""
        turn = self._conversation.turn
        if turn is not None and message.id in turn.used_ids:
            return  # The result of the first call with this id is its answer.
        refusal = "no_turn" if turn is None else self._refusal(turn, message, now)
        if turn is None or refusal is not None:
            self._refuse(message, refusal or "no_turn")
            return
        turn.used_ids.add(message.id)
        if isinstance(message, Ask):
            turn.was_asked = True
            turn.words.add("" if turn.words.text else message.text)
        else:
            turn.tool_calls += 1
        call = CallState(message, now + self._conversation.timings.claim)
        turn.calls[message.id] = call
        if turn.is_open:
            self._listening.close_or_await_words(turn, now)
        if turn.is_claimed:
            self._begin(turn, call, now)
        self._progressed(turn, now)

    def cancelled(self, call_id: str, now: float) -> None:
        """The server no longer needs a result."""
        turn = self._conversation.turn
        if turn is not None and (call := turn.calls.get(call_id)) is not None:
            self._stop(call)
            self._over(turn, call, now)

    # The home's side.

    def claimed(self, turn: TurnState, now: float) -> None:
        """A caller waits for the reply: it gets the calls that wait."""
        for call in [call for call in turn.calls.values() if not call.is_running]:
            if turn.has_handler:
                self._begin(turn, call, now)
            else:
                self._refuse(call.message, "unavailable")
                self._over(turn, call, now)
        if turn.calls:
            self._progressed(turn, now)

    def push_words(self, turn: TurnState, text: str, now: float) -> None:
        """The home has words for the user before the result of the call that runs."""
        call = next((call for call in turn.calls.values() if call.is_running), None)
        if call is None:
            return
        if isinstance(call.message, Ask):
            self.answer_delta(call, text, now)
        elif self._speaks_during_tools and call.sent_characters + len(text) <= MAX_ANSWER:
            call.sent_characters += len(text)
            for piece in pieces(text):
                self._conversation.send(AnswerDelta(call.message.id, piece))

    def answer_delta(self, call: CallState, text: str, now: float) -> None:
        """The home has answered more words."""
        turn = self._turn_of(call)
        if turn is None or not text:
            return
        text = text[: MAX_ANSWER - call.sent_characters]
        for piece in pieces(text):
            self._conversation.send(AnswerDelta(call.message.id, piece))
        call.sent_characters += len(text)
        if call.sent_characters >= MAX_ANSWER:
            self._stop(call)
            self.answer_ended(call, AnswerEnd(), now)
            return
        call.until = now + self._conversation.timings.delta
        self._progressed(turn, now)

    def answer_ended(self, call: CallState, end: AnswerEnd, now: float) -> None:
        """The home's answer is complete, or has failed."""
        if (turn := self._turn_of(call)) is None:
            return
        text = "" if call.sent_characters else end.text or ""
        words = error = None
        if end.error is None:
            for piece in pieces(text[:MAX_ANSWER]):
                self._conversation.send(AnswerDelta(call.message.id, piece))
        else:
            error = valid(end.error)[:_MAX_ERROR]
            words = next(iter(pieces(text)), None)
        end = AnswerEnd(words, end.continue_conversation, error)
        self._conversation.send(AnswerEndMessage(call.message.id, end))
        self._over(turn, call, now)

    def tool_returned(self, call: CallState, result: ToolResult, now: float) -> None:
        """A tool has returned."""
        if (turn := self._turn_of(call)) is not None:
            self._conversation.send(ToolResultMessage(call.message.id, result))
            self._over(turn, call, now)

    def check_limits(self, now: float) -> None:
        """End the calls that took too long."""
        turn = self._conversation.turn
        if turn is None:
            return
        for call in [call for call in turn.calls.values() if call.until <= now]:
            if not call.is_running:
                self._playout.unclaimed(now)
                return
            self._stop(call)
            self._refuse(call.message, "timeout")
            self._over(turn, call, now)

    # Both sides.

    @property
    def _speaks_during_tools(self) -> bool:
        features = self._conversation.traits.features
        return features is not None and Feature.TOOL_WORDS in features.features

    def _refusal(self, turn: TurnState, message: Ask | ToolCall, now: float) -> str | None:
        """Return why a call is refused, None if it is not."""
        is_asked = isinstance(message, Ask)
        if is_asked and turn.was_asked:
            return "repeated"
        is_answered = turn.reply is not None and (is_asked or turn.reply.is_complete)
        if is_answered or turn.is_handled or turn.is_local:
            return "no_turn"
        if self._conversation.is_flushing or turn.belongs_to_cancelled:
            return "no_turn"
        if turn.is_claimed and not turn.has_handler:
            return "unavailable"
        is_excessive = not is_asked and turn.tool_calls >= MAX_TOOL_CALLS
        if is_excessive or len(turn.calls) >= MAX_RUNNING:
            return "too_many"
        return None if self._listening.answer_begins(turn, now) else "no_turn"

    def _begin(self, turn: TurnState, call: CallState, now: float) -> None:
        timings = self._conversation.timings
        is_ask = isinstance(call.message, Ask)
        call.is_running = True
        call.until = now + (timings.delta if is_ask else timings.tool)
        self._conversation.add(BeginCall(turn, call))

    def _refuse(self, message: Ask | ToolCall, reason: str) -> None:
        """Answer a call with an error, so that the server does not wait for a result."""
        if isinstance(message, Ask):
            self._conversation.send(AnswerEndMessage(message.id, AnswerEnd(error=reason)))
        else:
            self._conversation.send(
                ToolResultMessage(message.id, ToolResult(reason, is_error=True))
            )

    def _stop(self, call: CallState) -> None:
        if call.is_running:
            self._conversation.add(CancelCall(call))

    def _over(self, turn: TurnState, call: CallState, now: float) -> None:
        """Forget a call that is done."""
        del turn.calls[call.message.id]
        self._progressed(turn, now)
        if not turn.calls:
            self._playout.home_finished(now)

    def _progressed(self, turn: TurnState, now: float) -> None:
        """Restart the limits: the home is working on the answer."""
        conversation = self._conversation
        turn.progress_at = now
        conversation.stop(Limit.HOME_CALL)
        limits = [call.until for call in turn.calls.values()]
        if limits:
            conversation.start(Limit.HOME_CALL, min(limits))
        if turn.reply is None and not turn.is_open and turn.ended_at is not None:
            timings = conversation.timings
            latest = max([now, *limits]) + timings.first_audio
            conversation.start(Limit.NO_REPLY, min(latest, turn.ended_at + timings.home_answer))

    def _turn_of(self, call: CallState) -> TurnState | None:
        """Return the turn of a call whose result is still needed."""
        turn = self._conversation.turn
        if turn is not None and turn.calls.get(call.message.id) is call:
            return turn
        return None
