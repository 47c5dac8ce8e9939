"""A live call: the microphone stays open, and the server finds the turns (rule 14)."""

import logging

from ..home import Feature
from ..live_microphone import LiveMicrophone, LiveTurnMicrophone
from ..messages import Hold
from ..microphone import SILENT_FRAME, Microphone
from ..words import Transcript
from .connecting import Connecting
from .conversation import Conversation
from .effects import TurnBegan
from .phases import Limit, Link
from .playout import Playout
from .state import TurnState

_LOGGER = logging.getLogger(__name__)


class Live:
    """The rules that a live call has in addition; without a call they do nothing."""

    def __init__(
        self, conversation: Conversation, playout: Playout, connecting: Connecting
    ) -> None:
        self._conversation = conversation
        self._playout = playout
        self._connecting = connecting
        self._words = Transcript()
        """The agent's words that arrived without a turn, before their audio."""

    # The user's side.

    def begin(self, microphone: LiveMicrophone, now: float) -> None:
        """Open the connection, and listen from now on."""
        conversation = self._conversation
        conversation.microphone = microphone
        self._connecting.turn_started(now)
        self.keep_awake(now + conversation.timings.connect)

    def keep_awake(self, now: float) -> None:
        """Restart the idle time; without a connection the call ends in any case."""
        conversation = self._conversation
        is_lost = conversation.is_closed or conversation.link is Link.CLOSED
        if conversation.turn is None and not is_lost:
            conversation.start(Limit.IDLE, now + conversation.settings.idle_timeout)

    def interrupt(self, now: float) -> None:
        """Drop the turn and its reply; the server need not speak anymore."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None:
            return
        is_playing = turn.reply is not None and not turn.reply.is_over
        is_complete = turn.reply is not None and turn.reply.is_complete
        self._playout.cancel(now)
        if is_playing:  # After the report of the position that was heard.
            conversation.mark_handled(turn)
        if turn.has_stream and turn.has_microphone and not (is_complete or conversation.has_home):
            # The server does not know, and may send the rest of the answer.
            conversation.unanswered_until = now + conversation.timings.stale_reply

    def next_frame(self, microphone: LiveMicrophone) -> bytes | None:
        """Return the next frame for the server; silence while a cancelled turn is flushed."""
        frame = microphone.next_frame()
        is_flushing = self._conversation.is_flushing
        return SILENT_FRAME if frame is not None and is_flushing else frame

    def next_hold(self, microphone: LiveMicrophone) -> Hold | None:
        """Return a change of the button to send before the next frame, None without one.

        While a cancelled turn is flushed, the button counts as released, so that the turn ends.
        """
        conversation = self._conversation
        features = conversation.traits.features
        if not conversation.has_home or features is None or Feature.HOLD not in features.features:
            return None
        is_held = microphone.is_held and not conversation.is_flushing
        if is_held is conversation.is_held:
            return None
        conversation.is_held = is_held
        return Hold(is_held)

    # The server's side.

    def speech_starts(self, now: float) -> None:
        """S: a turn begins, unless one is open. It interrupts the reply to an earlier turn."""
        conversation = self._conversation
        if conversation.microphone is None or conversation.is_flushing:
            return
        turn = conversation.turn
        if turn is not None and turn.is_open and turn.has_microphone:
            return
        if turn is not None:
            # The server has interrupted itself, and knows which turn the words belong to. Only
            # a text of which it expects more must be ended.
            turn.is_handled = not turn.has_open_text
            self._playout.cancel(now)
        self._words = Transcript()
        self._begin(
            TurnState(
                LiveTurnMicrophone(conversation.microphone),
                agent_ends=True,
                awaits_transcript=True,
                owes_stale_reply=False,
                follows_wordless=conversation.lacks_words,
            ),
        )
        longest = conversation.timings.speech + conversation.timings.connect
        conversation.start(Limit.SPEECH, now + longest)

    def stream_starts(self, now: float) -> None:
        """N: without a turn the agent speaks first; this reply belongs to a turn without words."""
        conversation = self._conversation
        if conversation.microphone is None or conversation.turn is not None:
            return
        if conversation.is_flushing or now < conversation.unanswered_until:
            self._words = Transcript()  # The stream answers a turn that was cancelled.
            return
        _LOGGER.debug("The agent speaks without having been asked")
        turn = TurnState(
            Microphone(),
            agent_ends=False,
            awaits_transcript=False,
            owes_stale_reply=False,
            has_microphone=False,
            has_sent_text=True,
            is_unprompted=True,
            ended_at=now,
            agent_words=self._words,
        )
        self._words = Transcript()
        self._begin(turn)

    def stream_ends(self) -> None:
        """AE: without a turn, the words so far were those of a stream that nobody heard."""
        if self._conversation.turn is None:
            self._words = Transcript()

    def agent_words(self, text: str) -> None:
        """The agent's words without a turn: they come before their audio."""
        if self._conversation.turn is None:
            self._words.add(text)

    def _begin(self, turn: TurnState) -> None:
        conversation = self._conversation
        conversation.unanswered_until = 0.0
        conversation.turn = turn
        self._connecting.report_again()
        conversation.stop(Limit.IDLE)
        conversation.add(TurnBegan(turn))
