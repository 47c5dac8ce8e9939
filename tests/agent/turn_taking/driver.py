"""Drives `TurnTaking` step by step, for tests of single rules."""

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.home import AgentFeatures, HomeOffer
from custom_components.playai.agent.messages import (
    AudioStreamEnd,
    Message,
    NewAudioStream,
    UserTranscript,
    VoiceActivityEnd,
    VoiceActivityStart,
)
from custom_components.playai.agent.microphone import Microphone
from custom_components.playai.agent.settings import AgentSettings, EndOfTurn, ServerTraits, Timings
from custom_components.playai.agent.turn_taking import Limit, Phase, TurnTaking
from custom_components.playai.agent.turn_taking.effects import Effect
from custom_components.playai.agent.turn_taking.state import ReplyState, TurnState

RATE = 16_000
SECOND = 2 * RATE
"""Bytes of PCM."""

IDLE = 50.0

# No two limits are the same, and all are exact in binary.
TIMINGS = Timings(
    connect=10.0,
    accept=2.0,
    greeting=1.5,
    may_continue=0.75,
    transcript=3.25,
    home_transcript=11.0,
    no_end=3.5,
    flush=4.0,
    silence=5.5,
    no_speech=15.0,
    speech=60.0,
    first_audio=30.0,
    claim=5.0,
    stale_reply=9.0,
    stream_end_grace=0.25,
    quiet=2.5,
    stall=16.0,
    reply=300.0,
    error_grace=1.0,
    features=2.25,
    delta=31.0,
    tool=15.5,
    home_answer=180.0,
)

S, E = VoiceActivityStart(), VoiceActivityEnd()
N, AE = NewAudioStream(), AudioStreamEnd()
WORDS = UserTranscript("Lights on.")
NO_WORDS = UserTranscript("")
HOME_ASSISTANT = EndOfTurn.HOME_ASSISTANT

KNOWN = ServerTraits(greets=False, sends_voice_activity=True, marks_stream_end=True)
SILENT = ServerTraits(greets=False, sends_voice_activity=False, marks_stream_end=False)


def traits_like(traits: ServerTraits) -> ServerTraits:
    """A copy, because sessions change their traits."""
    return ServerTraits(
        greets=traits.greets,
        sends_voice_activity=traits.sends_voice_activity,
        marks_stream_end=traits.marks_stream_end,
    )


class Driver:
    """Gives inputs to `TurnTaking` at its own times. Every step returns its effects."""

    def __init__(
        self,
        *,
        traits: ServerTraits | None = None,
        can_make_room: bool = False,
        end_of_turn: EndOfTurn = EndOfTurn.AGENT,
        enable_vad: bool = True,
        wait_for_words: bool = False,
        offer: HomeOffer | None = None,
        features: AgentFeatures | None = None,
    ) -> None:
        settings = AgentSettings(
            url="ws://agent",
            api_key="ak",
            agent_id="agent",
            end_of_turn=end_of_turn,
            enable_vad=enable_vad,
            wait_for_words=wait_for_words,
            idle_timeout=IDLE,
        )
        self.traits = traits_like(traits or ServerTraits())
        self.traits.features = features
        self.has_home = offer is not None
        self.rules = TurnTaking(
            settings, self.traits, TIMINGS, can_make_room=can_make_room, offer=offer
        )
        self.now = 1000.0

    @property
    def turn(self) -> TurnState:
        assert self.rules.turn is not None
        return self.rules.turn

    @property
    def reply(self) -> ReplyState:
        assert self.turn.reply is not None
        return self.turn.reply

    @property
    def limits(self) -> dict[Limit, float]:
        """The running limits, in seconds from now, except that of the longest reply."""
        limits = {limit: when - self.now for limit, when in self.rules.limits.items()}
        limits.pop(Limit.REPLY_LENGTH, None)
        return limits

    def phase(self) -> Phase:
        return self.rules.phase

    def start(self) -> list[Effect]:
        return self.rules.start_turn(Microphone(), self.now)

    def connect(self) -> list[Effect]:
        return self.rules.connection_opened(self.now, has_home=self.has_home)

    def speak(self, seconds: float = 0.04, *, send: bool = True) -> list[Effect]:
        """Feed the microphone and, if `send` is set, send all its frames at once."""
        self.turn.microphone.push(bytes(round(seconds * RATE)))
        return self.send() if send else []

    def send(self) -> list[Effect]:
        effects = []
        while self.rules.next_frame()[1]:
            effects += self.rules.frame_sent(self.now)
        return effects

    def end_input(self) -> list[Effect]:
        """End the stream of the microphone, and send the rest of it."""
        return [*self.rules.end_input(self.turn, self.now), *self.send()]

    def receive(self, *messages: Message) -> list[Effect]:
        return [e for message in messages for e in self.rules.receive(message, self.now)]

    def audio(self, seconds: float = 1.0) -> list[Effect]:
        """Receive audio and decode it if it belongs to the reply."""
        size = round(seconds * SECOND)
        effects = self.rules.audio_arrived(size, self.now)
        turn = self.rules.turn
        if turn is not None and turn.stream is not None:
            effects += self.rules.audio_decoded(turn.stream, size, RATE, self.now)
        return effects

    def come(self) -> list[Effect]:
        return self.rules.listener_came(self.reply, self.now)

    def hand(self, seconds: float = 1.0, *, is_silence: bool = False) -> list[Effect]:
        size = round(seconds * SECOND)
        return self.rules.audio_handed(self.reply, size, self.now, is_silence=is_silence)

    def lose(self, kind: ErrorKind = ErrorKind.CONNECTION_LOST) -> list[Effect]:
        return self.rules.connection_lost(AgentError(kind), self.now)

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass; each limit is reached exactly in time."""
        effects = []
        until = self.now + seconds
        while (deadline := self.rules.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            effects += self.rules.time_passed(self.now)
        self.now = until
        return effects


def listening(**options) -> Driver:
    """A turn has begun on an open connection that the server has accepted."""
    driver = Driver(**options)
    driver.start()
    driver.connect()
    driver.wait(TIMINGS.accept)
    return driver


def waiting(**options) -> Driver:
    """The user has finished, and the reply has not begun."""
    driver = listening(**options)
    driver.speak()
    if driver.turn.agent_ends:
        driver.receive(S, E, WORDS)
    else:
        driver.receive(S)
        driver.end_input()
    assert not driver.turn.is_open
    return driver


def replying(**options) -> Driver:
    """A second of a reply has arrived, and a listener waits for it."""
    driver = waiting(**options)
    driver.wait(1)
    driver.receive(N)
    driver.audio()
    driver.come()
    return driver
