"""Where a conversation is: its phase, the limits that run, the state of its connection."""

from enum import StrEnum


class Phase(StrEnum):
    """Where a conversation is."""

    IDLE = "idle"
    """No turn."""

    FLUSHING = "flushing"
    """Silence ends a cancelled turn. The audio of a new turn waits."""

    LISTENING = "listening"
    """The user speaks, or is expected to."""

    MAYBE_OVER = "maybe_over"
    """The user has finished, but may continue, or the transcript is awaited."""

    WAITING = "waiting"
    """The user has finished. The reply has not begun."""

    REPLYING = "replying"
    """Audio of the reply is arriving."""

    PLAYING_OUT = "playing_out"
    """The reply is complete and still plays."""


class Limit(StrEnum):
    """The limit that a deadline enforces."""

    ACCEPT = "accept"
    IDLE = "idle"
    FLUSH = "flush"
    SPEECH = "speech"
    NO_SPEECH = "no_speech"
    NO_END = "no_end"
    CLOSE_TURN = "close_turn"
    NO_REPLY = "no_reply"
    EMPTY_REPLY = "empty_reply"
    TURN_CLAIM = "turn_claim"
    HOME_CALL = "home_call"
    FEATURES = "features"
    REPLY_COMPLETE = "reply_complete"
    REPLY_OVER = "reply_over"
    REPLY_CLAIM = "reply_claim"
    REPLY_LENGTH = "reply_length"


class Link(StrEnum):
    """The state of the connection."""

    CLOSED = "closed"
    OPENING = "opening"
    MAKING_ROOM = "making_room"
    OPEN = "open"
