"""The rules together, and the state of the conversation for its owner."""

from collections.abc import Callable

from ..events import Status
from ..home import AgentFeatures, HomeOffer
from ..messages import Hold
from ..microphone import SILENT_FRAME
from ..settings import AgentSettings, ServerTraits, Timings
from .calls import Calls
from .connecting import Connecting
from .conversation import Conversation
from .effects import Effect
from .listening import Listening
from .live import Live
from .phases import Limit, Link, Phase
from .playout import Playout
from .state import ReplyState, TurnState
from .streams import Streams
from .texts import Texts


class Rules:
    """One conversation: at most one turn at a time, over one connection at a time."""

    def __init__(
        self,
        settings: AgentSettings,
        traits: ServerTraits,
        timings: Timings,
        *,
        can_make_room: bool,
        offer: HomeOffer | None = None,
    ) -> None:
        self._conversation = conversation = Conversation(settings, traits, timings, offer)
        self._playout = playout = Playout(conversation)
        self._listening = listening = Listening(conversation)
        self._streams = streams = Streams(conversation, listening, playout)
        self._connecting = connecting = Connecting(
            conversation, playout, streams, can_make_room=can_make_room
        )
        self._calls = calls = Calls(conversation, listening, playout)
        self._texts = texts = Texts(conversation, playout)
        self._live = Live(conversation, playout, connecting)
        self._handlers: dict[Limit, Callable[[float], None]] = {
            Limit.ACCEPT: lambda _: connecting.accepted(),
            Limit.IDLE: connecting.end,
            Limit.FLUSH: self._flushed,
            Limit.SPEECH: listening.end_input,
            Limit.NO_SPEECH: listening.no_speech,
            Limit.NO_END: listening.no_end,
            Limit.CLOSE_TURN: listening.no_words,
            Limit.NO_REPLY: playout.no_reply,
            Limit.EMPTY_REPLY: playout.empty_reply,
            Limit.TURN_CLAIM: playout.unclaimed,
            Limit.HOME_CALL: calls.check_limits,
            Limit.FEATURES: texts.refused,
            Limit.REPLY_COMPLETE: playout.check_complete,
            Limit.REPLY_OVER: playout.check_over,
            Limit.REPLY_CLAIM: playout.drop,
            Limit.REPLY_LENGTH: playout.too_long,
        }

    @property
    def turn(self) -> TurnState | None:
        """The turn that is open, or whose reply is not over."""
        return self._conversation.turn

    @property
    def link(self) -> Link:
        """The state of the connection."""
        return self._conversation.link

    @property
    def phase(self) -> Phase:
        """Where the conversation is."""
        return self._conversation.phase

    @property
    def status(self) -> Status:
        """The status of the conversation, for its owner."""
        return self._conversation.status

    @property
    def is_hearing(self) -> bool:
        """Whether the server hears the user speak."""
        return self._conversation.voice_active

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended."""
        return self._conversation.is_closed

    @property
    def deadline(self) -> float | None:
        """When `time_passed` must be called next, None while no limit runs."""
        return min(self._conversation.deadlines.values(), default=None)

    @property
    def limits(self) -> dict[Limit, float]:
        """The limits that run, and when each of them is reached."""
        return dict(self._conversation.deadlines)

    @property
    def features(self) -> AgentFeatures | None:
        """The server's features over the home link; None without one, or before they are known."""
        return self._conversation.traits.features if self.offers_home else None

    @property
    def offers_home(self) -> bool:
        """Whether the next connection offers the home link."""
        return self._conversation.offer is not None

    def connect_seconds(self, now: float) -> float:
        """Return how long opening a connection may take (rule 8)."""
        return self._connecting.connect_until - now

    def takes_audio(self, reply: ReplyState) -> bool:
        """Whether decoded audio of a reply is still wanted."""
        return self.turn is not None and self.turn.stream is reply

    def next_frame(self) -> tuple[bytes | None, bool]:
        """Return the frame to send now, and whether it is the user's voice (rules 2, 4 and 7)."""
        if (live := self._conversation.microphone) is not None:
            return self._live.next_frame(live), True
        if self._conversation.is_flushing:
            return SILENT_FRAME, False
        if self.turn is None or not self.turn.has_microphone:
            return None, False
        microphone = self.turn.microphone
        frame = microphone.next_frame()
        if frame is not None:
            return frame, True
        return (SILENT_FRAME if microphone.ended else None), False

    def next_hold(self) -> Hold | None:
        """Return a message that must be sent before the next frame, if there is one (rule 16)."""
        live = self._conversation.microphone
        return None if live is None else self._live.next_hold(live)

    def time_passed(self, now: float) -> list[Effect]:
        """Handle every deadline that is due, the earliest first."""
        deadlines = self._conversation.deadlines
        while due := [(when, limit) for limit, when in deadlines.items() if when <= now]:
            _, limit = min(due)
            del deadlines[limit]
            self._handlers[limit](now)
        return self._conversation.take_effects()

    def _flushed(self, now: float) -> None:
        self._conversation.flushed()
        self._texts.send(now)
