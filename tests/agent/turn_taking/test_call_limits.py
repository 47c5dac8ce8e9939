"""Time limits of the server's calls to the home (rule 12)."""

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.home import AnswerEnd, ToolResult
from custom_components.playai.agent.messages import Handled, ToolCall, ToolResultMessage
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import Effect

from .driver import AE, KNOWN, TIMINGS, E, N, S, listening
from .home_calls import OFFER, TOOL, asked, begun, cancelled, home, refusal, sent

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


def test_empty_stream_is_not_a_failure_while_the_home_answers():
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
