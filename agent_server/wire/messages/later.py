"""The messages of later editions of the document."""

from typing import Final

from . import Edition, ServerMessage

AUDIO_STREAM_END: Final = ServerMessage("audioStreamEnd", edition=Edition.LATER)
GREETING_END: Final = ServerMessage("onAgentGreetingEnd", edition=Edition.LATER)


def init(conversation_id: str) -> ServerMessage:
    """The setup was accepted."""
    return _later("init", conversationId=conversation_id)


def user_transcript(words: str) -> ServerMessage:
    """The transcript of the user's turn."""
    return _later("onUserTranscript", message=words)


def agent_transcript(words: str) -> ServerMessage:
    """A sentence that the agent says now."""
    return _later("onAgentTranscript", message=words)


def agent_greeting(words: str) -> ServerMessage:
    """The next stream is the greeting, which answers nothing."""
    return _later("onAgentGreeting", message=words)


def agent_interrupted(heard: str) -> ServerMessage:
    """The reply was cut off after these words."""
    return _later("onAgentInterrupted", updatedMessage=heard)


def hangup(ended_by: str) -> ServerMessage:
    """The conversation is over; ended by user, agent, error or system."""
    return _later("hangup", endedBy=ended_by)


def _later(kind: str, **fields: str) -> ServerMessage:
    return ServerMessage(kind, dict(fields), Edition.LATER)
