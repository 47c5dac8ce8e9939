"""What the server asks of the home during a turn (rule 12)."""

import pytest

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.home import AgentFeatures, AnswerEnd, HomeOffer, ToolResult
from custom_components.playai.agent.messages import (
    AgentMessage,
    AgentTranscript,
    AnswerDelta,
    AnswerEndMessage,
    Ask,
    Cancel,
    Handled,
    HomeMessage,
    Message,
    ToolCall,
    ToolResultMessage,
    UserTranscript,
)
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.calls import pieces
from custom_components.playai.agent.turn_taking.effects import (
    BeginCall,
    CancelCall,
    Effect,
    Send,
    TurnClosed,
    TurnOver,
)
from custom_components.playai.agent.turn_taking.state import CallState

from .driver import (
    AE,
    HOME_ASSISTANT,
    KNOWN,
    TIMINGS,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)

OFFER = HomeOffer("en", True)
ASK = Ask("1", "Lights on.")
TOOL = ToolCall("t", "turn_on", {"area": "kitchen"})


def sent(effects: list[Effect]) -> list[Message]:
    """The messages to the server."""
    return [e.message for e in effects if isinstance(e, Send)]


def begun(effects: list[Effect]) -> list[CallState]:
    """The calls that begin."""
    return [e.call for e in effects if isinstance(e, BeginCall)]


def cancelled(effects: list[Effect]) -> list[CallState]:
    """The calls that are cancelled."""
    return [e.call for e in effects if isinstance(e, CancelCall)]


def claim(driver: Driver, *, has_handler: bool = True) -> list[Effect]:
    return driver.rules.claim(driver.turn, driver.now, has_handler=has_handler)


def home(**options) -> Driver:
    """The user has finished, and a caller that answers for the home waits for the reply."""
    driver = waiting(offer=OFFER, traits=KNOWN, **options)
    claim(driver)
    return driver


def asked(**options) -> tuple[Driver, CallState]:
    """The server has asked the home, which answers."""
    driver = home(**options)
    (call,) = begun(driver.receive(ASK))
    return driver, call


def refusal(reason: str) -> AnswerEndMessage:
    return AnswerEndMessage("1", AnswerEnd(error=reason))


# What is offered.


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


def test_features_are_learnt():
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
def test_unclaimed_turn_is_dropped_and_the_server_told(message):
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


def test_caller_has_no_handler_unless_it_says_so():
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


# Answers.


def test_answer_is_sent_as_it_comes():
    driver, call = asked()
    assert sent(driver.rules.answer_delta(call, "It is ", driver.now)) == [
        AnswerDelta("1", "It is ")
    ]
    assert driver.rules.answer_delta(call, "", driver.now) == []
    end = AnswerEnd("It is late.", continue_conversation=True)
    assert sent(driver.rules.answer_ended(call, end, driver.now)) == [
        AnswerEndMessage("1", AnswerEnd(None, continue_conversation=True))
    ]
    assert driver.rules.answer_delta(call, "more", driver.now) == []
    assert driver.rules.answer_ended(call, end, driver.now) == []


def test_answer_without_deltas():
    driver, call = asked()
    effects = driver.rules.answer_ended(call, AnswerEnd("It is late."), driver.now)
    assert sent(effects) == [
        AnswerDelta("1", "It is late."),
        AnswerEndMessage("1", AnswerEnd()),
    ]


def test_answer_that_was_not_understood():
    driver, call = asked()
    end = AnswerEnd(error="not_understood")
    assert sent(driver.rules.answer_ended(call, end, driver.now)) == [refusal("not_understood")]
    driver.receive(N)
    driver.audio()
    assert driver.phase() is Phase.REPLYING


def test_long_error_is_cut():
    driver, call = asked()
    end = AnswerEnd(error="e" * 65)
    assert sent(driver.rules.answer_ended(call, end, driver.now)) == [refusal("e" * 64)]


def test_long_answer_without_deltas_is_cut():
    driver, call = asked()
    effects = driver.rules.answer_ended(call, AnswerEnd("a" * 65_537), driver.now)
    assert sum(len(m.text) for m in sent(effects) if isinstance(m, AnswerDelta)) == 65_536


def test_long_words_are_split():
    driver, call = asked()
    effects = driver.rules.answer_delta(call, "😀" * 10_000, driver.now)
    assert [len(message.text.encode()) for message in sent(effects)] == [32_768, 7_232]


def test_surrogates_can_be_sent():
    assert pieces("\ud800a") == ["?a"]
    assert pieces("") == []


def test_answer_of_the_highest_length_is_cut_off():
    driver, call = asked()
    assert cancelled(driver.rules.answer_delta(call, "a" * 65_535, driver.now)) == []
    assert cancelled(driver.rules.answer_delta(call, "a", driver.now)) == [call]


