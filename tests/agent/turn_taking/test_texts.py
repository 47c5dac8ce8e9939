"""Typed turns, and texts of the home that the agent speaks (rule 13)."""

import pytest

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.home import AgentFeatures, Feature, HomeOffer
from custom_components.playai.agent.messages import (
    AgentMessage,
    Ask,
    Handled,
    HomeMessage,
    Say,
    ToolCall,
    UserText,
)
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import (
    Connect,
    DropStream,
    ReplyBegan,
    ReplyWithdrawn,
    TurnClosed,
    TurnOver,
)

from .driver import AE, IDLE, KNOWN, SILENT, TIMINGS, Driver, E, N, S, listening, waiting
from .home_calls import ASK, TOOL, begun, claim, sent

OFFER = HomeOffer("en", True)
AGENT = AgentFeatures("Agent", ("en",), frozenset({Feature.SAY, Feature.USER_TEXT}))
MUTE = AgentFeatures("Mute", ("en",))
UNMARKED = ServerTraits(greets=False, sends_voice_activity=True, marks_stream_end=False)


def connected(features: AgentFeatures | None = AGENT) -> Driver:
    """A connection is open, and no turn."""
    driver = listening(offer=OFFER, traits=KNOWN, features=features)
    driver.rules.cancel(driver.turn, driver.now)
    return driver


def say(driver: Driver, language: str | None = None):
    return driver.rules.start_text(None, driver.now, language=language)


def type_text(driver: Driver, text: str = "What time is it?"):
    return driver.rules.start_text(text, driver.now)


def push(driver: Driver, text: str = "Hello."):
    return driver.rules.push_text(driver.turn, text, driver.now)


def end(driver: Driver):
    return driver.rules.end_text(driver.turn, driver.now)


# Typed turns.


def test_typed_turn_is_sent_and_answered():
    driver = connected()
    effects = type_text(driver)
    turn = driver.turn
    assert sent(effects) == [UserText("What time is it?")]
    assert TurnClosed(turn) in effects
    assert turn.words.text == "What time is it?"
    assert driver.phase() is Phase.WAITING
    assert driver.limits == {Limit.NO_REPLY: TIMINGS.first_audio}
    driver.wait(1)
    driver.receive(N)
    effects = driver.audio()
    assert ReplyBegan(turn, turn.stream) in effects
    assert turn.stream.response_time == 1


def test_typed_turn_opens_a_connection():
    driver = Driver(offer=OFFER)
    assert Connect() in type_text(driver)
    assert driver.limits == {Limit.NO_REPLY: TIMINGS.connect + TIMINGS.first_audio}
    assert sent(driver.connect()) == [HomeMessage(OFFER)]
    assert driver.limits[Limit.FEATURES] == TIMINGS.features
    assert sent(driver.receive(AgentMessage(AGENT))) == [UserText("What time is it?")]
    assert Limit.FEATURES not in driver.limits


def test_text_is_sent_at_once_where_the_features_are_known():
    driver = Driver(offer=OFFER, features=AGENT)
    type_text(driver)
    assert sent(driver.connect()) == [HomeMessage(OFFER), UserText("What time is it?")]


@pytest.mark.parametrize("features", [frozenset(), frozenset({Feature.USER_TEXT})])
def test_agent_that_speaks_no_texts(features):
    driver = connected(AgentFeatures("Agent", ("en",), features))
    say(driver)
    turn = driver.turn
    assert sent(push(driver)) == []
    driver.wait(0)
    assert turn.is_over
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.PROTOCOL
    assert turn.error.message == "the server cannot speak texts"


@pytest.mark.parametrize("features", [frozenset(), frozenset({Feature.SAY})])
def test_agent_that_answers_no_typed_turns(features):
    driver = connected(AgentFeatures("Agent", ("en",), features))
    assert sent(type_text(driver)) == []
    turn = driver.turn
    driver.wait(0)
    assert turn.is_over
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.PROTOCOL
    assert turn.error.message == "the server cannot answer typed turns"


def test_server_without_the_link():
    driver = Driver(offer=OFFER, features=AGENT)
    driver.has_home = False
    type_text(driver)
    turn = driver.turn
    driver.connect()
    driver.wait(0)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.PROTOCOL


def test_features_that_do_not_come():
    driver = Driver(offer=OFFER)
    type_text(driver)
    turn = driver.turn
    driver.connect()
    driver.wait(TIMINGS.features - 0.25)
    assert turn.error is None
    driver.wait(0.25)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.PROTOCOL


