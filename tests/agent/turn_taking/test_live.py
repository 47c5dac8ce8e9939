"""Rule 14: the microphone of a live call is open, and the server finds the turns."""

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import (
    ErrorOccurred,
    ReplyFinished,
    ReplyInterrupted,
    Status,
)
from custom_components.playai.agent.home import AgentFeatures, Feature, HomeOffer
from custom_components.playai.agent.live_microphone import LiveMicrophone
from custom_components.playai.agent.messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentTranscript,
    Ask,
    ErrorMessage,
    Handled,
    ToolCall,
    UserTranscript,
)
from custom_components.playai.agent.microphone import FRAME_BYTES, SILENT_FRAME
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import (
    CancelCall,
    Connect,
    Effect,
    Emit,
    ReplyBegan,
    Send,
    TurnBegan,
    TurnClosed,
)
from custom_components.playai.agent.turn_taking.state import TurnState

from .driver import AE, HOME_ASSISTANT, IDLE, KNOWN, NO_WORDS, TIMINGS, WORDS, Driver, E, N, S

OFFER = HomeOffer("en", answers=True)
AGENT = AgentFeatures("Agent", (), frozenset({Feature.SAY, Feature.USER_TEXT}))
VOICE = bytes([0x10]) * FRAME_BYTES


class Call(Driver):
    """A live call on an open connection that the server has accepted."""

    def __init__(self, **options) -> None:
        super().__init__(traits=KNOWN, **options)
        self.microphone = LiveMicrophone()
        self.began = self.rules.begin_call(self.microphone, self.now)
        self.connect()
        self.wait(TIMINGS.accept)

    def hear(self, frame: bytes = VOICE) -> bytes | None:
        self.microphone.push(frame)
        frame_sent, is_voice = self.rules.next_frame()
        assert is_voice
        self.rules.frame_sent(self.now)
        return frame_sent

    def reply_begins(self, seconds: float = 4.0) -> None:
        self.receive(S, E, WORDS, N)
        self.audio(seconds)
        self.come()
        self.hand(2.0)


@pytest.fixture
def call() -> Call:
    return Call()


@pytest.fixture
def home_call() -> Call:
    return Call(offer=OFFER, features=AGENT)


def turns(effects: list[Effect]) -> list[TurnState]:
    return [effect.turn for effect in effects if isinstance(effect, TurnBegan)]


def events(effects: list[Effect]) -> list[object]:
    return [effect.event for effect in effects if isinstance(effect, Emit)]


def errors(effects: list[Effect]) -> list[AgentError]:
    return [event.error for event in events(effects) if isinstance(event, ErrorOccurred)]


def sent(effects: list[Effect]) -> list[object]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def test_call_connects_and_listens_without_a_turn(call):
    assert Connect() in call.began
    assert call.rules.turn is None
    assert call.rules.status is Status.LISTENING
    assert call.hear() == VOICE
    assert call.hear(SILENT_FRAME) == SILENT_FRAME


def test_nothing_is_sent_faster_than_it_is_heard(call):
    assert call.rules.next_frame() == (None, True)


def test_speech_begins_a_turn(call):
    (turn,) = turns(call.receive(S))
    assert call.turn is turn
    assert turn.heard_speech
    assert call.phase() is Phase.LISTENING
    assert Limit.IDLE not in call.limits
    call.receive(E, WORDS)
    assert call.phase() is Phase.WAITING
    assert turn.words.text.strip() == "Lights on."


def test_turn_waits_for_the_transcript(call):
    call.receive(S)
    assert call.limits == {Limit.SPEECH: TIMINGS.speech + TIMINGS.connect}
    call.receive(E)
    assert call.limits[Limit.CLOSE_TURN] == TIMINGS.transcript


def test_microphone_is_heard_while_the_agent_thinks_and_speaks(call):
    call.receive(S, E, WORDS)
    assert call.hear() == VOICE
    call.receive(N)
    call.audio()
    assert call.hear() == VOICE


def test_speech_that_continues_belongs_to_the_turn(call):
    call.receive(S, E)
    assert turns(call.receive(S)) == []
    assert call.phase() is Phase.LISTENING


def test_speech_interrupts_the_reply(call):
    call.reply_begins()
    reply = call.reply
    call.wait(1.25)
    effects = call.receive(S)
    assert len(turns(effects)) == 1
    assert reply.was_interrupted
    assert ReplyInterrupted(1.25) in events(effects)
    assert call.phase() is Phase.LISTENING
    assert not call.turn.owes_stale_reply


def test_speech_interrupts_a_reply_without_a_transcript(home_call):
    (turn,) = turns(home_call.receive(S, E))
    assert TurnClosed(turn) in home_call.receive(N)
    home_call.audio()
    assert len(turns(home_call.receive(S))) == 1
    assert turn.reply is not None
    assert turn.reply.was_interrupted


