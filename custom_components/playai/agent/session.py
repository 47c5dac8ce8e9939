"""One conversation with an agent: who speaks when, and which answer belongs to whom.

    session = Session(http, settings, on_event=print)
    turn = session.start_turn()
    turn.feed(mulaw)
    speech = await turn.wait_end()
    reply = await turn.wait_reply()
    async for pcm in reply.stream(): ...
    await session.close()

S and E are `voiceActivityStart` and `voiceActivityEnd`, N is `newAudioStream`, A
`audioStream` and AE `audioStreamEnd`. The rules of turn-taking and where they stand (they
are ours; the protocol's document is silent on all of them):

1. *Opening.* A turn opens its connection while the user speaks, keeps all audio, and
   opens another once when the first is lost: here.
2. *Sending.* 40 ms frames in real time, a backlog four times as fast: `sender.py`.
3. *End of the user's turn:* `turn.py`.
4. *Silence* goes out from then until the reply is finished: here and `sender.py`.
5. *The reply* is the newest stream after the end of the turn: here and `turn.py`.
6. It is *complete* when no more audio will come, *over* when that was played: `reply.py`.
7. A new turn *interrupts* a reply and replaces an open turn; a cancelled turn is flushed
   with silence: here and `sender.py`.
8. *Limits:* beside the constants of each module.
9. *The end* of a session: here.
10. *Too many connections:* whoever owns the sessions makes room, see `make_room`.
11. *Unclaimed* turns and replies are dropped: `turn.py` and `reply.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextvars import Context
from typing import Final

import aiohttp

from .audio import ReplyDecoder
from .errors import AgentError, ErrorKind
from .events import (
    Disconnected,
    ErrorOccurred,
    ReplyFinished,
    ReplyInterrupted,
    ReplyStarted,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    Status,
    StatusChanged,
    VoiceActivity,
)
from .link import Link
from .messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentInterrupted,
    AgentTranscript,
    AudioStream,
    AudioStreamEnd,
    ErrorMessage,
    Hangup,
    Init,
    Message,
    NewAudioStream,
    UndecodableAudio,
    UserTranscript,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from .reply import Reply
from .sender import Sender
from .settings import AgentSettings, ServerTraits
from .timer import Timer
from .turn import Turn

_LOGGER = logging.getLogger(__name__)

ACCEPT_SECONDS: Final = 2.0
"""Seconds without an error after which the setup counts as accepted (rule 1)."""

GREETING_SECONDS: Final = 2.0
"""Seconds after the opening in which an agent that greets begins to (rule 3)."""

STALE_REPLY_SECONDS: Final = 10.0
"""Seconds in which the reply to a turn that was given up may still come (rule 7)."""

_MAX_NAME: Final = 40

_FORBIDS_REOPENING: Final = frozenset(
    {
        ErrorKind.INVALID_KEY,
        ErrorKind.KEY_NOT_ALLOWED,
        ErrorKind.UNKNOWN_AGENT,
        ErrorKind.NO_CREDITS,
        ErrorKind.PROTOCOL,
        ErrorKind.TLS,
        ErrorKind.NOT_ENCRYPTED,
        ErrorKind.NOT_THIS_SERVER,
        ErrorKind.BAD_MESSAGE,
        ErrorKind.BAD_AUDIO,
    }
)
"""What another connection would meet again."""


class Session:
    """One conversation: at most one connection, one turn at a time.

    Nothing is opened before the first turn. All calls belong to the thread of the event
    loop; the session's own tasks and callbacks run in an empty context.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        settings: AgentSettings,
        *,
        traits: ServerTraits | None = None,
        on_event: Callable[[SessionEvent], None] = lambda _: None,
        make_room: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """Make a session.

        `traits` is what sessions with the same server learn and share. `on_event` is
        called as things happen. `make_room` is called when the server has too many
        connections: it closes another one and returns True when a second try is worth it.
        """
        self._http = http
        self._settings = settings
        self._traits = traits if traits is not None else ServerTraits()
        self._on_event = on_event
        self._make_room = make_room
        self._sender = Sender(self._audio_sent)
        self._link: Link | None = None
        self._links: list[Link] = []  # Also those that only close their connection.
        self._turn: Turn | None = None
        self._status = Status.IDLE
        self._is_closed = self._is_forgotten = False
        self._is_starting = False
        self._was_started = False
        self._recorded: set[ErrorKind] = set()  # Told since the last turn began.
        self._rejects_us = False
        self._listener_failed = False
        self._voice_active = False
        self._unanswered_until = 0.0  # Till then the reply of a given-up turn may still come.
        self._reopened = self._made_room = False
        self._accept_timer = Timer(self._accepted)
        self._idle_timer = Timer(self._end)
        # Of the connection:
        self._is_accepted = False
        self._has_streamed = self._in_greeting = False
        self._decoder: ReplyDecoder | None = None  # None: audio that comes is dropped.

    @property
    def is_closed(self) -> bool:
        """Whether the session is over and takes no more turns."""
        return self._is_closed

    @property
    def is_busy(self) -> bool:
        """Whether a turn is open or its reply not finished."""
        return self._turn is not None

    @property
    def status(self) -> Status:
        """What the session is doing now."""
        return self._status

    def start_turn(self) -> Turn:
        """Begin a turn: it interrupts a reply and replaces an open turn (rule 7).

        Raises `RuntimeError` when the session is closed.
        """
        if self._is_closed:
            raise RuntimeError("the session is closed")
        self._is_starting = True  # The old turn's end is no change to "idle".
        if self._turn is not None:
            if self._turn.reply is not None:
                self._turn.reply.drop()
            elif self._turn.is_unclaimed:
                self._turn.cancel()  # Nobody waits for its reply: no error (rule 11).
            else:
                self._turn.fail(AgentError(ErrorKind.REPLACED, "a new turn began"))
        self._is_starting = False
        self._idle_timer.stop()
        self._reopened = self._made_room = False
        self._recorded.clear()
        now = asyncio.get_running_loop().time()
        follows_cancelled = now < self._unanswered_until
        turn = Turn(self, self._settings, self._traits, follows_cancelled=follows_cancelled)
        self._turn, self._unanswered_until = turn, 0.0
        self._decoder = None
        self._sender.send_microphone(turn.microphone)
        if self._link is None:
            self._link = Link(self, self._http, self._settings, self._sender)
            self._links = [link for link in self._links if not link.is_closed] + [self._link]
        else:
            self._link.forget_error()
        self._update_status()
        return turn

    async def close(self) -> None:
        """End the session; a turn is given up without an error. Takes about half a second."""
        self._end()
        await asyncio.gather(*(link.wait_closed() for link in self._links))

    # What the connection tells.

    def link_opened(self) -> None:
        """See `LinkOwner`."""
        self._is_accepted = False
        self._accept_timer.start(ACCEPT_SECONDS)
        self._update_status()

    async def message_received(self, message: Message) -> None:
        """See `LinkOwner`."""
        if isinstance(message, AudioStream | UndecodableAudio):
            await self._audio_received(message)
        else:
            self._handle(message)

    async def link_lost(self, error: AgentError) -> bool:
        """See `LinkOwner`."""
        self._add_rest()
        self._disconnected()
        may_reopen = await self._may_reopen(error)
        if may_reopen:
            self._is_accepted = False  # Also while, and if, no other connection opens.
        return may_reopen

    def link_over(self, error: AgentError) -> None:
        """See `LinkOwner`. An idle session ends quietly (rule 9)."""
        self._disconnected()
        self._link = None
        turn = self._turn
        is_refusal = not self._is_accepted
        is_expected = error.kind is ErrorKind.AGENT_HUNG_UP or (
            turn is None and error.kind is ErrorKind.SERVER_FAULT  # An idle session expired.
        )
        if turn is not None and turn.reply is not None and error.kind is ErrorKind.AGENT_HUNG_UP:
            turn.reply.complete()
        else:
            self._fail_turn(error)
        if is_refusal or not is_expected:
            self._emit(Disconnected(error, is_refusal=is_refusal))
        if self._turn is None:
            self._end()
        # Else its reply is complete and still to be played; the session ends with it.

    @property
    def _is_connected(self) -> bool:
        return self._link is not None and self._link.opened_at is not None

    def _disconnected(self) -> None:
        self._accept_timer.stop()
        self._sender.flushed()
        self._has_streamed = self._in_greeting = False
        self._unanswered_until = 0.0
        self._decoder = None
        self._set_voice_active(active=False)

    async def _may_reopen(self, error: AgentError) -> bool:
        """Tell whether the turn is tried once more (rules 1 and 10)."""
        turn = self._turn
        if turn is None or turn.is_over or turn.reply is not None:
            return False
        if error.kind is ErrorKind.TOO_MANY_CONNECTIONS:
            if self._made_room or self._make_room is None:
                return False
            has_room = await self._has_room(self._make_room)
            if turn is self._turn:
                self._made_room = has_room
                if not has_room:
                    return False
            turn = self._turn  # Another one may have begun meanwhile: it is tried in any case.
        else:
            in_time = self._link is not None and self._link.is_in_time
            may_try = in_time and (turn.is_open or turn.is_unsent)
            hung_up = error.kind is ErrorKind.AGENT_HUNG_UP and turn.heard_speech
            answered = error.is_fatal and turn.has_ended  # The user waits for an answer: this.
            refused = answered or error.kind in _FORBIDS_REOPENING
            if self._reopened or not may_try or hung_up or refused:
                return False
            self._reopened = True
        if turn is None or turn.is_over:
            return False
        turn.restart()
        return True

    async def _has_room(self, make_room: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await make_room()
        except Exception:
            _LOGGER.exception("Making room for a connection failed")
            return False

    # What the server says.

    def _handle(self, message: Message) -> None:
        if self._is_closed:
            return
        if not isinstance(message, ErrorMessage):
            self._accepted()
        match message:
            case Init():
                self._learn_edition()
            case VoiceActivityStart():
                self._speech_started()
            case VoiceActivityEnd():
                self._speech_ended()
            case NewAudioStream():
                self._stream_started()
            case AudioStreamEnd() | AgentInterrupted():
                self._stream_ended(message)
            case UserTranscript(text):
                if self._turn is not None and not self._sender.flushing:
                    self._turn.words_heard(text)
            case AgentTranscript(text):
                self._agent_words(text)
            case AgentGreeting():
                self._in_greeting = True
            case AgentGreetingEnd():
                self._in_greeting = False
            case Hangup(ended_by):
                who = (ended_by or "the server")[:_MAX_NAME]
                raise AgentError(ErrorKind.AGENT_HUNG_UP, f"hung up by {who}")
            case ErrorMessage(code, text, is_fatal):
                self._error_received(AgentError.from_code(code, text, is_fatal))

    def _accepted(self) -> None:
        self._accept_timer.stop()
        self._is_accepted = True
        if not self._was_started:
            self._was_started = True
            self._emit(SessionStarted())

    def _learn_edition(self) -> None:
        """Expect of a server that says `init` what else later editions say.

        Without this a first turn in which nobody speaks would look like a server that sends
        no voice activity, and a first reply that pauses would be cut off.
        """
        if self._settings.enable_vad and self._traits.sends_voice_activity is None:
            self._traits.sends_voice_activity = True
        if self._traits.marks_stream_end is None:
            self._traits.marks_stream_end = True

    def _speech_started(self) -> None:
        self._traits.sends_voice_activity = True
        self._set_voice_active(active=True)
        if self._turn is not None and not self._sender.flushing:
            self._turn.speech_started()

    def _speech_ended(self) -> None:
        self._traits.sends_voice_activity = True
        was_active = self._voice_active
        self._set_voice_active(active=False)
        if self._sender.flushing:
            self._sender.flushed()
        elif self._turn is not None:
            self._turn.speech_ended(has_start=was_active)

    def _stream_started(self) -> None:
        is_greeting = self._is_greeting()
        self._has_streamed = True
        self._decoder = None
        turn = self._turn
        if turn is None:
            self._unanswered_until = 0.0
        elif turn.reply is not None:
            if not turn.reply.is_complete:
                turn.reply.restart()
                self._decoder = self._new_decoder(turn.reply.rate)
        elif self._belongs_to_cancelled(turn):
            turn.drop_stale_stream()
        elif turn.stream_started(is_greeting=is_greeting):
            self._decoder = self._new_decoder()

    def _belongs_to_cancelled(self, turn: Turn) -> bool:
        """Whether what the server says now is still about a turn that was given up.

        Nothing of the new turn was sent then: its audio waits for the end of the old one.
        """
        return turn.is_stale_stream_due and not turn.microphone.was_read

    def _is_greeting(self) -> bool:
        """Tell whether the stream that begins answers nothing (rule 3)."""
        if self._in_greeting:
            return True
        if self._has_streamed or self._turn is None or self._link is None:
            return False
        now = asyncio.get_running_loop().time()
        if now - (self._link.opened_at or now) > GREETING_SECONDS:
            return False
        if self._traits.greets is None:
            return not self._turn.has_ended
        is_ended = self._turn.has_ended or self._turn.microphone.ended
        if self._turn.agent_ends and not self._traits.sends_voice_activity and not is_ended:
            return True  # Nothing says so far that there is a question to answer.
        return self._traits.greets and not self._turn.heard_end

    def _stream_ended(self, message: AudioStreamEnd | AgentInterrupted) -> None:
        if isinstance(message, AudioStreamEnd):
            self._traits.marks_stream_end = True
        turn = self._turn
        if turn is None or self._decoder is None:
            return
        if isinstance(message, AgentInterrupted) and turn.reply is not None:
            turn.reply.restart()
        if turn.reply is None:
            self._drain()
        if turn.reply is not None:
            turn.reply.stream_ended()
        else:
            turn.stream_ended()

    def _agent_words(self, text: str) -> None:
        turn = self._turn
        if turn is None or self._in_greeting:
            return
        if turn.reply is not None:
            turn.reply.add_words(text)
        elif turn.takes_agent_words():
            turn.add_agent_words(text)

    async def _audio_received(self, message: AudioStream | UndecodableAudio) -> None:
        if self._is_closed:
            return
        self._accepted()
        turn = self._turn
        if (
            self._decoder is None
            and not self._has_streamed
            and turn is not None
            and turn.reply is None
            and turn.takes_bare_audio()
            and turn.stream_started(is_greeting=False)
        ):
            # A server that does not announce its streams (rule 5).
            self._decoder = self._new_decoder()
        decoder = self._decoder
        if decoder is None or turn is None:
            return
        if isinstance(message, UndecodableAudio):
            self._decoder = None
            self._fail_turn(AgentError(ErrorKind.BAD_AUDIO, "audio that is not base64"))
            return
        turn.audio_received(len(message.data))
        try:
            for pcm in decoder.feed(message.data):
                if pcm:
                    self._pcm_decoded(turn, decoder, pcm)
                # A message may hold a minute of audio: let others run in between.
                await asyncio.sleep(0)
                if decoder is not self._decoder:
                    return
        except AgentError as error:
            self._decoder = None
            self._fail_turn(error)

    def _new_decoder(self, rate: int | None = None) -> ReplyDecoder:
        settings = self._settings
        return ReplyDecoder(
            settings.output_format, settings.output_sample_rate, settings.raw_encoding, rate
        )

    def _pcm_decoded(self, turn: Turn, decoder: ReplyDecoder, pcm: bytes) -> None:
        if turn.is_over:
            return
        if turn.reply is None:
            rate = decoder.rate
            if rate is None:
                return
            turn.reply_started(Reply(self, self._traits, rate, turn.response_time()))
            self._update_status()
        if turn.reply is not None:
            turn.reply.add(pcm)

    def _add_rest(self) -> None:
        """Keep what the decoder still holds: the connection is over."""
        turn = self._turn
        if turn is not None and turn.reply is not None and turn.reply.is_marked:
            turn.reply.complete()  # All of it came: the loss is no error.
            return
        for pcm in self._drain():
            if turn is not None and turn.reply is not None:
                turn.reply.add(pcm)

    def _drain(self) -> list[bytes]:
        """Take the last audio out of the decoder; it takes no more after that."""
        decoder, self._decoder = self._decoder, None
        if decoder is None or self._turn is None:
            return []
        try:
            rest = list(decoder.flush())
        except AgentError as error:
            _LOGGER.debug("The reply's end could not be decoded: %s", error)
            return []
        if self._turn.reply is None:
            for pcm in rest:
                self._pcm_decoded(self._turn, decoder, pcm)
            return []
        return rest

    def _error_received(self, error: AgentError) -> None:
        """Handle an error message as the table in `errors.py` and its own word say."""
        if self._link is not None:
            self._link.note_error(error)
        turn = self._turn
        if error.is_fatal or (error.kind is ErrorKind.SERVER_FAULT and self._may_replace(turn)):
            raise error
        if error.kind is ErrorKind.PROTOCOL:
            if not self._rejects_us:
                _LOGGER.error("The server rejects what we sent: %s (%s)", error.message, error.code)
                self._rejects_us = True
            self._record(error)
        elif (
            turn is None
            or self._belongs_to_cancelled(turn)
            or (error.kind is ErrorKind.AGENT_FAILED and not turn.has_ended)
            or (turn.reply is not None and turn.reply.is_complete)
        ):
            self._record(error)
        else:
            self._fail_turn(error)

    def _may_replace(self, turn: Turn | None) -> bool:
        """Return whether a connection that fails for a reason of its own is better closed.

        While the user speaks another one gets all audio, once; while nobody does it costs
        nothing.
        """
        if turn is None:
            is_late = asyncio.get_running_loop().time() >= self._unanswered_until
            return is_late and not self._sender.flushing
        return not (turn.has_ended or self._reopened or self._belongs_to_cancelled(turn))

    # What turns, replies and the sender tell.

    def microphone_changed(self) -> None:
        """See `TurnOwner`."""
        self._sender.wake()

    def turn_heard(self, turn: Turn) -> None:
        """See `TurnOwner`."""
        turn.microphone.end()
        self._update_status()

    def turn_over(self, turn: Turn, error: AgentError | None) -> None:
        """See `TurnOwner`."""
        if error is not None:
            self._report(error)
        if turn is not self._turn:
            return
        self._turn = None
        self._decoder = None
        self._sender.send_nothing()
        if self._is_connected:
            if turn.is_unanswered and turn.microphone.was_read:
                now = asyncio.get_running_loop().time()
                self._unanswered_until = now + STALE_REPLY_SECONDS
            if turn.flush_seconds > 0:
                self._sender.flush(turn.flush_seconds)
        self._update_status()
        if not self._is_closed:
            # Without a connection there is nothing to keep, unless a new turn begins now.
            self._idle_timer.start(0 if self._link is None else self._settings.idle_timeout)

    def reply_heard(self, reply: Reply) -> None:
        """See `ReplyOwner`."""
        self._emit(ReplyStarted(reply.response_time))
        self._update_status()

    def reply_completing(self, reply: Reply) -> Iterator[bytes]:
        """See `ReplyOwner`."""
        is_current = self._turn is not None and self._turn.reply is reply
        return iter(self._drain() if is_current else [])

    def reply_over(self, reply: Reply) -> None:
        """See `ReplyOwner`."""
        if reply.was_heard:
            seconds = reply.played_seconds
            self._emit(
                ReplyInterrupted(seconds) if reply.was_interrupted else ReplyFinished(seconds)
            )
        if self._turn is not None and self._turn.reply is reply:
            self._turn.reply_over()

    def _audio_sent(self) -> None:
        if self._turn is not None:
            self._turn.audio_sent()

    # What the session tells.

    def _fail_turn(self, error: AgentError) -> None:
        """Fail the turn, if there is one; a reply that began only breaks off."""
        turn = self._turn
        if turn is not None:
            # When a complete reply still plays, the end of the connection is no error.
            is_told = error.code is not None or turn.reply is None or not turn.reply.is_complete
            if is_told:
                self._report(error)
            turn.fail(error)

    def _report(self, error: AgentError) -> None:
        """Tell an error once, however many ways it comes up."""
        if not error.was_reported:
            error.was_reported = True
            self._emit(ErrorOccurred(error))

    def _record(self, error: AgentError) -> None:
        """Report an error that fails no turn, once per kind until the next turn."""
        if error.kind not in self._recorded:
            self._recorded.add(error.kind)
            self._report(error)

    def _set_voice_active(self, *, active: bool) -> None:
        if active is not self._voice_active:
            self._voice_active = active
            self._emit(VoiceActivity(active))

    def _update_status(self) -> None:
        turn = self._turn
        if turn is None:
            status = Status.IDLE
        elif turn.reply is not None and turn.reply.was_heard:
            status = Status.SPEAKING
        elif not turn.is_open:
            status = Status.THINKING
        else:
            status = Status.LISTENING if self._is_connected else Status.CONNECTING
        if status is not self._status and not self._is_starting:
            self._status = status
            self._emit(StatusChanged(status))

    def _emit(self, event: SessionEvent) -> None:
        """Call the listener, in an empty context; its faults are its own."""
        if self._is_forgotten:
            return
        try:
            Context().run(self._on_event, event)
        except Exception:
            if not self._listener_failed:
                self._listener_failed = True
                _LOGGER.exception("The listener of a conversation's events failed")

    def _end(self) -> None:
        """End the session: its owner forgets it before anything is awaited (rule 9)."""
        if self._is_closed:
            return
        self._is_closed = True
        self._idle_timer.stop()
        self._accept_timer.stop()
        if self._turn is not None:
            self._turn.cancel()
        self._sender.flushed()
        self._set_voice_active(active=False)
        self._emit(SessionEnded(self._was_started))
        self._is_forgotten = True
        if self._link is not None:
            self._link.cut()