def test_connection_that_cannot_be_opened():
    driver = Driver(offer=OFFER)
    type_text(driver)
    turn = driver.turn
    assert Connect() in driver.lose(ErrorKind.CANNOT_CONNECT)
    driver.lose(ErrorKind.CANNOT_CONNECT)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CANNOT_CONNECT


def test_text_is_not_sent_twice():
    driver = connected()
    type_text(driver)
    turn = driver.turn
    assert Connect() not in driver.lose()
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.CONNECTION_LOST


def test_typed_turn_without_a_reply():
    driver = connected()
    type_text(driver)
    turn = driver.turn
    assert sent(driver.wait(TIMINGS.first_audio)) == [Handled()]
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.NO_REPLY


def test_typed_turn_may_be_asked():
    driver = connected()
    type_text(driver)
    claim(driver)
    assert len(begun(driver.receive(ASK, TOOL))) == 2


def test_no_audio_is_sent_in_a_typed_turn():
    driver = connected()
    type_text(driver)
    assert driver.rules.next_frame() == (None, False)


def test_text_waits_until_a_cancelled_turn_is_flushed():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    driver.receive(S)
    assert sent(type_text(driver)) == []
    assert sent(driver.receive(E)) == [Handled(), UserText("What time is it?")]
    driver.receive(N)
    driver.audio()
    assert driver.phase() is Phase.REPLYING


def test_stream_before_the_text_is_not_a_reply():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    driver.receive(S)
    type_text(driver)
    driver.receive(N)
    driver.audio()
    assert driver.turn.reply is None
    assert sent(driver.receive(ASK))[0].end.error == "no_turn"


def test_stream_before_a_local_text_is_not_a_reply():
    driver = spoken()
    answer_locally(driver)
    driver.receive(N)
    driver.audio()
    assert driver.turn.reply is None
    push(driver)
    driver.receive(N)
    driver.audio()
    assert driver.phase() is Phase.REPLYING


def test_text_is_sent_when_flushing_takes_too_long():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    driver.receive(S)
    type_text(driver)
    assert sent(driver.wait(TIMINGS.flush)) == [Handled(), UserText("What time is it?")]


def test_turn_without_speech_is_not_reported_as_handled():
    """The server would drop its answer to the turn before that one."""
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    type_text(driver)
    assert sent(driver.wait(TIMINGS.flush)) == [UserText("What time is it?")]


def test_speech_that_begins_during_the_flush_is_reported_as_handled():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    type_text(driver)
    driver.receive(S)
    assert sent(driver.receive(E)) == [Handled(), UserText("What time is it?")]


def test_turn_of_a_server_without_voice_activity_is_reported_as_handled():
    driver = listening(offer=OFFER, traits=SILENT, features=AGENT)
    driver.speak()
    type_text(driver)
    assert sent(driver.wait(TIMINGS.flush)) == [Handled(), UserText("What time is it?")]


def test_cancelled_typed_turn_is_dropped():
    driver = connected()
    type_text(driver)
    turn = driver.turn
    effects = driver.rules.cancel(turn, driver.now)
    assert sent(effects) == [Handled()]
    assert TurnOver(turn) in effects
    assert driver.limits == {Limit.IDLE: IDLE}


def test_server_owes_no_reply_to_the_turn_before_a_typed_one():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    driver.receive(S)
    driver.rules.cancel(driver.turn, driver.now)
    type_text(driver)
    driver.wait(TIMINGS.flush)
    driver.start()
    assert not driver.turn.owes_stale_reply


def test_local_answer_to_a_typed_turn():
    driver = connected()
    type_text(driver)
    assert sent(answer_locally(driver)) == [Handled()]
    assert sent(push(driver)) == [Say("Hello.", "en", is_final=False)]
    assert sent(end(driver)) == [Say("", "en")]


# Texts of the home.


def test_text_is_spoken():
    driver = connected()
    assert sent(say(driver, "de")) == []
    assert sent(push(driver, "Es ist ")) == [Say("Es ist ", "de", is_final=False)]
    assert sent(push(driver, "spät.")) == [Say("spät.", "de", is_final=False)]
    assert sent(end(driver)) == [Say("", "de")]
    assert push(driver) == []
    assert end(driver) == []
    driver.receive(N)
    driver.audio()
    assert driver.phase() is Phase.REPLYING


