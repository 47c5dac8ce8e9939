"""Text for the server: typed turns, and text of the home that the agent speaks (rule 13)."""

from typing import Final

from ..errors import AgentError, ErrorKind
from ..home import Feature
from ..messages import Handled, Message, Say, UserText
from ..words import Transcript
from .calls import pieces, valid
from .conversation import Conversation
from .effects import ReplyWithdrawn
from .phases import Limit, Link
from .playout import Playout
from .state import TurnState

MAX_SAID: Final = 32 * 1024
"""Characters of the texts of one turn."""


class Texts:
    """The rules of turns in which the server gets a text instead of audio."""

    def __init__(self, conversation: Conversation, playout: Playout) -> None:
        self._conversation = conversation
        self._playout = playout

    def begin(self, turn: TurnState, text: str | None, now: float) -> None:
        """A turn without a microphone begins; `text` is the typed text, if any."""
        conversation = self._conversation
        if text is None:
            turn.is_local = True
        else:
            turn.words.add(text)
            turn.unsent.append(UserText(valid(text)))
        conversation.stop_listening(turn)
        timings = conversation.timings
        conversation.start(Limit.NO_REPLY, now + timings.connect + timings.first_audio)
        self.send(now)

    def answer_locally(self, turn: TurnState, language: str | None, now: float) -> None:
        """The home answers the turn: the server drops it, and speaks the home's texts."""
        conversation = self._conversation
        reply = turn.reply
        if not self._can_say or (reply is not None and reply.is_claimed):
            self._playout.cancel(now)
            return
        turn.is_local, turn.language = True, language
        turn.ended_at = now if turn.ended_at is None else turn.ended_at
        conversation.stop_listening(turn)
        conversation.drop_calls(turn)
        conversation.mark_handled(turn)
        self._withdraw_reply(turn)
        conversation.stop(Limit.TURN_CLAIM)
        conversation.start(Limit.NO_REPLY, now + conversation.timings.first_audio)

    def push(self, turn: TurnState, text: str, now: float) -> None:
        """The home has a text, or more of it."""
        if not self._takes_text(turn):
            return
        turn.text_until = now + self._conversation.timings.delta
        text = text[: MAX_SAID - turn.pushed_characters]
        turn.pushed_characters += len(text)
        turn.unsent += [Say(piece, turn.language, is_final=False) for piece in pieces(text)]
        self.send(now)

    def end(self, turn: TurnState, now: float) -> None:
        """The text is complete."""
        if not self._takes_text(turn):
            return
        turn.has_ended_text = True
        if not turn.pushed_characters:
            self._playout.cancel(now)  # There is nothing to say.
            return
        turn.unsent.append(Say("", turn.language))
        self.send(now)

    def send(self, now: float) -> None:
        """Send the pending texts, once the server is known to support them."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None or not turn.unsent:
            return
        if conversation.link is not Link.OPEN or conversation.is_flushing:
            return
        features = conversation.traits.features
        if conversation.has_home and features is None:
            if Limit.FEATURES not in conversation.deadlines:
                conversation.start(Limit.FEATURES, now + conversation.timings.features)
            return
        feature = Feature.SAY if turn.is_local else Feature.USER_TEXT
        if features is None or feature not in features.features or not conversation.has_home:
            conversation.start(Limit.FEATURES, now)  # Fails the turn once its caller has it.
            return
        conversation.stop(Limit.FEATURES)
        if turn.is_local and conversation.has_dropped_reply:
            conversation.send(Handled())  # The server would wait until that reply has been played.
        conversation.has_dropped_reply = False
        for message in _joined(turn.unsent):
            conversation.send(message)
        turn.unsent.clear()
        turn.has_sent_text, turn.is_handled = True, False
        turn.ended_at = now if turn.ended_at is None else turn.ended_at
        if turn.reply is None:
            timings = conversation.timings
            longest = turn.ended_at + timings.home_answer
            conversation.start(Limit.NO_REPLY, min(now + timings.first_audio, longest))

    def refused(self, now: float) -> None:
        """The server does not support the pending text, or has not named its features in time."""
        turn = self._conversation.turn
        if turn is not None:
            what = "speak texts" if turn.is_local else "answer typed turns"
            error = AgentError(ErrorKind.PROTOCOL, f"the server cannot {what}")
            self._playout.fail(error, now)

    @staticmethod
    def _takes_text(turn: TurnState) -> bool:
        has_reply = turn.reply is not None and turn.reply.is_complete
        return turn.is_local and not turn.has_ended_text and not has_reply

    @property
    def _can_say(self) -> bool:
        features = self._conversation.traits.features
        is_known = self._conversation.has_home and features is not None
        return is_known and Feature.SAY in (features.features if features else ())

    def _withdraw_reply(self, turn: TurnState) -> None:
        """Forget a reply of the server, which has answered the turn as well."""
        conversation = self._conversation
        turn.agent_words = Transcript()
        conversation.drop_stream()
        conversation.stop(
            Limit.EMPTY_REPLY,
            Limit.REPLY_COMPLETE,
            Limit.REPLY_OVER,
            Limit.REPLY_CLAIM,
            Limit.REPLY_LENGTH,
        )
        turn.has_stream = False
        turn.stream_bytes = 0
        turn.progress_at = 0.0
        if turn.stream is not None:
            conversation.add(ReplyWithdrawn(turn, turn.stream))
            turn.stream = None


def _joined(messages: list[Message]) -> list[Message]:
    """Drop an empty final text if the text before it can be marked as final instead."""
    match messages:
        case [*others, Say(text, language, False), Say("", _, True)]:
            return [*others, Say(text, language)]
    return messages
