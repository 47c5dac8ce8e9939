"""Maps the events of a conversation to the messages of the client's edition."""

import logging
from typing import Final

from ..conversation import events
from ..conversation.events import Event, Fault
from . import protocol
from .connection import Client
from .protocol import ErrorCode, ServerMessage

_LOGGER = logging.getLogger(__name__)

_CODES: Final = {
    Fault.SPEECH_TO_TEXT: ErrorCode.EARS_FAILED,
    Fault.BRAIN: ErrorCode.BRAIN_FAILED,
    Fault.TEXT_TO_SPEECH: ErrorCode.VOICE_FAILED,
    Fault.TURN: ErrorCode.TURN_FAILED,
}


class Outbound:
    """Sends the events of one conversation to its client."""

    def __init__(self, client: Client, *, enable_vad: bool) -> None:
        """`enable_vad`: whether the client wants to know when the user speaks."""
        self._client = client
        self._enable_vad = enable_vad

    async def emit(self, event: Event) -> None:
        """Send and log an event; raises `ClientGoneError`."""
        match event:
            case events.Failed():
                await self._fail(event)
                return
            case events.SpeechStarted() | events.SpeechEnded() if not self._enable_vad:
                return
            case events.ReplyEnded(is_cut_off=True):
                self._client.log(logging.WARNING, "a reply is cut off, because it is too long")
        await self._client.send(_message(event))

    async def _fail(self, failed: events.Failed) -> None:
        code = _CODES[failed.fault]
        if failed.is_expected:
            self._client.log(logging.WARNING, f"error {code}: {failed.error}")
        else:
            _LOGGER.warning("Error %d: %s", code, failed.error, exc_info=failed.error)
        await self._client.send_error(code, is_fatal=False)


def _message(event: Event) -> ServerMessage:  # noqa: PLR0911 (one for each event)
    match event:
        case events.SpeechStarted():
            return protocol.VOICE_ACTIVITY_START
        case events.SpeechEnded():
            return protocol.VOICE_ACTIVITY_END
        case events.UserSaid(text):
            return protocol.user_transcript(text)
        case events.GreetingStarted(text):
            return protocol.agent_greeting(text)
        case events.GreetingEnded():
            return protocol.GREETING_END
        case events.AgentSaid(text):
            return protocol.agent_transcript(text)
        case events.ReplyStarted():
            return protocol.NEW_AUDIO_STREAM
        case events.ReplyAudio(data):
            return protocol.audio_stream(data)
        case events.ReplyEnded():
            return protocol.AUDIO_STREAM_END
        case events.Interrupted(heard):
            return protocol.agent_interrupted(heard)
        case _:
            raise TypeError(event)