def test_text_that_is_complete_before_the_connection_is_one_message():
    driver = Driver(offer=OFFER, features=AGENT)
    say(driver)
    push(driver)
    end(driver)
    assert sent(driver.connect()) == [HomeMessage(OFFER), Say("Hello.")]


def test_nothing_to_say():
    driver = connected()
    say(driver)
    turn = driver.turn
    assert sent(end(driver)) == []
    assert turn.is_over
    assert turn.error is None


def test_text_is_cut_to_its_limit():
    driver = connected()
    say(driver)
    for _ in range(10):
        push(driver, "word " * 5_000)
    assert driver.turn.pushed_characters == 32_768


def test_nothing_is_asked_while_the_home_speaks():
    driver = connected()
    say(driver)
    push(driver)
    claim(driver)
    assert begun(driver.receive(Ask("1", "x"), ToolCall("2", "x", {}))) == []


def test_pause_of_the_text_does_not_complete_the_reply():
    driver = connected()
    say(driver)
    push(driver)
    driver.receive(N)
    driver.audio()
    driver.come()
    driver.receive(AE)
    driver.wait(TIMINGS.delta - 1)
    assert driver.phase() is Phase.REPLYING
    reply = driver.reply
    driver.wait(1)
    assert reply.is_complete


def test_end_of_the_stream_completes_the_reply_once_the_text_is_complete():
    driver = connected()
    say(driver)
    push(driver)
    end(driver)
    driver.receive(N)
    driver.audio()
    driver.come()
    driver.receive(AE)
    driver.wait(TIMINGS.stream_end_grace)
    assert driver.phase() is Phase.PLAYING_OUT


def test_text_that_is_broken_off_is_dropped_by_the_server():
    driver = connected()
    say(driver)
    push(driver)
    driver.receive(N)
    driver.audio()
    assert sent(driver.rules.drop(driver.reply, driver.now)) == [Handled()]


def test_text_without_an_end_has_a_limit():
    driver = connected()
    say(driver)
    push(driver)
    turn = driver.turn
    assert sent(driver.wait(TIMINGS.first_audio)) == [Handled()]
    assert turn.is_over


def test_text_to_speak_has_a_limit():
    driver = connected()
    say(driver)
    turn = driver.turn
    driver.wait(TIMINGS.connect + TIMINGS.first_audio)
    assert turn.is_over


def test_text_replaces_a_reply():
    """The server waits with a text until the reply before it has been played, or dropped."""
    driver = spoken()
    driver.receive(N)
    driver.audio()
    say(driver)
    assert sent(push(driver)) == [Handled(), Say("Hello.", is_final=False)]
    assert sent(push(driver)) == [Say("Hello.", is_final=False)]


def test_new_connection_knows_nothing_of_a_reply_that_was_dropped():
    driver = spoken()
    driver.receive(N)
    driver.audio()
    driver.start()
    assert Connect() in driver.lose()
    driver.connect()
    say(driver)
    assert sent(push(driver)) == [Say("Hello.", is_final=False)]


def test_typed_turn_replaces_a_reply():
    driver = spoken()
    driver.receive(N)
    driver.audio()
    assert sent(type_text(driver)) == [UserText("What time is it?")]
    driver.rules.cancel(driver.turn, driver.now)
    say(driver)
    assert sent(push(driver)) == [Say("Hello.", is_final=False)]


def test_text_after_a_reply_that_speech_has_interrupted():
    driver = spoken()
    driver.receive(N)
    driver.audio()
    driver.start()
    driver.speak()
    driver.receive(S, E)
    driver.rules.cancel(driver.turn, driver.now)
    say(driver)
    assert sent(push(driver)) == [Say("Hello.", is_final=False)]


def test_microphone_interrupts_a_text():
    driver = connected()
    say(driver)
    push(driver)
    end(driver)
    assert sent(driver.start()) == [Handled()]
    assert driver.phase() is Phase.LISTENING


# The home answers itself.


def answer_locally(driver: Driver, language: str | None = "en"):
    return driver.rules.answer_locally(driver.turn, language, driver.now)


def spoken() -> Driver:
    """The user has finished."""
    return waiting(offer=OFFER, traits=KNOWN, features=AGENT)


