"""Answers of the home to the server's calls, and the end of a call (rule 12)."""

from custom_components.playai.agent.home import AnswerEnd, ToolResult
from custom_components.playai.agent.messages import (
    AgentTranscript,
    AnswerDelta,
    AnswerEndMessage,
    Cancel,
    Handled,
    ToolResultMessage,
    UserTranscript,
)
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.calls import pieces
from custom_components.playai.agent.turn_taking.effects import Effect

from .driver import AE, KNOWN, TIMINGS, E, N, S, listening, replying, waiting
from .home_calls import ASK, OFFER, TOOL, asked, begun, cancelled, claim, home, refusal, sent

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


def test_words_of_a_home_that_does_not_understand():
    driver, call = asked()
    end = AnswerEnd("Sorry, I know no lamp. " * 1_000, error="not_understood")
    [message] = sent(driver.rules.answer_ended(call, end, driver.now))
    assert message.end.error == "not_understood"
    assert message.end.text == end.text[: 8 * 1024]


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


def test_one_long_delta_is_cut():
    driver, call = asked()
    driver.rules.answer_delta(call, "It is ", driver.now)
    effects = driver.rules.answer_delta(call, "a" * 300_000, driver.now)
    deltas = [m.text for m in sent(effects) if isinstance(m, AnswerDelta)]
    assert sum(map(len, deltas)) == 65_536 - len("It is ")
    assert cancelled(effects) == [call]


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