def test_interruption_counts_what_the_listener_has_heard(call):
    call.reply_begins()
    call.wait(1.25)
    call.rules.audio_heard(call.reply, 0.5, call.now)
    assert ReplyInterrupted(0.5) in events(call.receive(S))


def test_listener_has_not_heard_more_than_it_got(call):
    call.reply_begins()
    call.rules.audio_heard(call.reply, 60, call.now)
    assert ReplyInterrupted(2.0) in events(call.receive(S))


def test_reply_that_was_heard_is_over(call):
    call.reply_begins(2.0)
    call.receive(AE)
    call.wait(TIMINGS.stream_end_grace)
    effects = call.rules.audio_heard(call.reply, 2.0, call.now)
    assert ReplyFinished(2.0) in events(effects)
    assert call.rules.turn is None


def test_reply_that_plays_late_is_not_over(call):
    call.reply_begins(2.0)
    call.receive(AE)
    call.wait(1)
    call.rules.audio_heard(call.reply, 0.0, call.now)
    call.wait(1.5)
    assert call.phase() is Phase.PLAYING_OUT
    call.wait(0.5)
    assert call.phase() is Phase.IDLE


def test_speech_while_the_agent_thinks_replaces_the_turn_without_an_error(call):
    (first,) = turns(call.receive(S, E, WORDS))
    (second,) = turns(call.receive(S))
    assert first.is_over
    assert first.error is None
    assert second is call.turn
    call.receive(E, WORDS, N)
    call.audio()
    assert second.reply is not None


def test_speech_cancels_what_the_home_does(home_call):
    home_call.receive(S, E, WORDS, Ask("1", "Lights on."))
    home_call.rules.claim(home_call.turn, home_call.now, has_handler=True)
    effects = home_call.receive(S)
    assert any(isinstance(effect, CancelCall) for effect in effects)
    assert Handled() not in sent(effects)


def test_speech_ends_a_text_that_the_server_waits_for(home_call):
    home_call.rules.start_text(None, home_call.now)
    home_call.rules.push_text(home_call.turn, "It is", home_call.now)
    assert Handled() in sent(home_call.receive(S))


def test_answer_before_the_end_of_speech_is_dropped(call):
    call.receive(S, N)
    call.audio()
    assert call.turn.stream is None


def test_agent_may_speak_first(call):
    call.receive(AgentTranscript("Good morning."))
    (turn,) = turns(call.receive(N))
    effects = call.audio()
    assert [effect.turn for effect in effects if isinstance(effect, ReplyBegan)] == [turn]
    assert not turn.has_microphone
    assert call.reply.transcript.text.strip() == "Good morning."


def test_turn_in_which_the_agent_speaks_first_has_ended(call):
    effects = call.receive(N)
    (turn,) = turns(effects)
    assert TurnClosed(turn) in effects
    assert not turn.is_open
    assert not turn.agent_ends
    assert not turn.awaits_transcript
    assert call.limits == {Limit.NO_REPLY: TIMINGS.first_audio}


def test_turn_in_which_the_agent_speaks_first_awaits_no_transcript(home_call):
    (turn,) = turns(home_call.receive(N, E, NO_WORDS))
    assert not turn.is_open
    home_call.wait(TIMINGS.first_audio)
    assert turn.is_over


def test_words_belong_to_the_next_unprompted_reply_only(call):
    call.receive(AgentTranscript("Good morning."), N)
    call.audio()
    call.rules.interrupt(call.now)
    call.receive(AgentTranscript("Good night."), N)
    call.audio()
    assert call.reply.transcript.text.strip() == "Good night."


def test_words_before_speech_are_not_those_of_a_later_reply(call):
    call.receive(AgentTranscript("Good morning."), S, E, NO_WORDS)
    call.wait(TIMINGS.no_end)
    call.receive(N)
    call.audio()
    assert call.reply.transcript.text == ""


def test_greeting_is_heard():
    call = Call()
    call.receive(AgentGreeting("Hello."), N)
    call.audio()
    assert call.reply.transcript.text.strip() == "Hello."
    call.receive(AgentGreetingEnd())


def test_agent_may_speak_after_the_rest_of_a_complete_answer_was_stopped(call):
    call.reply_begins(4)
    call.receive(AE)
    call.wait(TIMINGS.stream_end_grace)
    call.rules.interrupt(call.now)
    call.wait(6)
    call.receive(N)
    call.audio()
    assert call.phase() is Phase.REPLYING