def test_endless_answer_is_cut_off():
    driver, call = asked()
    effects: list[Effect] = []
    while not cancelled(effects):
        effects = driver.rules.answer_delta(call, "word " * 5_000, driver.now)
    assert call.sent_characters < 65_536 + 25_000
    assert sent(effects)[-1] == AnswerEndMessage("1", AnswerEnd())
    assert Limit.HOME_CALL not in driver.limits


def test_tool_result_is_sent():
    driver = home()
    (call,) = begun(driver.receive(TOOL))
    assert driver.limits[Limit.HOME_CALL] == TIMINGS.tool
    result = ToolResult({"on": True})
    assert sent(driver.rules.tool_returned(call, result, driver.now)) == [
        ToolResultMessage("t", result)
    ]
    assert driver.rules.tool_returned(call, result, driver.now) == []


# Limits.


def test_first_words_have_a_limit():
    driver, call = asked()
    driver.wait(TIMINGS.delta - 0.5)
    effects = driver.wait(0.5)
    assert sent(effects) == [refusal("timeout")]
    assert cancelled(effects) == [call]
    assert driver.limits[Limit.NO_REPLY] == TIMINGS.first_audio


def test_further_words_have_a_limit():
    driver, call = asked()
    driver.wait(TIMINGS.delta - 0.5)
    driver.rules.answer_delta(call, "It is ", driver.now)
    assert driver.limits[Limit.HOME_CALL] == TIMINGS.delta
    assert sent(driver.wait(TIMINGS.delta)) == [refusal("timeout")]


def test_tools_have_a_limit_each():
    driver = home()
    (first,) = begun(driver.receive(TOOL))
    driver.wait(5)
    (second,) = begun(driver.receive(ToolCall("u", "turn_on", {})))
    assert driver.limits[Limit.HOME_CALL] == TIMINGS.tool - 5
    effects = driver.wait(TIMINGS.tool - 5)
    assert cancelled(effects) == [first]
    assert sent(effects) == [ToolResultMessage("t", ToolResult("timeout", is_error=True))]
    assert driver.limits[Limit.HOME_CALL] == 5
    assert cancelled(driver.wait(5)) == [second]


def test_turn_does_not_fail_while_the_home_answers():
    driver, call = asked()
    for _ in range(4):
        driver.wait(TIMINGS.delta - 1)
        driver.rules.answer_delta(call, "word ", driver.now)
    assert driver.phase() is Phase.WAITING
    assert driver.turn.error is None


def test_home_that_answers_for_too_long_without_any_audio():
    driver, call = asked()
    turn = driver.turn
    effects: list[Effect] = []
    while driver.rules.turn is not None:
        driver.rules.answer_delta(call, "word ", driver.now)
        effects = driver.wait(TIMINGS.delta - 1)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.NO_REPLY
    assert cancelled(effects) == [call]
    assert sent(effects) == [Handled()]


def test_first_audio_is_not_due_before_speech_to_text_has_ended():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S, E, TOOL)
    assert set(driver.limits) == {Limit.SPEECH, Limit.CLOSE_TURN, Limit.HOME_CALL}


def test_first_audio_is_not_due_once_it_has_come():
    driver = home()
    driver.receive(N)
    driver.audio()
    driver.receive(TOOL)
    assert set(driver.limits) == {Limit.REPLY_COMPLETE, Limit.HOME_CALL}


def test_first_audio_is_due_after_the_end_of_the_answer():
    driver, call = asked()
    driver.wait(20)
    driver.rules.answer_ended(call, AnswerEnd("Done."), driver.now)
    assert driver.limits[Limit.NO_REPLY] == TIMINGS.first_audio


def test_pause_of_the_home_does_not_complete_the_reply():
    driver, call = asked()
    driver.rules.answer_delta(call, "One moment.", driver.now)
    driver.receive(N)
    driver.audio()
    driver.come()
    driver.wait(TIMINGS.delta - 0.5)
    assert driver.phase() is Phase.REPLYING
    driver.rules.answer_ended(call, AnswerEnd(), driver.now)
    driver.receive(N)
    driver.audio()
    driver.receive(AE)
    driver.wait(TIMINGS.stream_end_grace)
    assert driver.phase() is Phase.PLAYING_OUT


def test_end_of_a_filler_does_not_complete_the_reply():
    driver, call = asked()
    driver.receive(N)
    driver.audio()
    driver.come()
    driver.receive(AE)
    driver.wait(10)
    assert driver.phase() is Phase.REPLYING
    driver.rules.answer_ended(call, AnswerEnd("Done."), driver.now)
    driver.wait(TIMINGS.stall - 0.5)
    assert driver.phase() is Phase.REPLYING
    reply = driver.reply
    driver.wait(0.5)
    assert reply.is_complete
    assert driver.traits.marks_stream_end


