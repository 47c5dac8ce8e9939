"""A caller of `TurnTaking` without sockets and clocks, which checks the invariants."""

from collections import Counter
from collections.abc import Callable

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import (
    ReplyFinished,
    ReplyInterrupted,
    ReplyStarted,
    SessionEnded,
    SessionEvent,
    StatusChanged,
    VoiceActivity,
)
from custom_components.playai.agent.home import (
    MAX_TEXT_BYTES,
    AgentFeatures,
    AnswerEnd,
    Feature,
    HomeOffer,
    Tool,
    ToolResult,
)
from custom_components.playai.agent.live_microphone import LiveMicrophone
from custom_components.playai.agent.messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentInterrupted,
    AgentMessage,
    AgentTranscript,
    AnswerDelta,
    AnswerEndMessage,
    Ask,
    AudioStreamEnd,
    Cancel,
    ErrorMessage,
    Handled,
    Hangup,
    HomeMessage,
    Init,
    Message,
    NewAudioStream,
    Say,
    ToolCall,
    ToolResultMessage,
    UserText,
    UserTranscript,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from custom_components.playai.agent.microphone import Microphone
from custom_components.playai.agent.settings import AgentSettings, EndOfTurn, ServerTraits, Timings
from custom_components.playai.agent.turn_taking import Link, Phase, TurnTaking
from custom_components.playai.agent.turn_taking.calls import MAX_RUNNING, MAX_TOOL_CALLS
from custom_components.playai.agent.turn_taking.effects import (
    BeginCall,
    BeginStream,
    CancelCall,
    CloseConnection,
    Connect,
    Disconnect,
    DropQueue,
    DropStream,
    Effect,
    Emit,
    FinishStream,
    MakeRoom,
    ReplyBegan,
    ReplyChanged,
    ReplyEffect,
    ReplyWithdrawn,
    Send,
    TurnBegan,
    TurnClosed,
    TurnOver,
)
from custom_components.playai.agent.turn_taking.state import (
    CallState,
    ReplyState,
    TurnState,
)

RATE = 16_000
FRAME = bytes(640)

OFFERS = (HomeOffer("en", True), HomeOffer("en", False, (Tool("turn_on", "", {}),), "Be kind."))
FEATURES = AgentFeatures(
    "Agent", ("en",), frozenset({Feature.SAY, Feature.USER_TEXT, Feature.HOLD})
)

HOME_MESSAGES: tuple[Message, ...] = (
    AgentMessage(FEATURES),
    AgentMessage(AgentFeatures("Agent")),
    *(Ask(call_id, "Lights on.") for call_id in "ab"),
    *(ToolCall(call_id, "turn_on", {}) for call_id in "cd"),
    *(Cancel(call_id) for call_id in "abcd"),
)

MESSAGES: tuple[Message, ...] = (
    Init(),
    VoiceActivityStart(),
    VoiceActivityEnd(),
    NewAudioStream(),
    AudioStreamEnd(),
    AgentInterrupted(None),
    UserTranscript("Lights on."),
    AgentTranscript("Done."),
    AgentGreeting("Hello."),
    AgentGreetingEnd(),
    Hangup("agent"),
    ErrorMessage(1002, "Invalid agent id.", None),
    ErrorMessage(3003, "Error generating answer.", None),
    ErrorMessage(4400, "Bad message.", None),
    ErrorMessage(4429, "Too many.", None),
    ErrorMessage(5001, "Unknown error.", None),
    *HOME_MESSAGES,
)

LOSSES = (
    ErrorKind.AGENT_HUNG_UP,
    ErrorKind.CONNECTION_LOST,
    ErrorKind.CANNOT_CONNECT,
    ErrorKind.TOO_MANY_CONNECTIONS,
    ErrorKind.TLS,
)

LONGEST_WAIT = 1000.0
"""Seconds within which a conversation that is left alone ends: enough for a reply of five minutes
and every other limit."""

type Transition = tuple[Phase, str, Phase]


