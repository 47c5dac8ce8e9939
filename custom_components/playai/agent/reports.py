"""Passes the reports of turns and replies to the rules."""

from .engine import Engine
from .errors import AgentError
from .reply import Reply, ReplyOwner
from .turn import Turn, TurnOwner
from .turn_taking.effects import WakeSender

__all__ = [
    "Reports",
]


class Reports(TurnOwner, ReplyOwner):
    """The owner of all turns and replies of a session."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rules = engine.rules
        self._clock = engine.clock

    # Reports of a turn.

    def turn_fed(self) -> None:
        """The microphone has a frame to send."""
        self._engine.apply([WakeSender()])

    def turn_input_ended(self, turn: Turn) -> None:
        """The stream of the microphone has ended."""
        self._engine.apply(self._rules.end_input(turn.state, self._clock()))

    def turn_awaited(self, turn: Turn) -> None:
        """Speech-to-text has returned."""
        self._engine.apply(self._rules.expect_claim(turn.state, self._clock()))

    def turn_claimed(self, turn: Turn) -> None:
        """A caller waits for the reply."""
        has_handler = turn.handler is not None
        self._engine.apply(self._rules.claim(turn.state, self._clock(), has_handler=has_handler))

    def turn_answered_locally(self, turn: Turn, language: str | None) -> None:
        """The home answers the turn itself."""
        self._engine.apply(self._rules.answer_locally(turn.state, language, self._clock()))

    def text_pushed(self, turn: Turn, text: str) -> None:
        """There is a text for the agent to speak, or more of it."""
        self._engine.apply(self._rules.push_text(turn.state, text, self._clock()))

    def text_ended(self, turn: Turn) -> None:
        """The text is complete."""
        self._engine.apply(self._rules.end_text(turn.state, self._clock()))

    def turn_cancelled(self, turn: Turn) -> None:
        """The turn was cancelled."""
        self._engine.apply(self._rules.cancel(turn.state, self._clock()))

    def turn_failed(self, turn: Turn, error: AgentError) -> None:
        """The user's side has failed."""
        self._engine.apply(self._rules.fail(turn.state, error, self._clock()))

    # Reports of a reply.

    def listener_expected(self, reply: Reply) -> None:
        """A listener must come soon."""
        self._engine.apply(self._rules.expect_listener(reply.state, self._clock()))

    def listener_came(self, reply: Reply) -> None:
        """A listener has come."""
        self._engine.apply(self._rules.listener_came(reply.state, self._clock()))

    def audio_handed(self, reply: Reply, size: int, *, is_silence: bool) -> None:
        """Bytes were delivered to the listener."""
        now = self._clock()
        self._engine.apply(self._rules.audio_handed(reply.state, size, now, is_silence=is_silence))

    def audio_heard(self, reply: Reply, seconds: float) -> None:
        """The listener reports how much was heard."""
        self._engine.apply(self._rules.audio_heard(reply.state, seconds, self._clock()))

    def listener_left(self, reply: Reply) -> None:
        """The listener has left."""
        self._engine.apply(self._rules.listener_left(reply.state, self._clock()))

    def reply_dropped(self, reply: Reply) -> None:
        """The reply was dropped by the caller."""
        self._engine.apply(self._rules.drop(reply.state, self._clock()))