def test_answer_after_a_greeting_without_a_mark_of_its_end_is_heard(call):
    call.receive(AgentGreeting("Hello."), N)
    call.audio()
    call.receive(S, E, WORDS, N)
    call.audio()
    assert call.turn.has_microphone
    assert call.phase() is Phase.REPLYING


def test_greeting_is_interrupted_by_speech(call):
    call.receive(N)
    call.audio()
    (turn,) = turns(call.receive(S))
    assert turn.has_microphone


def test_reply_that_the_agent_never_begins_ends_without_silence_to_send(call):
    call.receive(N)
    call.wait(TIMINGS.first_audio)
    assert call.rules.turn is None


def test_user_interrupts_a_reply_without_speaking(home_call):
    home_call.reply_begins()
    effects = home_call.rules.interrupt(home_call.now)
    assert Handled() in sent(effects)
    assert home_call.rules.turn is None
    assert home_call.phase() is Phase.IDLE


def test_user_interrupts_a_thought(home_call):
    home_call.receive(S, E, WORDS)
    assert Handled() in sent(home_call.rules.interrupt(home_call.now))
    assert home_call.rules.turn is None


def test_answer_to_an_interrupted_thought_is_not_heard(call):
    call.receive(S, E, WORDS)
    call.rules.interrupt(call.now)
    call.wait(TIMINGS.stale_reply - 1)
    assert turns(call.receive(N)) == []
    assert len(turns(call.receive(N))) == 1


def test_answer_to_an_interrupted_thought_is_expected_for_some_time(call):
    call.receive(S, E, WORDS)
    call.rules.interrupt(call.now)
    call.wait(TIMINGS.stale_reply)
    assert len(turns(call.receive(N))) == 1


def test_answer_to_an_interrupted_thought_is_not_expected_after_another_turn(call):
    call.receive(S, E, WORDS)
    call.rules.interrupt(call.now)
    call.receive(S, E, NO_WORDS)
    call.wait(TIMINGS.no_end)
    assert len(turns(call.receive(N))) == 1


@pytest.mark.parametrize("is_audible", [False, True])
def test_answer_after_an_interrupted_filler_is_not_heard(call, is_audible):
    call.receive(S, E, WORDS, N)
    if is_audible:
        call.audio()
    call.receive(AE)
    call.rules.interrupt(call.now)
    call.wait(TIMINGS.stale_reply - 1)
    assert turns(call.receive(N)) == []
    assert len(turns(call.receive(N))) == 1


def test_unprompted_words_after_an_interrupted_reply_are_heard_with_the_link(home_call):
    home_call.reply_begins()
    home_call.rules.interrupt(home_call.now)
    assert len(turns(home_call.receive(N))) == 1


def test_words_of_an_interrupted_answer_are_not_those_of_a_later_reply(call):
    call.receive(S, E, WORDS)
    call.rules.interrupt(call.now)
    call.receive(AgentTranscript("Good"), N, AgentTranscript("morning."), AE)
    call.receive(AgentTranscript("Good night."), N)
    call.audio()
    assert call.reply.transcript.text.strip() == "Good night."


def test_words_of_an_interrupted_answer_without_an_end_are_not_those_of_a_later_reply(call):
    call.receive(S, E, WORDS)
    call.rules.interrupt(call.now)
    call.receive(AgentTranscript("Good morning."), N)
    call.receive(AgentTranscript("Good night."), N)
    call.audio()
    assert call.reply.transcript.text.strip() == "Good night."


def test_interrupted_speech_is_flushed_with_silence(call):
    call.receive(S)
    call.rules.interrupt(call.now)
    assert call.phase() is Phase.FLUSHING
    assert call.hear() == SILENT_FRAME
    assert turns(call.receive(S)) == []
    call.receive(E)
    assert call.hear() == VOICE
    assert len(turns(call.receive(S))) == 1


def test_nothing_to_interrupt(call):
    assert call.rules.interrupt(call.now) == []


def test_noise_is_no_turn(home_call):
    home_call.receive(S, E)
    home_call.wait(TIMINGS.home_transcript)
    assert home_call.rules.turn is None
    assert home_call.limits[Limit.IDLE] == IDLE


def test_turn_in_which_the_home_was_called_is_no_noise(home_call):
    (turn,) = turns(home_call.receive(S, E, ToolCall("1", "turn_on", {})))
    home_call.rules.claim(turn, home_call.now, has_handler=True)
    effects = home_call.wait(TIMINGS.home_transcript)
    assert TurnClosed(turn) in effects
    assert not turn.is_over


def test_noise_with_an_empty_transcript_is_no_turn(call):
    (turn,) = turns(call.receive(S, E, NO_WORDS))
    call.wait(TIMINGS.no_end)
    assert turn.nobody_spoke
    assert call.rules.turn is None


