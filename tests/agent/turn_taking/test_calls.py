"""Calls of the server to the home during a turn (rule 12)."""

import pytest

from custom_components.playai.agent.home import (
    AgentFeatures,
    AnswerEnd,
    Feature,
    HomeOffer,
    ToolResult,
)
from custom_components.playai.agent.messages import (
    AgentMessage,
    AnswerDelta,
    AnswerEndMessage,
    Ask,
    Cancel,
    Handled,
    HomeMessage,
    ToolCall,
    ToolResultMessage,
    UserTranscript,
)
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import TurnClosed, TurnOver
from custom_components.playai.agent.turn_taking.state import CallState

from .driver import (
    AE,
    HOME_ASSISTANT,
    KNOWN,
    NO_WORDS,
    TIMINGS,
    Driver,
    E,
    N,
    S,
    listening,
    waiting,
)
from .home_calls import ASK, OFFER, TOOL, asked, begun, claim, home, refusal, sent

# The offer of the home.


def test_offer_is_sent_when_the_server_selects_the_link():
    driver = Driver(offer=OFFER)
    driver.start()
    assert sent(driver.connect()) == [HomeMessage(OFFER)]


def test_nothing_is_sent_to_a_server_that_did_not_select_the_link():
    driver = Driver(offer=OFFER, features=AgentFeatures("Old"))
    driver.has_home = False
    driver.start()
    effects = driver.connect()
    driver.speak()
    effects += driver.receive(AgentMessage(AgentFeatures("Agent")), S, E, ASK, TOOL, Cancel("1"))
    effects += driver.rules.update_home(HomeOffer("de", True))
    effects += driver.rules.cancel(driver.turn, driver.now)
    assert sent(effects) == []
    assert begun(effects) == []
    assert driver.rules.features is None


def test_link_is_not_assumed():
    driver = Driver(offer=OFFER)
    driver.start()
    assert sent(driver.rules.connection_opened(driver.now)) == []


def test_nothing_is_offered_without_an_offer():
    assert not Driver().rules.offers_home
    assert Driver(offer=OFFER).rules.offers_home


def test_changed_offer_is_sent_again():
    driver = listening(offer=OFFER)
    assert sent(driver.rules.update_home(OFFER)) == []
    changed = HomeOffer("en", False)
    assert sent(driver.rules.update_home(changed)) == [HomeMessage(changed)]
    driver.lose()
    assert sent(driver.rules.update_home(OFFER)) == []
    assert sent(driver.connect()) == [HomeMessage(OFFER)]


def test_changed_offer_is_not_sent_after_the_end():
    driver = Driver(offer=OFFER)
    driver.start()
    driver.connect()
    driver.rules.end(driver.now)
    assert sent(driver.rules.update_home(HomeOffer("en", False))) == []


def test_offer_that_changes_before_the_connection_is_open_is_sent_once():
    driver = Driver(offer=OFFER)
    changed = HomeOffer("en", False)
    assert sent(driver.rules.update_home(changed)) == []
    driver.start()
    assert sent(driver.connect()) == [HomeMessage(changed)]


def test_features_are_detected():
    driver = listening(offer=OFFER)
    agent = AgentFeatures("Agent", ("en",), frozenset({"say"}))
    driver.receive(AgentMessage(agent))
    assert driver.rules.features == agent
    assert driver.traits.features == agent


# Who answers.


def test_claimed_ask_begins_at_once():
    driver = home()
    effects = driver.receive(ASK)
    assert [call.message for call in begun(effects)] == [ASK]
    assert sent(effects) == []
    assert driver.limits[Limit.HOME_CALL] == TIMINGS.delta


def test_ask_waits_for_the_claim():
    driver = waiting(offer=OFFER, traits=KNOWN)
    assert begun(driver.receive(ASK)) == []
    driver.wait(TIMINGS.claim - 0.5)
    assert [call.message for call in begun(claim(driver))] == [ASK]
    assert begun(claim(driver)) == []
    assert driver.limits[Limit.HOME_CALL] == TIMINGS.delta


@pytest.mark.parametrize("message", [ASK, TOOL])
def test_unclaimed_turn_is_dropped_and_reported_to_the_server(message):
    driver = waiting(offer=OFFER, traits=KNOWN)
    turn = driver.turn
    driver.receive(message)
    driver.wait(TIMINGS.claim - 0.5)
    effects = driver.wait(0.5)
    assert sent(effects) == [Handled()]
    assert TurnOver(turn) in effects
    assert turn.error is None


