"""One time the user speaks: fed with audio, it finds its own end and gets one reply.

The rules numbered here are those of turn-taking, see `session.py`.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final, Protocol

from .connection import CONNECT_TIMEOUT
from .errors import AgentError, ErrorKind
from .microphone import MAX_SECONDS, Microphone
from .reply import CLAIM_SECONDS, STREAM_END_GRACE, Reply
from .settings import AgentSettings, EndOfTurn, ServerTraits
from .timer import Timer
from .words import Transcript

_LOGGER = logging.getLogger(__name__)

GOES_ON_SECONDS: Final = 0.8
"""Seconds after the end of speech in which the user may go on (rule 3)."""

WORDS_SECONDS: Final = 3.0
"""Seconds to wait for the transcript when it is wanted (rule 3)."""

NO_END_SECONDS: Final = 3.0
"""Seconds after the end of the stream in which an end of speech may come (rule 3)."""

FLUSH_SECONDS: Final = 3.0
"""Seconds of silence after a cancelled turn, when no end of speech comes (rule 7)."""

SILENCE_SECONDS: Final = 5.0
"""Seconds to wait for an answer after a stream as long as a silent one (rule 8)."""

NO_SPEECH_SECONDS: Final = 15.0
NO_REPLY_SECONDS: Final = 30.0
"""Limits of rule 8, from the first audio sent and from the end of the turn."""


_TOLERANCE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Speech:
    """What speech-to-text got from a turn; the reason of a failure is raised by `wait_reply`."""

    text: str
    """The user's words, empty when the server does not send them."""

    is_silent: bool = False
    """Whether nothing was said, or the turn was cancelled: no reply will come, no error."""


class TurnOwner(Protocol):
    """What a turn tells its session."""

    def microphone_changed(self) -> None:
        """Tell that there may be a frame to send."""

    def turn_heard(self, turn: Turn) -> None:
        """Tell that the microphone is closed: speech-to-text returns now."""

    def turn_over(self, turn: Turn, error: AgentError | None) -> None:
        """Tell that the turn gets no reply, or no more of it."""


