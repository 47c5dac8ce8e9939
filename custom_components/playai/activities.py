"""What happens in the conversations with an agent."""

from enum import StrEnum


class Activity(StrEnum):
    """An event type of the activity entity, in the order of a conversation."""

    SESSION_STARTED = "session_started"
    VOICE_ACTIVITY_STARTED = "voice_activity_started"
    VOICE_ACTIVITY_ENDED = "voice_activity_ended"
    REPLY_STARTED = "reply_started"
    REPLY_FINISHED = "reply_finished"
    REPLY_INTERRUPTED = "reply_interrupted"
    ERROR = "error"
    SESSION_ENDED = "session_ended"