def test_late_words_are_not_those_of_the_speech_that_interrupts(call):
    call.receive(S, E, N)
    call.audio()
    call.receive(S, WORDS)
    assert not call.turn.words.text
    call.receive(E)
    assert call.turn.is_open
    call.receive(UserTranscript("Lights off."))
    assert call.turn.words.text.strip() == "Lights off."


def test_words_before_the_end_of_speech_count_if_no_others_are_missing(call):
    call.receive(S, E, N)
    call.audio()
    call.receive(UserTranscript("Hello."), S, WORDS)
    assert call.turn.words.text.strip() == "Lights on."


@pytest.mark.parametrize("kind", [ErrorKind.AGENT_FAILED, ErrorKind.PROTOCOL])
def test_error_that_fails_no_turn_is_reported_in_every_turn(call, kind):
    message = ErrorMessage({ErrorKind.AGENT_FAILED: 3001, ErrorKind.PROTOCOL: 4400}[kind], "", None)
    for _ in range(2):
        effects = call.receive(S, message, message)
        assert [error.kind for error in errors(effects)] == [kind]
        call.receive(E, WORDS)


def test_agent_that_answers_no_typed_text_fails_its_turn(home_call):
    home_call.rules.start_text("What time is it?", home_call.now)
    turn = home_call.turn
    for _ in range(round(TIMINGS.first_audio)):
        assert turn.error is None
        home_call.wait(1)
        home_call.hear()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.NO_REPLY


def test_idle_call_ends(call):
    call.wait(IDLE + TIMINGS.connect)
    assert call.rules.is_closed


def test_call_is_kept_awake(call):
    call.wait(IDLE)
    call.rules.keep_awake(call.now)
    call.wait(IDLE - 1)
    assert not call.rules.is_closed
    call.wait(1)
    assert call.rules.is_closed


def test_keeping_awake_does_not_limit_a_turn(call):
    call.receive(S)
    call.rules.keep_awake(call.now)
    assert Limit.IDLE not in call.limits


def test_call_without_a_connection_is_not_kept_awake(call):
    call.reply_begins()
    call.lose()
    call.rules.listener_left(call.reply, call.now)
    assert call.rules.turn is None
    call.rules.keep_awake(call.now)
    call.wait(0)
    assert call.rules.is_closed


def test_closed_call_is_not_kept_awake(call):
    call.rules.end(call.now)
    assert call.rules.status is Status.IDLE
    assert call.rules.keep_awake(call.now) == []
    assert call.rules.deadline is None


def test_lost_connection_gets_the_open_turn_again(call):
    for _ in range(3):
        call.hear()
    call.receive(S)
    call.hear()
    assert Connect() in call.lose()
    call.connect()
    frames = [call.rules.next_frame()[0] for _ in range(5)]
    assert frames == [VOICE] * 4 + [None]
    call.receive(S, E, WORDS)
    assert call.phase() is Phase.WAITING


def test_every_turn_of_a_call_may_open_a_second_connection(call):
    for _ in range(2):
        call.receive(S)
        call.hear()
        assert Connect() in call.lose()
        call.connect()
        call.receive(S, E, WORDS)
        call.rules.cancel(call.turn, call.now)
        call.wait(TIMINGS.flush)
    call.receive(S)
    assert Connect() in call.lose()
    assert Connect() not in call.lose()


def test_lost_connection_ends_a_call_without_a_turn(call):
    call.lose()
    assert call.rules.is_closed


def test_lost_answer_is_not_asked_for_again(call):
    (turn,) = turns(call.receive(S, E, WORDS))
    call.lose()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CONNECTION_LOST
    assert call.rules.is_closed


def test_turn_of_a_call_ends_with_the_agent_whatever_the_settings(call):
    other = Call(end_of_turn=HOME_ASSISTANT)
    (turn,) = turns(other.receive(S))
    assert turn.agent_ends


def test_longest_turn_ends(call):
    (turn,) = turns(call.receive(S))
    call.wait(TIMINGS.speech + TIMINGS.connect + TIMINGS.no_end)
    call.receive(WORDS)
    assert not turn.is_open


def test_microphone_keeps_two_seconds_without_a_turn():
    microphone = LiveMicrophone()
    for number in range(100):
        microphone.push(bytes([number]) * FRAME_BYTES)
        microphone.next_frame()
    microphone.rewind()
    assert microphone.next_frame() == bytes([50]) * FRAME_BYTES


def test_microphone_drops_what_is_a_minute_behind():
    microphone = LiveMicrophone()
    for number in range(61):
        microphone.push(bytes([number]) * 16_000)
    assert microphone.next_frame() == bytes([1]) * FRAME_BYTES