def test_unclaimed_turn_without_an_ask_is_handled_too():
    driver = waiting(offer=OFFER, traits=KNOWN)
    driver.rules.expect_claim(driver.turn, driver.now)
    assert sent(driver.wait(TIMINGS.claim)) == [Handled()]


def test_caller_without_a_handler_refuses():
    driver = waiting(offer=OFFER, traits=KNOWN)
    driver.receive(ASK, TOOL)
    assert sent(claim(driver, has_handler=False)) == [
        refusal("unavailable"),
        ToolResultMessage("t", ToolResult("unavailable", is_error=True)),
    ]
    assert Limit.HOME_CALL not in driver.limits
    assert sent(driver.receive(ToolCall("u", "x", {}))) == [
        ToolResultMessage("u", ToolResult("unavailable", is_error=True))
    ]


def test_caller_has_no_handler_by_default():
    driver = waiting(offer=OFFER, traits=KNOWN)
    driver.rules.claim(driver.turn, driver.now)
    assert sent(driver.receive(ASK)) == [refusal("unavailable")]


def test_calls_that_look_the_same_are_not_equal():
    assert len({CallState(ASK, 1.0), CallState(ASK, 1.0)}) == 2


# When the server may ask.


def test_ask_ends_speech_to_text():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E)
    effects = driver.receive(ASK)
    assert TurnClosed(driver.turn) in effects
    assert driver.turn.words.text == "Lights on."


def test_transcript_is_preferred_to_the_text_of_the_ask():
    driver = home()
    driver.receive(Ask("1", "Something else."))
    assert driver.turn.words.text == "Lights on."


def test_tool_call_ends_speech_to_text_after_the_transcript():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E, TOOL)
    assert driver.turn.is_open
    assert TurnClosed(driver.turn) in driver.receive(UserTranscript("Lights on."))


def test_ask_ends_a_turn_that_home_assistant_would_end():
    driver = listening(offer=OFFER, end_of_turn=HOME_ASSISTANT)
    driver.speak()
    driver.receive(ASK)
    assert not driver.turn.is_open
    assert driver.turn.microphone.ended


def test_final_transcript_is_awaited_with_the_link():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E)
    assert driver.limits[Limit.CLOSE_TURN] == TIMINGS.home_transcript
    driver.receive(N)
    assert driver.turn.is_open
    assert TurnClosed(driver.turn) in driver.receive(UserTranscript("Lights on."))


@pytest.mark.parametrize(
    "messages", [(NO_WORDS, N), (N, NO_WORDS), (NO_WORDS, TOOL), (TOOL, NO_WORDS)]
)
def test_answer_with_an_empty_transcript_is_heard(messages):
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E)
    assert TurnClosed(driver.turn) in driver.receive(*messages)
    claim(driver)
    driver.wait(TIMINGS.no_end)
    assert driver.phase() is Phase.WAITING


def test_empty_transcript_alone_is_a_noise():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E, NO_WORDS)
    turn = driver.turn
    driver.wait(TIMINGS.no_end)
    assert turn.nobody_spoke


def test_transcript_is_awaited_for_some_seconds():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E)
    assert TurnClosed(driver.turn) in driver.wait(TIMINGS.home_transcript)


def test_ask_while_the_user_speaks_is_refused():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    assert sent(driver.receive(S, ASK)) == [refusal("no_turn")]
    assert driver.turn.is_open


def test_ask_without_a_turn_is_refused():
    driver = home()
    driver.rules.cancel(driver.turn, driver.now)
    assert sent(driver.receive(ASK)) == [refusal("no_turn")]
    assert driver.rules.turn is None


def test_ask_for_a_cancelled_turn_is_refused():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.start()
    driver.speak(send=False)
    assert driver.phase() is Phase.FLUSHING
    assert sent(driver.receive(ASK)) == [refusal("no_turn")]
    assert sent(driver.receive(ASK)) == [refusal("no_turn")]
    assert driver.rules.turn is not None


