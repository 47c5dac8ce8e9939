"""Maps the events of a conversation to the messages of the client's edition."""

import logging
from typing import Final

from ..conversation import events
from ..conversation.events import Event, Fault
from ..errors import EngineError
from ..metrics import ConversationMetrics
from .connection import Client
from .messages import Edition, ServerMessage, document, home, later
from .messages.errors import ErrorCode

_LOGGER = logging.getLogger(__name__)

_CODES: Final = {
    Fault.SPEECH_TO_TEXT: ErrorCode.SPEECH_TO_TEXT_FAILED,
    Fault.BRAIN: ErrorCode.BRAIN_FAILED,
    Fault.TEXT_TO_SPEECH: ErrorCode.TEXT_TO_SPEECH_FAILED,
    Fault.TURN: ErrorCode.TURN_FAILED,
}


class Outbound:
    """Sends to one client, and only messages that its edition has."""

    def __init__(self, client: Client, edition: Edition, metrics: ConversationMetrics) -> None:
        self.client = client
        self.edition = edition
        self.metrics = metrics
        self.enable_vad = False
        """Whether the client wants to know when the user speaks."""

    async def send(self, message: ServerMessage) -> None:
        """Send a message unless it is of a later edition; raises `ClientGoneError`."""
        if message.edition <= self.edition:
            await self.client.send(message)

    async def send_error(self, code: ErrorCode, detail: str = "", *, is_fatal: bool) -> None:
        """Send an error message; raises `ClientGoneError`."""
        self.metrics.failed(code)
        document_only = self.edition is Edition.DOCUMENT
        await self.send(
            document.error(code, detail, is_fatal=is_fatal, document_only=document_only)
        )

    async def emit(self, event: Event) -> None:
        """Send, log and measure an event; raises `ClientGoneError`."""
        self.metrics.happened(event)
        match event:
            case events.Failed():
                await self._fail(event)
                return
            case events.SpeechStarted() | events.SpeechEnded() if not self.enable_vad:
                return
            case events.NothingSaid():
                await self.send(home.no_words())
                return
            case events.ReplyEnded(is_cut_off=True):
                self.client.log(logging.WARNING, "a reply is cut off, because it is too long")
        await self.send(_message(event))

    async def _fail(self, failed: events.Failed) -> None:
        code = _CODES[failed.fault]
        cause = failed.error.__cause__
        if isinstance(cause, EngineError) and cause.is_logged:
            _LOGGER.debug("Error %d: %s", code, failed.error)
        elif failed.is_expected:
            self.client.log(logging.WARNING, f"error {code}: {failed.error}")
        else:
            _LOGGER.warning("Error %d: %s", code, failed.error, exc_info=failed.error)
        await self.send_error(code, is_fatal=False)


def _message(event: Event) -> ServerMessage:  # noqa: PLR0911 (one case for each event)
    match event:
        case events.SpeechStarted():
            return document.VOICE_ACTIVITY_START
        case events.SpeechEnded():
            return document.VOICE_ACTIVITY_END
        case events.UserSaid(text, final=False):
            # Clients treat the first transcript of the later editions as the whole turn.
            return home.partial_transcript(text)
        case events.UserSaid(text):
            return later.user_transcript(text)
        case events.GreetingStarted(text):
            return later.agent_greeting(text)
        case events.GreetingEnded():
            return later.GREETING_END
        case events.AgentSaid(text):
            return later.agent_transcript(text)
        case events.ReplyStarted():
            return document.NEW_AUDIO_STREAM
        case events.ReplyAudio(data):
            return document.audio_stream(data)
        case events.ReplyEnded():
            return later.AUDIO_STREAM_END
        case events.Interrupted(heard):
            return later.agent_interrupted(heard)
        case events.HomeAsked(call_id, text):
            return home.ask(call_id, text)
        case events.ToolCalled(call_id, name, arguments):
            return home.tool_call(call_id, name, arguments)
        case events.CallCancelled(call_id):
            return home.cancel(call_id)
        case _:
            raise TypeError(event)