class Simulation:
    """Carries out effects as `Session` does and raises when a rule is broken."""

    def __init__(
        self,
        end_of_turn: EndOfTurn,
        *,
        wait_for_words: bool,
        can_make_room: bool,
        has_home: bool,
    ) -> None:
        settings = AgentSettings(
            url="ws://agent",
            api_key="ak",
            agent_id="agent",
            end_of_turn=end_of_turn,
            wait_for_words=wait_for_words,
        )
        self.now = 0.0
        self._has_home = has_home
        self.rules = TurnTaking(
            settings,
            ServerTraits(),
            Timings(),
            can_make_room=can_make_room,
            offer=OFFERS[0] if has_home else None,
        )
        self.microphone = LiveMicrophone()
        self.turns: list[TurnState] = []
        self.transitions: set[Transition] = set()
        self._closed: Counter[TurnState] = Counter()
        self._over: Counter[TurnState] = Counter()
        self._began: Counter[TurnState] = Counter()
        self._running: dict[CallState, TurnState] = {}
        """The running calls, with their turns."""

        self._asked: Counter[TurnState] = Counter()
        self._replies: set[ReplyState] = set()
        """The replies that a session knows."""

        self._incoming: ReplyState | None = None
        self._wants_connection = False
        self._is_connected = self._is_held = False
        self._is_playing = self._is_active = self._has_ended = False
        self._status = self.rules.status
        self._phase = self.rules.phase

    # The possible next steps.

    def start_turn(self) -> None:
        if not self.rules.is_closed:
            self._begin("start_turn", self.rules.start_turn(Microphone(), self.now))

    def begin_call(self) -> None:
        self.microphone = LiveMicrophone()
        effects = self.rules.begin_call(self.microphone, self.now)
        self._carry_out("begin_call", effects)

    def hear(self) -> None:
        """Let the server hear the microphone of a call."""
        self.microphone.push(FRAME)
        self.send_frame()

    def hold(self, *, is_held: bool) -> None:
        """Press or release a button."""
        self.microphone.hold(is_held=is_held)
        self.send_frame()

    def interrupt(self) -> None:
        self._input("interrupt", self.rules.interrupt)

    def keep_awake(self) -> None:
        self._input("keep_awake", self.rules.keep_awake)

    def hear_reply(self, seconds: float) -> None:
        self._on_reply(
            "audio_heard", lambda reply, now: self.rules.audio_heard(reply, seconds, now)
        )

    def say(self) -> None:
        if not self.rules.is_closed:
            self._begin("start_text", self.rules.start_text(None, self.now))

    def type_text(self) -> None:
        if not self.rules.is_closed:
            self._begin("start_text", self.rules.start_text("What time is it?", self.now))

    def answer_locally(self) -> None:
        self._on_turn(
            "answer_locally", lambda turn, now: self.rules.answer_locally(turn, "en", now)
        )

    def push_text(self) -> None:
        self._on_turn("push_text", lambda turn, now: self.rules.push_text(turn, "It is ", now))

    def end_text(self) -> None:
        self._on_turn("end_text", self.rules.end_text)

    def update_home(self, offer: HomeOffer) -> None:
        if self._has_home:
            self._input("update_home", lambda _: self.rules.update_home(offer))

    def answer(self, words: str) -> None:
        for call in self._asks:
            self._carry_out("answer_delta", self.rules.answer_delta(call, words, self.now))

    def end_call(self, error: str | None) -> None:
        for call in list(self._running)[:1]:
            if call in self._asks:
                end = AnswerEnd("It is late.", error=error)
                name, effects = "answer_ended", self.rules.answer_ended(call, end, self.now)
            else:
                result = ToolResult({}, is_error=error is not None)
                name, effects = "tool_returned", self.rules.tool_returned(call, result, self.now)
            self._running.pop(call, None)
            self._carry_out(name, effects)

    def speak(self) -> None:
        if (turn := self.rules.turn) is not None and turn.is_open:
            turn.microphone.push(FRAME)

    def end_input(self) -> None:
        self._on_turn("end_input", self.rules.end_input)

    def cancel(self) -> None:
        self._on_turn("cancel", self.rules.cancel)

    def fail(self) -> None:
        error = AgentError(ErrorKind.BAD_AUDIO)
        self._on_turn("fail", lambda turn, now: self.rules.fail(turn, error, now))

    def expect_claim(self) -> None:
        self._on_turn("expect_claim", self.rules.expect_claim)

    def claim(self, *, has_handler: bool = False) -> None:
        self._on_turn(
            "claim", lambda turn, now: self.rules.claim(turn, now, has_handler=has_handler)
        )

    def send_frame(self) -> None:
        if self._is_connected:
            if (hold := self.rules.next_hold()) is not None:
                assert self._has_home, "the home link was not selected"
                assert hold.is_held is not self._is_held, "the server knows that"
                self._is_held = hold.is_held
            assert self.rules.next_hold() is None
            frame, is_voice = self.rules.next_frame()
            assert frame is None or len(frame) == len(FRAME)
            if is_voice:
                self._input("frame_sent", self.rules.frame_sent)

    def open_connection(self) -> None:
        if self._wants_connection:
            self._wants_connection, self._is_connected, self._is_held = False, True, False
            has_home = self._has_home
            self._input(
                "connection_opened",
                lambda now: self.rules.connection_opened(now, has_home=has_home),
            )

    def lose_connection(self, kind: ErrorKind) -> None:
        if self._is_connected or self._wants_connection:
            self._lose("connection_lost", AgentError(kind))

    def make_room(self, *, has_room: bool) -> None:
        if self.rules.link is Link.MAKING_ROOM:
            effects = self.rules.room_made(self.now, has_room=has_room)
            self._carry_out("room_made", effects)

    def receive(self, message: Message) -> None:
        if self._is_connected:
            self._input(message.TYPE, lambda now: self.rules.receive(message, now))

    def receive_audio(self, size: int) -> None:
        if not self._is_connected:
            return
        self._input("audioStream", lambda now: self.rules.audio_arrived(size, now))
        self._decode(size)

    def receive_undecodable_audio(self) -> None:
        if self._is_connected and self._incoming is not None:
            error = AgentError(ErrorKind.BAD_AUDIO)
            self._input("decoding_failed", lambda now: self.rules.decoding_failed(error, now))

    def expect_listener(self) -> None:
        self._on_reply("expect_listener", self.rules.expect_listener)

    def come_to_listen(self) -> None:
        if (reply := self._reply) is not None and not reply.is_claimed:
            self._on_reply("listener_came", self.rules.listener_came)

    def listen(self) -> None:
        reply = self._reply
        if reply is not None and reply.has_listener and reply.queued_bytes:
            size = min(reply.queued_bytes, RATE // 5)
            self._input("audio_handed", lambda now: self.rules.audio_handed(reply, size, now))

    def stop_listening(self) -> None:
        if (reply := self._reply) is not None and reply.has_listener:
            self._on_reply("listener_left", self.rules.listener_left)

    def pass_time(self, seconds: float) -> None:
        """Let time pass; no deadline is missed on the way."""
        until = self.now + seconds
        while (deadline := self.rules.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self._input("time_passed", self.rules.time_passed)
        self.now = until

    def end(self) -> None:
        self._input("end", self.rules.end)

    # The invariants.

    def check(self) -> None:
        """Raise unless the rules are in a consistent state."""
        rules, turn = self.rules, self.rules.turn
        assert rules.deadline is None or rules.deadline > self.now
        for call, called_turn in self._running.items():
            assert called_turn is turn, "a call outlives its turn"
            assert turn.calls[call.message.id] is call
            assert self.now < call.until
        assert len(self._running) <= MAX_RUNNING
        if turn is not None:
            assert rules.deadline is not None or rules.link is Link.MAKING_ROOM
            assert sum(call.is_running for call in turn.calls.values()) == len(self._running)
            assert len(turn.used_ids) <= MAX_TOOL_CALLS + 1
            assert self._asked[turn] <= 1
            assert not turn.is_over
            assert turn is self.turns[-1]
        for other in self.turns:
            if other is not turn:
                assert self._over[other] == self._closed[other] == 1
        if self._incoming is not None:
            assert turn is not None
            assert turn.stream is self._incoming
        assert rules.is_closed == self._has_ended
        assert not (rules.is_closed and turn)

    def finish(self) -> None:
        """Leave the conversation alone: it ends within its limits."""
        if self.rules.link is Link.MAKING_ROOM:
            self.make_room(has_room=False)
        began = self.now
        while not self.rules.is_closed and self.rules.deadline is not None:
            self.pass_time(self.rules.deadline - self.now)
            self.check()
            assert self.now - began < LONGEST_WAIT
        assert self.rules.is_closed or not self.turns
        assert all(self._over[turn] == 1 for turn in self.turns)

    # How effects are carried out.

    @property
    def _reply(self) -> ReplyState | None:
        return None if self.rules.turn is None else self.rules.turn.reply

    def _begin(self, name: str, effects: list[Effect]) -> None:
        assert self.rules.turn is not None
        self.turns.append(self.rules.turn)
        self._carry_out(name, effects)

    @property
    def _asks(self) -> list[CallState]:
        """The calls that run and want an answer."""
        return [call for call in self._running if isinstance(call.message, Ask)]

    def _on_turn(self, name: str, call: Callable[[TurnState, float], list[Effect]]) -> None:
        if (turn := self.rules.turn) is not None:
            self._carry_out(name, call(turn, self.now))

    def _on_reply(self, name: str, call: Callable[[ReplyState, float], list[Effect]]) -> None:
        if (reply := self._reply) is not None:
            self._carry_out(name, call(reply, self.now))

    def _input(self, name: str, call: Callable[[float], list[Effect]]) -> None:
        self._carry_out(name, call(self.now))

    def _decode(self, size: int) -> None:
        reply = self._incoming
        if reply is not None and self.rules.takes_audio(reply):
            effects = self.rules.audio_decoded(reply, size, RATE, self.now)
            self._carry_out("audio_decoded", effects)

    def _lose(self, name: str, error: AgentError) -> None:
        self._is_connected = self._wants_connection = False
        self._input(name, lambda now: self.rules.connection_lost(error, now))

    def _carry_out(self, name: str, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Connect():
                    assert not self._is_connected
                    self._wants_connection = True
                case MakeRoom():
                    assert self.rules.link is Link.MAKING_ROOM
                case Disconnect():
                    self._is_connected = self._wants_connection = False
                case CloseConnection(error):
                    self._lose(name, error)
                case TurnBegan() | TurnClosed() | TurnOver():
                    self._count(effect)
                case BeginCall() | CancelCall() | Send():
                    self._carry_out_for_home(effect)
                case ReplyWithdrawn(turn, reply):
                    self._began[turn] = 0
                    self._replies.discard(reply)
                case BeginStream(reply):
                    self._incoming = reply
                    self._replies.add(reply)
                case DropStream():
                    self._incoming = None
                case ReplyBegan() | FinishStream() | DropQueue() | ReplyChanged():
                    self._carry_out_on_reply(effect)
                case Emit(event):
                    self._check_event(event)
        self._pass_deadline(name)
        phase = self.rules.phase
        if phase is not self._phase:
            self.transitions.add((self._phase, name, phase))
            self._phase = phase

    def _count(self, effect: TurnBegan | TurnClosed | TurnOver) -> None:
        match effect:
            case TurnBegan(turn):
                self.turns.append(turn)
            case TurnClosed(turn):
                self._closed[turn] += 1
            case TurnOver(turn):
                self._over[turn] += 1
                self._replies -= {turn.stream}

    def _carry_out_on_reply(self, effect: ReplyEffect) -> None:
        assert effect.reply in self._replies, "the session does not know the reply"
        match effect:
            case ReplyBegan(turn):
                self._began[turn] += 1
                assert self._began[turn] == 1
                assert turn is self.turns[-1], "an older turn is answered"
            case FinishStream():
                self._incoming = None

    def _pass_deadline(self, name: str) -> None:
        if self.rules.deadline is not None and self.rules.deadline <= self.now:
            self._input(name, self.rules.time_passed)

    def _carry_out_for_home(self, effect: BeginCall | CancelCall | Send) -> None:
        match effect:
            case BeginCall(turn, call):
                assert turn is self.turns[-1], "an older turn is called"
                self._running[call] = turn
                self._asked[turn] += isinstance(call.message, Ask)
            case CancelCall(call):
                del self._running[call]
            case Send(message):
                self._check_sent(message)

    def _check_sent(self, message: Message) -> None:
        assert self._has_home, "the home link was not selected"
        assert self._is_connected
        match message:
            case Say(text) | UserText(text) | AnswerDelta(_, text):
                assert len(text.encode()) <= MAX_TEXT_BYTES
            case AnswerEndMessage() | ToolResultMessage() | HomeMessage() | Handled():
                pass
            case _:
                raise AssertionError(message)

    def _check_event(self, event: SessionEvent) -> None:
        assert not self._has_ended, "an event came after the end"
        match event:
            case SessionEnded():
                self._has_ended = True
                assert not self._is_playing
                assert not self._is_active
            case ReplyStarted():
                assert not self._is_playing
                self._is_playing = True
            case ReplyFinished() | ReplyInterrupted():
                assert self._is_playing
                self._is_playing = False
            case VoiceActivity(active):
                assert active is not self._is_active
                self._is_active = active
            case StatusChanged(status):
                assert status is not self._status
                self._status = status