class Turn:
    """A turn of the user; made by `Session.start_turn`.

        turn = session.start_turn()
        turn.feed(mulaw)                # while the user speaks
        turn.end_input()                # when the microphone's stream ends by itself
        speech = await turn.wait_end()  # speech-to-text
        reply = await turn.wait_reply() # conversation; raises AgentError
        async for pcm in reply.stream(): ...

    The user's turn *ends* by rule 3; it is *closed* when speech-to-text may return, which
    can be a little later because the user may go on.
    """

    def __init__(
        self,
        owner: TurnOwner,
        settings: AgentSettings,
        traits: ServerTraits,
        *,
        follows_cancelled: bool,
    ) -> None:
        self.microphone: Final = Microphone(owner.microphone_changed)
        self.reply: Reply | None = None
        self.error: AgentError | None = None
        self.is_over = False
        """Whether no reply, or no more of it, is to be expected."""

        self.heard_speech = False
        """Whether the server heard the user begin to speak in this turn."""

        self.nobody_spoke = False
        """Whether the turn ended because no speech was heard."""

        self.is_unanswered = False
        """Whether it was given up before its reply, which the server may still send."""

        self._owner = owner
        self._traits = traits
        self._wait_for_words = settings.wait_for_words
        self.agent_ends: Final = (
            settings.end_of_turn is EndOfTurn.AGENT
            and settings.enable_vad
            and traits.sends_voice_activity is not False
        )
        """Whether the server, if it sends voice activity, finds the end of the turn."""

        self._asks_for_activity = settings.enable_vad
        self._clock = asyncio.get_running_loop().time
        self.is_stale_stream_due = follows_cancelled
        """Whether a server may still owe the reply of a cancelled turn, which is not ours."""

        self._speaking = False
        self._heard_end = False
        self._heard_stray_end = False  # A server's E without any S.
        self._heard_no_words = False  # An empty transcript.
        self._heard_nothing = False  # No start of speech in time.
        self._has_stream = False
        self._stream_bytes = 0
        self._ended_at: float | None = None
        self._words = Transcript()
        self._agent_words = Transcript()  # Those that came before the audio.
        self._is_silent = False
        self._claimed = False
        self._closed = asyncio.Event()
        self._answered = asyncio.Event()
        self._close_timer = Timer(self._close)
        self._no_speech_timer = Timer(self._no_speech)
        self._no_end_timer = Timer(self._no_end)
        self._no_reply_timer = Timer(self._no_reply)
        self._empty_timer = Timer(self._no_reply)
        self._limit_timer = Timer(self.end_input)
        self._limit_timer.start(MAX_SECONDS + CONNECT_TIMEOUT)
        self._claim_timer = Timer(self.cancel)

    # What the listener's side calls.

    @property
    def is_open(self) -> bool:
        """Whether the user may still speak."""
        return not self._closed.is_set()

    @property
    def has_ended(self) -> bool:
        """Whether the user's turn has ended by rule 3, for now."""
        return self._ended_at is not None

    @property
    def heard_end(self) -> bool:
        """Whether the server has told the end of all speech it told of."""
        return self._heard_end and not self._speaking

    @property
    def flush_seconds(self) -> float:
        """How long silence must go on so that the server ends a turn that was given up."""
        if self.heard_end or self.nobody_spoke or self._has_stream or not self.microphone.was_read:
            return 0
        return FLUSH_SECONDS - (self.response_time() if self.has_ended else 0)

    @property
    def is_unclaimed(self) -> bool:
        """Whether speech-to-text has returned, and nobody waits for the reply so far."""
        return not self.is_open and not self._claimed

    @property
    def is_unsent(self) -> bool:
        """Whether there is audio that did not go out."""
        return not self.microphone.drained

    def feed(self, mulaw: bytes) -> None:
        """Take the user's voice: 16 kHz mono µ-law of any length; ignored when closed."""
        if self.is_open:
            self.microphone.feed(mulaw)
            if self.microphone.is_full:
                self.end_input()

    def end_input(self) -> None:
        """Tell that the microphone's stream has ended."""
        if self.microphone.ended:
            return
        self.microphone.end()
        if not self.is_open:
            return
        if self.agent_ends or self._may_be_silent():
            self._watch_for_end()
        else:
            self._end()
            self._close_or_wait_for_words()

    async def wait_end(self) -> Speech:
        """Wait until the user has finished; never raises. Cancelling it cancels the turn."""
        try:
            await self._closed.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if not self.is_over and not self._claimed:
            self._claim_timer.start(CLAIM_SECONDS)
        return Speech(self._words.text.rstrip(), self._is_silent)

    async def wait_reply(self) -> Reply:
        """Wait for the first audio of the reply, and claim it.

        Raises `AgentError` when there is none. Cancelling it cancels the turn. A claim
        within 5 s of `wait_end` keeps the turn (rule 11).
        """
        self._claimed = True
        self._claim_timer.stop()
        try:
            await self._answered.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if self.reply is None or self.error is not None:
            raise self.error or AgentError(ErrorKind.NO_REPLY, "the turn was dropped")
        return self.reply

    def cancel(self) -> None:
        """Give the turn up without an error; its reply is dropped (rules 7 and 11)."""
        if self.reply is not None:
            self.reply.drop()
        elif not self.is_over:
            _LOGGER.debug("A turn was given up")
            self._is_silent = True
            self.is_unanswered = not self._has_stream
            self._finish(None)

    # What the session calls.

    def audio_sent(self) -> None:
        """Tell that a frame of the microphone was sent."""
        if not self.is_open:
            # A long backlog goes out after the end: only then can the answer begin.
            is_late = not self.agent_ends and self._no_reply_timer.running
            if is_late and not self._has_stream:
                self._no_reply_timer.start(NO_REPLY_SECONDS)
            return
        if self.agent_ends and not self.heard_speech and not self._no_speech_timer.running:
            self._no_speech_timer.start(NO_SPEECH_SECONDS)
        self._watch_for_end()

    def restart(self) -> None:
        """Begin again on a new connection, with all that the user said (rule 1)."""
        self.microphone.rewind()
        self.heard_speech = self._speaking = self._heard_end = self._heard_stray_end = False
        self._heard_no_words = False
        self.is_stale_stream_due = self._has_stream = False
        self._agent_words = Transcript()
        self._stream_bytes = 0
        for timer in (self._no_speech_timer, self._no_end_timer, self._empty_timer):
            timer.stop()
        if self.is_open:
            self._words = Transcript()
        if self.is_open and self.agent_ends:
            self._ended_at = None
            self._close_timer.stop()

    def speech_started(self) -> None:
        """S: the user speaks, or goes on."""
        self.heard_speech = self._speaking = True
        self._heard_no_words = False
        self._no_speech_timer.stop()
        if not self.is_open or self._has_stream:
            return
        self._agent_words = Transcript()  # Of an answer that the server gives up now.
        if self.agent_ends:
            self._ended_at = None
            self._close_timer.stop()
            self._watch_for_end()
        elif self.microphone.ended and self._ended_at is None:
            self._no_end_timer.stop()
            self._end()
            self._close_or_wait_for_words()

    def speech_ended(self, *, has_start: bool) -> None:
        """E: the server has decided that the user is done.

        `has_start`: whether it follows an S, which may be one of the turn before.
        """
        was_speaking, self._speaking = self._speaking, False
        if was_speaking:
            self._heard_end = True
        elif not has_start:
            self._heard_stray_end = True
        if was_speaking and self.is_open and self.agent_ends:
            self._no_end_timer.stop()
            self._end()
            self._close_or_wait_for_words(GOES_ON_SECONDS)

    def words_heard(self, text: str) -> None:
        """Take the server's transcript of what the user said."""
        if not self.is_open or (self.is_stale_stream_due and not self.heard_speech):
            return
        self._words.add(text)
        heard_end = self._heard_end or self._heard_stray_end
        is_end = heard_end if self.agent_ends else self.microphone.ended
        if self._words.text and is_end and self._ended_at is None:
            self._end()
        if self._words.text and self._ended_at is not None:
            self._close()
        elif not self._words.text and (heard_end or self.microphone.ended):
            # The server heard a noise: no answer will come, unless it answers without words.
            self._heard_no_words = True
            self._close_timer.stop()
            if is_end:
                self._no_end_timer.start(NO_END_SECONDS)

    def stream_started(self, *, is_greeting: bool) -> bool:
        """N: return whether the stream is the reply to this turn (rules 3 and 5)."""
        if self.is_over or is_greeting:
            return False
        if self.is_stale_stream_due and not self.heard_end:
            self.drop_stale_stream()
            return False
        if self.is_open and self._ended_at is None:
            heard_end = self._heard_end or self._heard_stray_end or self._words.text
            if self.agent_ends and not heard_end:
                if self.microphone.drained:
                    self._learn_about_activity()
                elif self._traits.sends_voice_activity:
                    return False  # A greeting, or unprompted speech.
            self._end()
        self._has_stream = True
        self._stream_bytes = 0
        self._empty_timer.stop()
        if self.is_open:
            self._close_or_wait_for_words()
        return True

    def drop_stale_stream(self) -> None:
        """Note that the reply of the cancelled turn has come."""
        self.is_stale_stream_due = False

    def add_agent_words(self, text: str) -> None:
        """Keep the agent's words that come before its audio."""
        self._agent_words.add(text)

    def takes_bare_audio(self) -> bool:
        """Whether audio without a preceding N would be the reply (rule 5)."""
        return not self.is_over and (self.has_ended or self.microphone.drained)

    def takes_agent_words(self) -> bool:
        """Return whether the agent's words can belong to the answer to this turn."""
        return self.has_ended or self.heard_end or self.microphone.ended or bool(self._words.text)

    def audio_received(self, size: int) -> None:
        """Tell that bytes of the reply came which give no audio yet."""
        self._stream_bytes += size

    def stream_ended(self) -> None:
        """AE before any audio: the reply is empty, unless a new stream begins (rule 6)."""
        self._empty_timer.start(STREAM_END_GRACE)

    def reply_started(self, reply: Reply) -> None:
        """Tell that the first audio of the reply was decoded."""
        self.reply = reply
        reply.continue_words(self._agent_words)
        self._no_reply_timer.stop()
        self._empty_timer.stop()
        self._answered.set()

    def response_time(self) -> float:
        """Return the seconds since the user's turn ended."""
        return 0.0 if self._ended_at is None else self._clock() - self._ended_at

    def reply_over(self) -> None:
        """Tell that the reply was played, cut off or dropped."""
        self._finish(None)

    def fail(self, error: AgentError) -> None:
        """End the turn with an error, or its reply where it is (what came is played)."""
        if self.reply is not None:
            self.reply.complete(error)
        elif not self.is_over:
            self.error = error
            # A server that still hears the user may answer in spite of its error.
            is_heard = self._traits.sends_voice_activity is True and not self.heard_end
            may_answer = error.kind is ErrorKind.REPLACED or is_heard
            self.is_unanswered = may_answer and not self._has_stream
            self._finish(error)

    # How the turn ends.

    def _end(self) -> None:
        self._ended_at = self._clock()

    def _may_be_silent(self) -> bool:
        """Return whether a stream that ended may hold no speech at all.

        A server that sends voice activity would have told of speech. Home Assistant's detector
        gives up after the same time as this turn: a stream of another length has another reason.
        """
        is_timed_out = abs(self.microphone.seconds - NO_SPEECH_SECONDS) <= _TOLERANCE
        is_told = self._asks_for_activity and self._traits.sends_voice_activity is True
        may_be_silent = is_timed_out or self._heard_nothing or is_told
        heard_none = not (self.heard_speech or self._words.text)
        return self._heard_no_words or (may_be_silent and heard_none)

    def _watch_for_end(self) -> None:
        """Give the server its time to find the end, once it has heard all there is."""
        if self.microphone.drained and self._ended_at is None and not self._no_end_timer.running:
            is_unknown = not self._traits.sends_voice_activity and self._may_be_silent()
            self._no_end_timer.start(SILENCE_SECONDS if is_unknown else NO_END_SECONDS)

    def _close_or_wait_for_words(self, seconds: float = 0) -> None:
        if self._words.text:
            self._close()
        elif self._wait_for_words:
            if not self._close_timer.running:
                self._close_timer.start(WORDS_SECONDS)
        elif seconds:
            self._close_timer.start(seconds)
        else:
            self._close()

    def _close(self) -> None:
        """Let speech-to-text return."""
        if not self.is_open:
            return
        self._stop_listening()
        if self.reply is None and self._ended_at is not None:
            self._no_reply_timer.start_at(self._ended_at + NO_REPLY_SECONDS)
        self._owner.turn_heard(self)

    def _stop_listening(self) -> None:
        self._closed.set()
        for timer in (
            self._close_timer,
            self._no_speech_timer,
            self._no_end_timer,
            self._limit_timer,
        ):
            timer.stop()

    def _no_speech(self) -> None:
        """Handle 15 s without a start of speech (rule 8)."""
        if self.heard_speech or self._words.text:
            return
        if self._traits.sends_voice_activity:
            self._finish_silent()
        else:
            self._heard_nothing = True
            self.end_input()  # An unknown server may have heard speech, and answer it.

    def _no_end(self) -> None:
        """Handle no end of speech, and no answer, some seconds after the stream (rule 3)."""
        if self._may_be_silent() and not (self._heard_stray_end and not self._heard_no_words):
            self._finish_silent()
        else:
            self._end()
            self._close_or_wait_for_words()

    def _finish_silent(self) -> None:
        _LOGGER.debug("A turn ends: nobody spoke")
        self._is_silent = self.nobody_spoke = True
        self._finish(None)

    def _learn_about_activity(self) -> None:
        """Note that a server answers without the voice activity that it was asked for."""
        if self.agent_ends and self._traits.sends_voice_activity is None:
            self._traits.sends_voice_activity = False
            _LOGGER.warning(
                "The server sends no voice activity: the end of the microphone's stream ends "
                "the user's turn from now on"
            )

    def _no_reply(self) -> None:
        if self._stream_bytes:
            error = AgentError(ErrorKind.BAD_AUDIO, "nothing in the reply could be decoded")
        elif self._has_stream:
            error = AgentError(ErrorKind.EMPTY_REPLY, "the reply has no audio")
        else:
            error = AgentError(ErrorKind.NO_REPLY, "no reply in time")
        self.fail(error)

    def _finish(self, error: AgentError | None) -> None:
        self._stop_listening()
        self.is_over = True
        for timer in (self._no_reply_timer, self._empty_timer, self._claim_timer):
            timer.stop()
        self._answered.set()
        self._owner.turn_over(self, error)
