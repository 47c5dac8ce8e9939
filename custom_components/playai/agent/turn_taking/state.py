"""The state of a turn and of its reply."""

from dataclasses import dataclass, field
from typing import Final

from ..errors import AgentError
from ..messages import Ask, Message, ToolCall
from ..microphone import Microphone
from ..words import MAX_SPOKEN_CHARACTERS, Transcript

__all__ = ["SAMPLE_BYTES", "CallState", "ReplyState", "TurnState"]

SAMPLE_BYTES: Final = 2


@dataclass(slots=True, eq=False)
class ReplyState:
    """The state of a reply. Times are those of the caller's clock."""

    rate: int = 0
    """Samples per second; 0 until the first audio."""

    response_time: float = 0.0
    """Seconds from the end of the user's turn to the first audio."""

    error: AgentError | None = None
    transcript: Transcript = field(default_factory=Transcript)
    is_complete: bool = False
    is_over: bool = False
    was_interrupted: bool = False
    is_marked: bool = False
    """Whether the server has said that all audio was sent."""

    is_claimed: bool = False
    has_listener: bool = False
    received_bytes: int = 0
    queued_bytes: int = 0
    received_until: float = 0.0
    """When all audio that was received has had time to play."""

    played_until: float = 0.0
    """When all audio that was handed to the listener has had time to play."""

    handed_at: float = 0.0
    handed_seconds: float = 0.0
    silent_seconds: float = 0.0
    """The part of `handed_seconds` that fills pauses of the current stream."""

    stream: int = 0
    """The number of its stream in the session; 0 if the server does not announce streams."""

    stream_at: float = 0.0
    """The seconds that were handed to the listener before its stream."""

    reported: tuple[int, bool] | None = None
    """The server's knowledge of it: the position in milliseconds, and whether it has stopped."""

    reported_at: float = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether any audio was decoded."""
        return self.rate > 0

    @property
    def was_heard(self) -> bool:
        """Whether a listener got any audio."""
        return self.handed_seconds > 0

    def seconds(self, size: int) -> float:
        """Return the duration of `size` bytes of audio."""
        return size / SAMPLE_BYTES / self.rate

    def heard(self, seconds: float, now: float) -> None:
        """Use the position that the listener reports."""
        self.played_until = now + self.handed_seconds - min(seconds, self.handed_seconds)

    def played_seconds(self, now: float) -> float:
        """Return the seconds of the audio handed to the listener that had time to play."""
        return max(0.0, self.handed_seconds - max(0.0, self.played_until - now))

    def begin_stream(self, number: int) -> None:
        """Continue with another stream."""
        self.stream = number
        self.stream_at = self.handed_seconds
        self.silent_seconds = 0.0
        self.reported = None

    def position(self, now: float) -> int:
        """Return the milliseconds of its stream that were heard."""
        seconds = self.played_seconds(now) - self.stream_at - self.silent_seconds
        return round(max(0.0, seconds) * 1000)


@dataclass(slots=True, eq=False)
class CallState:
    """The state of an `ask` or a `toolCall`."""

    message: Ask | ToolCall
    until: float
    """When it must be claimed, or must have made progress."""

    is_running: bool = False
    sent_characters: int = 0
    """Characters of the answer, or of the words before the result, that were sent."""


@dataclass(slots=True, eq=False)
class TurnState:
    """The state of a turn of the user."""

    microphone: Microphone
    agent_ends: bool
    """Whether the server, if it sends voice activity, finds the end of the turn."""

    awaits_transcript: bool
    owes_stale_reply: bool
    """Whether the server may still send the reply to the cancelled turn before this one."""

    stale_reply_until: float = 0.0
    """Until when that reply may arrive."""

    follows_wordless: bool = False
    """Whether the server may still send the words of the turn before this one."""

    has_microphone: bool = True
    """False for a typed turn, and for a text of the home that the agent speaks."""

    is_unprompted: bool = False
    """Whether the agent speaks first: a greeting, or words that nobody has asked for (rule 14)."""

    is_local: bool = False
    """Whether the home answers with texts that the agent speaks."""

    language: str | None = None
    """The language of these texts."""

    unsent: list[Message] = field(default_factory=list)
    """Texts that wait for a connection."""

    text_until: float = 0.0
    """When more text of the home must have come."""

    pushed_characters: int = 0
    has_sent_text: bool = False
    has_ended_text: bool = False

    calls: dict[str, CallState] = field(default_factory=dict)
    """The calls of the server that are waiting or running, by their ids."""

    used_ids: set[str] = field(default_factory=set)
    """The ids of all calls that were accepted."""

    was_asked: bool = False
    tool_calls: int = 0
    progress_at: float = 0.0
    """When the home last worked on the answer."""

    has_handler: bool = False
    """Whether the caller that waits for the reply answers calls."""

    is_handled: bool = False
    """Whether the server was told to drop the turn."""

    words: Transcript = field(default_factory=lambda: Transcript(MAX_SPOKEN_CHARACTERS))
    """The user's words."""

    agent_words: Transcript = field(default_factory=Transcript)
    """The agent's words that arrive before its audio."""

    heard_speech: bool = False
    is_speaking: bool = False
    has_heard_end: bool = False
    has_stray_end: bool = False
    """Whether the server sent an E without any S."""

    heard_no_words: bool = False
    """Whether the server sent an empty transcript: it heard a noise."""

    heard_nothing: bool = False
    """Whether no start of speech came in time."""

    has_stream: bool = False
    stream_bytes: int = 0
    ended_at: float | None = None
    is_open: bool = True
    """Whether the user may still speak."""

    is_over: bool = False
    is_silent: bool = False
    """Whether nothing was said, or the turn was cancelled."""

    nobody_spoke: bool = False
    is_claimed: bool = False
    was_unclaimed: bool = False
    """Whether it ended before its reply, because nobody claimed the turn in time."""

    is_unanswered: bool = False
    """Whether it ended before its reply, which the server may still send."""

    error: AgentError | None = None
    stream: ReplyState | None = None
    """The reply since its stream began, see `reply`."""

    @property
    def reply(self) -> ReplyState | None:
        """The reply, once any of its audio was decoded."""
        return self.stream if self.stream is not None and self.stream.has_begun else None

    @property
    def heard_any_end(self) -> bool:
        """Whether the server has sent any E, even without an S."""
        return self.has_heard_end or self.has_stray_end

    @property
    def heard_end(self) -> bool:
        """Whether all speech that the server reported has ended."""
        return self.has_heard_end and not self.is_speaking

    @property
    def is_unclaimed(self) -> bool:
        """Whether speech-to-text has returned and nobody has asked for the reply."""
        return not self.is_open and not self.is_claimed

    @property
    def home_until(self) -> float:
        """When the home must have made progress, 0 if it does not work on the answer."""
        limits = [call.until for call in self.calls.values()]
        if self.is_local and not self.has_ended_text:
            limits.append(self.text_until)
        return max(limits, default=0.0)

    @property
    def awaits_text(self) -> bool:
        """Whether the server answers only after it got a text."""
        return self.is_local or not self.has_microphone

    @property
    def has_open_text(self) -> bool:
        """Whether the server expects more of the text that it speaks."""
        return self.is_local and self.has_sent_text and not self.has_ended_text

    @property
    def is_wordless(self) -> bool:
        """Whether the user has finished, and the server has not sent the words yet."""
        has_spoken = self.ended_at is not None and not self.nobody_spoke
        return has_spoken and not self.words.text and not self.heard_no_words

    @property
    def had_effects(self) -> bool:
        """Whether the home was called, or a text was sent: neither must happen twice."""
        return bool(self.used_ids) or self.has_sent_text

    @property
    def may_be_sent_again(self) -> bool:
        """Whether the user's audio can still be sent over another connection, without harm."""
        if self.had_effects:
            return False
        return self.is_open or not self.microphone.drained or bool(self.unsent)

    @property
    def belongs_to_cancelled(self) -> bool:
        """Whether the server's messages are still about the cancelled turn before this one.

        Nothing of this turn was sent then: its audio waits for the end of the old one.
        """
        return self.owes_stale_reply and not self.microphone.was_read

    def restart(self) -> None:
        """Begin again on a new connection, with everything the user said (rule 1)."""
        self.microphone.rewind()
        self.heard_speech = self.is_speaking = self.has_heard_end = self.has_stray_end = False
        self.heard_no_words = self.owes_stale_reply = self.has_stream = False
        self.follows_wordless = False
        self.stream = None
        self.agent_words = Transcript()
        self.stream_bytes = 0
        if self.is_open:
            self.words = Transcript(MAX_SPOKEN_CHARACTERS)
            if self.agent_ends:
                self.ended_at = None
