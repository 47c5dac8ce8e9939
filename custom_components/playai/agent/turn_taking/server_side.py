"""Inputs from the connection."""

from typing import Final

from ..errors import AgentError, ErrorKind
from ..messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentInterrupted,
    AgentMessage,
    AgentTranscript,
    Ask,
    AudioStreamEnd,
    Cancel,
    ErrorMessage,
    Hangup,
    HomeLinkMessage,
    Init,
    Message,
    NewAudioStream,
    PartialTranscript,
    ToolCall,
    UserTranscript,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from .effects import CloseConnection, Effect
from .rules import Rules
from .state import ReplyState

_LONGEST_NAME: Final = 40


class ServerSide(Rules):
    """The connection, the messages of the server, and its audio."""

    def frame_sent(self, now: float) -> list[Effect]:
        """A frame of the user's voice was sent."""
        self._listening.frame_sent(now)
        return self._conversation.take_effects()

    def connection_opened(self, now: float, *, has_home: bool = False) -> list[Effect]:
        """A connection is open and the setup was sent; `has_home` if it has the home link."""
        self._connecting.opened(now, has_home=has_home)
        self._texts.send(now)
        return self._conversation.take_effects()

    def connection_lost(self, error: AgentError, now: float) -> list[Effect]:
        """There is no connection; a turn may want another one (rules 1 and 10)."""
        if not self.is_closed:
            self._connecting.lost(error, now)
        return self._conversation.take_effects()

    def connection_failed(self, error: AgentError, now: float) -> list[Effect]:
        """The connection is lost, and no other one may be opened."""
        if not self.is_closed:
            self._connecting.failed(error, now)
        return self._conversation.take_effects()

    def room_made(self, now: float, *, has_room: bool) -> list[Effect]:
        """The owner of the sessions has made room for a connection, or could not (rule 10)."""
        if not self.is_closed:
            self._connecting.room_made(now, has_room=has_room)
        return self._conversation.take_effects()

    def receive(self, message: Message, now: float) -> list[Effect]:
        """The server has sent a message other than audio."""
        if not self.is_closed:
            if not isinstance(message, ErrorMessage):
                self._connecting.accepted()
            if not isinstance(message, HomeLinkMessage):
                self._receive(message, now)
            elif self._conversation.has_home:
                self._receive_home(message, now)
            self._texts.send(now)
        return self._conversation.take_effects()

    def _receive(self, message: Message, now: float) -> None:
        match message:
            case Init():
                self._note_edition()
            case VoiceActivityStart():
                self._live.speech_starts(now)
                self._listening.speech_started(now)
            case VoiceActivityEnd():
                self._listening.speech_ended(now)
            case NewAudioStream():
                self._live.stream_starts(now)
                self._streams.started(now)
            case AudioStreamEnd() | AgentInterrupted():
                self._live.stream_ends()
                self._streams.ended(message, now)
            case UserTranscript(text):
                self._listening.words(text, now)
            case AgentTranscript(text):
                self._live.agent_words(text)
                self._streams.agent_words(text)
            case AgentGreeting(text):
                self._live.agent_words(text or "")
                self._streams.mark_greeting(begins=True)
            case AgentGreetingEnd():
                self._streams.mark_greeting(begins=False)
            case Hangup(ended_by):
                who = (ended_by or "the server")[:_LONGEST_NAME]
                error = AgentError(ErrorKind.AGENT_HUNG_UP, f"hung up by {who}")
                self._conversation.add(CloseConnection(error))
            case ErrorMessage(code, text, is_fatal):
                error = AgentError.from_code(code, text, is_fatal)
                self._connecting.error_received(error, now)

    def _receive_home(self, message: HomeLinkMessage, now: float) -> None:
        match message:
            case AgentMessage(agent):
                self._conversation.traits.features = agent
            case Ask() | ToolCall():
                self._calls.received(message, now)
            case PartialTranscript(text):
                self._listening.partial_words(text)
            case Cancel(call_id):
                self._calls.cancelled(call_id, now)

    def _note_edition(self) -> None:
        """Expect the other messages of later editions from a server that sends `init`.

        Without this, silence in the first turn would look like a server that sends no voice
        activity, and a first reply that pauses would be cut off.
        """
        settings, traits = self._conversation.settings, self._conversation.traits
        if settings.enable_vad and traits.sends_voice_activity is None:
            traits.sends_voice_activity = True
        if traits.marks_stream_end is None:
            traits.marks_stream_end = True

    def audio_arrived(self, size: int, now: float) -> list[Effect]:
        """Bytes of a stream have arrived, not decoded yet."""
        if not self.is_closed:
            self._connecting.accepted()
            self._streams.audio_arrived(size, now)
        return self._conversation.take_effects()

    def audio_decoded(self, reply: ReplyState, size: int, rate: int, now: float) -> list[Effect]:
        """Bytes of PCM were decoded and queued for the listener, see `takes_audio`."""
        if self.turn is not None and self.turn.stream is reply:
            self._playout.decoded(self.turn, reply, size, rate, now)
        return self._conversation.take_effects()

    def decoding_failed(self, error: AgentError, now: float) -> list[Effect]:
        """The audio that arrives cannot be decoded."""
        self._conversation.drop_stream()
        self._playout.fail(error, now)
        return self._conversation.take_effects()