def test_local_answer_is_the_reply():
    driver = spoken()
    driver.rules.expect_claim(driver.turn, driver.now)
    turn = driver.turn
    assert sent(answer_locally(driver)) == [Handled()]
    assert Limit.TURN_CLAIM not in driver.limits
    assert sent(push(driver, "Done.")) == [Say("Done.", "en", is_final=False)]
    assert sent(end(driver)) == [Say("", "en")]
    driver.receive(N)
    effects = driver.audio()
    assert ReplyBegan(turn, turn.stream) in effects


def test_local_answer_drops_what_the_server_asked():
    driver = spoken()
    driver.receive(ASK)
    assert sent(answer_locally(driver)) == [Handled()]
    assert begun(claim(driver)) == []
    assert Limit.HOME_CALL not in driver.limits


def test_local_answer_replaces_a_reply_of_the_server():
    driver = spoken()
    driver.receive(N)
    driver.audio()
    driver.receive(AE)
    driver.wait(TIMINGS.stream_end_grace)
    turn, reply = driver.turn, driver.reply
    assert ReplyWithdrawn(turn, reply) in answer_locally(driver)
    assert driver.phase() is Phase.WAITING
    push(driver)
    driver.receive(N)
    assert ReplyBegan(turn, turn.stream) in driver.audio()
    assert turn.stream is not reply


def test_local_answer_while_a_reply_arrives():
    driver = waiting(offer=OFFER, traits=UNMARKED, features=AGENT)
    driver.receive(ASK, N)
    driver.audio()
    reply = driver.reply
    effects = answer_locally(driver)
    assert DropStream() in effects
    assert driver.rules.limits == {Limit.NO_REPLY: driver.now + TIMINGS.first_audio}
    driver.audio()
    assert driver.turn.reply is None
    push(driver)
    end(driver)
    driver.receive(N)
    driver.audio()
    assert driver.reply is not reply
    assert driver.limits == {Limit.REPLY_COMPLETE: 1 + TIMINGS.quiet}


def test_local_answer_that_is_not_spoken():
    driver = spoken()
    driver.receive(N)
    driver.audio()
    turn = driver.turn
    answer_locally(driver)
    push(driver)
    driver.wait(TIMINGS.first_audio)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.NO_REPLY


def test_response_time_of_a_local_answer_counts_from_the_end_of_the_words():
    driver = spoken()
    driver.wait(1)
    answer_locally(driver)
    assert driver.limits == {Limit.NO_REPLY: TIMINGS.first_audio}
    push(driver)
    driver.wait(0.5)
    driver.receive(N)
    driver.audio()
    assert driver.reply.response_time == 1.5


def test_response_time_of_a_local_answer_in_an_open_turn_counts_from_the_answer():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    answer_locally(driver)
    driver.wait(1)
    push(driver)
    driver.wait(0.5)
    driver.receive(N)
    driver.audio()
    assert driver.reply.response_time == 1.5


def test_local_answer_without_a_connection_cancels_the_turn():
    driver = Driver(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.start()
    turn = driver.turn
    answer_locally(driver)
    assert turn.is_over
    assert turn.error is None


def test_local_answer_to_a_reply_that_is_heard_cancels_the_turn():
    driver = spoken()
    driver.receive(N)
    driver.audio()
    driver.come()
    turn = driver.turn
    answer_locally(driver)
    assert turn.is_over


def test_local_answer_ends_an_open_turn():
    driver = listening(offer=OFFER, traits=KNOWN, features=AGENT)
    driver.speak()
    assert TurnClosed(driver.turn) in answer_locally(driver)
    assert driver.phase() is Phase.WAITING


@pytest.mark.parametrize("features", [None, MUTE])
def test_local_answer_where_the_agent_speaks_no_texts(features):
    driver = waiting(offer=OFFER, traits=KNOWN, features=features)
    turn = driver.turn
    assert sent(answer_locally(driver)) == [Handled()]
    assert turn.is_over
    assert turn.error is None
    assert driver.limits == {Limit.IDLE: IDLE}


def test_local_answer_of_an_older_turn():
    driver = spoken()
    old = driver.turn
    driver.start()
    assert driver.rules.answer_locally(old, "en", driver.now) == []
    assert driver.rules.push_text(old, "x", driver.now) == []
    assert driver.rules.end_text(old, driver.now) == []


def test_text_of_a_turn_of_the_agent_is_ignored():
    driver = spoken()
    assert push(driver) == []
    assert end(driver) == []