def test_empty_stream_is_no_failure_while_the_home_answers():
    driver, _ = asked()
    driver.receive(N, AE)
    driver.wait(1)
    assert driver.phase() is Phase.WAITING


def test_end_of_the_answer_counts_as_progress_of_the_reply():
    driver, call = asked()
    driver.receive(N)
    driver.audio()
    driver.come()
    driver.wait(TIMINGS.delta - 1)
    driver.rules.answer_ended(call, AnswerEnd("Done."), driver.now)
    driver.wait(TIMINGS.stall - 0.5)
    assert driver.phase() is Phase.REPLYING
    reply = driver.reply
    driver.wait(0.5)
    assert reply.is_complete


def test_reply_is_complete_some_time_after_the_end_of_the_answer():
    driver, call = asked()
    driver.receive(N)
    driver.audio()
    driver.come()
    driver.wait(20)
    driver.rules.answer_delta(call, "One moment.", driver.now)
    driver.wait(TIMINGS.delta - 19)
    driver.rules.answer_ended(call, AnswerEnd(), driver.now)
    assert driver.limits[Limit.REPLY_COMPLETE] == TIMINGS.stall


def test_home_that_is_late_does_not_keep_an_empty_reply():
    driver, _ = asked()
    turn = driver.turn
    driver.wait(TIMINGS.delta - TIMINGS.stream_end_grace)
    driver.receive(N, AE)
    driver.wait(TIMINGS.stream_end_grace)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.EMPTY_REPLY


# The end of a turn.


def test_server_cancels_a_call():
    driver, call = asked()
    assert cancelled(driver.receive(Cancel("1"))) == [call]
    assert driver.receive(Cancel("1")) == []
    assert driver.rules.answer_delta(call, "more", driver.now) == []
    assert driver.limits[Limit.NO_REPLY] == TIMINGS.first_audio


def test_server_cancels_a_call_that_waits():
    driver = waiting(offer=OFFER, traits=KNOWN)
    driver.receive(ASK, Cancel("1"))
    assert begun(claim(driver)) == []


def test_user_interrupts():
    driver, call = asked()
    effects = driver.start()
    assert cancelled(effects) == [call]
    assert sent(effects) == [Handled()]
    assert driver.rules.answer_delta(call, "more", driver.now) == []


def test_user_interrupts_the_reply():
    driver, call = asked()
    driver.receive(N)
    driver.audio()
    effects = driver.start()
    assert cancelled(effects) == [call]
    assert sent(effects) == [Handled()]


def test_server_owes_no_reply_to_a_turn_that_it_dropped():
    driver, _ = asked()
    driver.start()
    assert not driver.turn.owes_stale_reply


def test_server_owes_no_reply_once_it_has_heard_the_end_of_a_cancelled_turn():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.start()
    assert driver.turn.owes_stale_reply
    driver.receive(E)
    assert not driver.turn.owes_stale_reply
    driver.speak()
    driver.receive(S)
    driver.rules.cancel(driver.turn, driver.now)
    driver.receive(E)
    driver.start()
    assert not driver.turn.owes_stale_reply


def test_reply_that_is_not_asked_for_is_dropped_without_handled():
    driver = replying(offer=OFFER, traits=KNOWN)
    assert sent(driver.rules.drop(driver.reply, driver.now)) == []


def test_lost_connection_cancels_and_is_not_reopened():
    driver = listening(offer=OFFER, traits=KNOWN)
    driver.speak(send=False)
    driver.receive(S, E, UserTranscript("Lights on."))
    claim(driver)
    (call,) = begun(driver.receive(ASK))
    turn = driver.turn
    assert not turn.microphone.drained
    effects = driver.lose()
    assert cancelled(effects) == [call]
    assert sent(effects) == []
    assert turn.error is not None
    assert driver.rules.turn is None


def test_lost_connection_is_an_error_if_the_home_still_answers():
    driver, _ = asked()
    driver.receive(N)
    driver.audio()
    driver.receive(AE)
    reply = driver.reply
    driver.lose()
    assert reply.error is not None


def test_reply_that_is_too_long_cancels_the_call():
    driver, call = asked()
    driver.receive(N)
    driver.audio()
    driver.come()
    effects: list[Effect] = []
    for _ in range(round(TIMINGS.reply / 10)):
        driver.receive(AgentTranscript("word "))
        driver.rules.answer_delta(call, "word ", driver.now)
        effects += driver.wait(10)
    assert cancelled(effects) == [call]


def test_reply_with_too_much_audio_cancels_the_call():
    driver, call = asked()
    driver.receive(N)
    driver.audio(1)
    driver.come()
    assert cancelled(driver.audio(TIMINGS.reply)) == [call]
    assert driver.phase() is Phase.PLAYING_OUT