def test_ask_is_refused_while_a_turn_that_the_home_knows_is_flushed():
    driver = listening(offer=OFFER, end_of_turn=HOME_ASSISTANT)
    driver.speak()
    driver.receive(ASK)
    driver.start()
    driver.speak(send=False)
    assert driver.phase() is Phase.FLUSHING
    assert not driver.turn.owes_stale_reply
    assert sent(driver.receive(Ask("2", "Lights on."))) == [
        AnswerEndMessage("2", AnswerEnd(error="no_turn"))
    ]


def test_ask_is_refused_while_the_reply_to_a_cancelled_turn_may_come():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.start()
    driver.rules.time_passed(driver.now + TIMINGS.flush)
    assert driver.phase() is Phase.LISTENING
    assert driver.turn.belongs_to_cancelled
    assert sent(driver.receive(ASK)) == [refusal("no_turn")]
    assert driver.turn.belongs_to_cancelled


def test_cancelled_turn_is_handled_when_the_server_has_heard_its_end():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S)
    assert sent(driver.rules.cancel(driver.turn, driver.now)) == []
    assert sent(driver.receive(E)) == [Handled()]


def test_second_ask_is_refused():
    driver, _ = asked()
    assert sent(driver.receive(Ask("2", "Lights on."))) == [
        AnswerEndMessage("2", AnswerEnd(error="repeated"))
    ]


def test_ask_is_refused_once_the_reply_is_heard():
    driver = home()
    driver.receive(N)
    driver.audio()
    assert sent(driver.receive(ASK)) == [refusal("no_turn")]


def test_tools_may_be_called_until_the_reply_is_complete():
    driver = home()
    driver.receive(N)
    driver.audio()
    assert len(begun(driver.receive(TOOL))) == 1
    driver.rules.tool_returned(next(iter(driver.turn.calls.values())), ToolResult({}), driver.now)
    driver.receive(AE)
    driver.wait(TIMINGS.stream_end_grace)
    assert driver.phase() is Phase.PLAYING_OUT
    assert sent(driver.receive(ToolCall("u", "x", {}))) == [
        ToolResultMessage("u", ToolResult("no_turn", is_error=True))
    ]


def test_words_before_a_result():
    speaking = AgentFeatures("Agent", (), frozenset({Feature.TOOL_WORDS}))
    driver = home(features=speaking)
    driver.receive(TOOL)
    longest = "x" * (64 * 1024)
    effects = driver.rules.push_text(driver.turn, longest, driver.now)
    assert "".join(message.text for message in sent(effects)) == longest
    assert {message.id for message in sent(effects)} == {"t"}
    assert driver.rules.push_text(driver.turn, "More.", driver.now) == []


def test_words_before_a_result_for_a_server_that_does_not_speak_them():
    driver = home(features=AgentFeatures("Agent"))
    driver.receive(TOOL)
    assert driver.rules.push_text(driver.turn, "Should I?", driver.now) == []


def test_words_without_a_call():
    driver = home()
    assert driver.rules.push_text(driver.turn, "Should I?", driver.now) == []


def test_words_during_an_ask_are_a_part_of_the_answer():
    driver, _ = asked()
    effects = driver.rules.push_text(driver.turn, "Should I?", driver.now)
    assert sent(effects) == [AnswerDelta("1", "Should I?")]


def test_id_is_used_once():
    driver, call = asked()
    assert driver.receive(ToolCall("1", "turn_on", {})) == []
    driver.rules.answer_ended(call, AnswerEnd("Done."), driver.now)
    assert driver.receive(ToolCall("1", "turn_on", {})) == []


def test_tool_calls_at_once_are_limited():
    driver = home()
    calls = [ToolCall(str(n), "turn_on", {}) for n in range(9)]
    effects = driver.receive(*calls)
    assert len(begun(effects)) == 8
    assert sent(effects) == [ToolResultMessage("8", ToolResult("too_many", is_error=True))]


def test_tool_calls_of_a_turn_are_limited():
    driver = home()
    for n in range(32):
        (call,) = begun(driver.receive(ToolCall(f"t{n}", "turn_on", {})))
        driver.rules.tool_returned(call, ToolResult({}), driver.now)
    assert sent(driver.receive(TOOL)) == [
        ToolResultMessage("t", ToolResult("too_many", is_error=True))
    ]
    assert len(begun(driver.receive(ASK))) == 1
