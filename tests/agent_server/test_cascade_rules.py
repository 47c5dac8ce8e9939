"""A conversation: speech, answers prepared early, failures, idling and its end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from agent_server.audio import Samples
from agent_server.config import EndOfTurn
from agent_server.conversation import BacklogError, ClientGoneError
from agent_server.conversation.events import (
    AgentSaid,
    Failed,
    Fault,
    Interrupted,
    NothingSaid,
    SpeechEnded,
    SpeechStarted,
    UserSaid,
)
from agent_server.home import AnswerDelta, FromHome, Handled, HomeOffer, Played, Say, UserText
from agent_server.limits import Limits
from agent_server.turn_detection import BackgroundHeard
from agent_server.turn_detection import SpeechEnded as Ended

from .talk import START, Talk, answered, now, settle, speech, spoken, talking


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as talk:
        yield talk


# A turn.


async def test_words_so_far_are_reported_in_pauses_to_a_home_that_wants_them(talk: Talk) -> None:
    await talk.get(HomeOffer("en", answers=False, partial_transcripts=True))
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert talk.take() == [SpeechStarted(), UserSaid("one", final=False)]
    await talk.hear(so_far=speech(1))
    assert talk.take() == [], "the same words are reported once"
    await talk.hear()
    await talk.hear(so_far=speech(2))
    assert talk.take() == [UserSaid("two", final=False)]
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechEnded(), *answered("two", "Good day.")]
    await talk.hear(START)
    await talk.hear(so_far=speech(2))
    assert talk.take()[-1] == UserSaid("two two", final=False), "the turn continues"


async def test_noise_and_long_words_so_far_are_not_reported(talk: Talk) -> None:
    await talk.get(HomeOffer("en", answers=False, partial_transcripts=True))
    talk.ears.words[3] = "word " * 1000
    await talk.hear(START)
    await talk.hear(so_far=speech(9))
    await talk.hear()
    await talk.hear(so_far=speech(3))
    assert talk.take() == [SpeechStarted()]


async def test_words_so_far_wait_for_those_before_them(talk: Talk) -> None:
    await talk.get(HomeOffer("en", answers=False, partial_transcripts=True))
    talk.ears.may.clear()
    await talk.hear(START, Ended(speech(1)))
    await talk.hear(START)
    await talk.hear(so_far=speech(2))
    assert [event for event in talk.take() if isinstance(event, UserSaid)] == []
    talk.ears.may.set()
    await settle()
    assert UserSaid("one two", final=False) in talk.take()


async def test_events_of_a_turn(talk: Talk) -> None:
    await talk.hear()
    assert talk.take() == []
    await talk.hear(START)
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [
        *(SpeechEnded(), UserSaid("one", final=True), *spoken("Good day.")),
    ]
    (turn,) = talk.mind.turns
    assert (turn.text, turn.language, turn.history) == ("one", "en", ())
    assert turn.end.is_set()
    assert talk.mind.closed == 1
    assert talk.ears.languages == ["en"]
    assert talk.ears.utterances[0].is_certain


async def test_start_and_end_in_one_piece_of_audio(talk: Talk) -> None:
    await talk.hear(START, Ended(speech(1)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_voice_in_the_background_is_not_answered(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert not talk.threads._is_certain()
    await talk.hear(BackgroundHeard())
    assert talk.threads._is_certain()
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]
    await talk.say(2)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]


async def test_what_was_taken_back_is_dropped_with_the_background(talk: Talk) -> None:
    await talk.say(1)
    await talk.hear(START)
    await talk.hear(BackgroundHeard())
    talk.take()
    await talk.say(2)
    assert UserSaid("two") in talk.take()
    assert talk.mind.turns[-1].history == ()


async def test_second_start_is_not_reported(talk: Talk) -> None:
    await talk.hear(START, START)
    assert talk.take() == [SpeechStarted()]


async def test_audio_is_decoded_for_the_endpointer(talk: Talk) -> None:
    heard: list[Samples] = []
    talk.conversation._listener._endpointer.feed = lambda audio: heard.append(audio) or []  # type: ignore[method-assign, func-returns-value]
    talk.conversation.feed(bytes([0x10, 0xFF]))
    await settle()
    assert heard[0].dtype == np.float32
    assert heard[0][1] == 0
    assert abs(heard[0][0]) > 0.1


async def test_noise_gets_no_answer(talk: Talk) -> None:
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]
    assert talk.mind.turns == []
    assert talk.conversation._turns._utterances._utterances == []
    await talk.say(1)
    assert talk.take()[1:] == [SpeechEnded(), *answered("one", "Good day.")]


async def test_speech_before_the_reply_has_started_continues_the_turn(talk: Talk) -> None:
    talk.voice.may.clear()
    await talk.say(1)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), UserSaid("one"), AgentSaid("Good day.")]
    await talk.hear(START)
    assert talk.take() == [SpeechStarted()]
    assert talk.mind.closed == 1
    talk.voice.may.set()
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechEnded(), *answered("one two", "Good day.")]
    assert [turn.history for turn in talk.mind.turns] == [(), ()]


# The answer is prepared in a pause.


async def test_answer_is_ready_when_the_pause_ends_the_turn(talk: Talk) -> None:
    await talk.hear(START)
    assert talk.threads._is_certain()
    await talk.hear(so_far=speech(1))
    assert talk.take() == [SpeechStarted()]
    (turn,) = talk.mind.turns
    assert turn.text == "one"
    assert not turn.end.is_set()
    assert not talk.threads._is_certain()
    assert talk.voice.steps > 0
    await talk.hear(so_far=speech(1))
    assert len(talk.mind.turns) == 1
    assert talk.take() == []
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [SpeechEnded(), *answered("one", "Good day.")]
    assert turn.end.is_set()
    assert talk.threads._is_certain()
    assert len(talk.mind.turns) == len(talk.ears.utterances) == 1


async def test_answer_is_dropped_when_the_user_continues(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert talk.mind.closed == 0
    await talk.hear()
    assert talk.mind.closed == 1
    talk.mind.may.set()
    await talk.hear(so_far=speech(2))
    await talk.hear(Ended(speech(2)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]
    assert [turn.text for turn in talk.mind.turns] == ["one", "two"]
    assert [turn.history for turn in talk.mind.turns] == [(), ()]


async def test_noise_in_a_pause_is_forgotten_when_the_turn_is_over(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(9))
    assert len(talk.ears.utterances) == 1
    await talk.hear(Ended(speech(9)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]
    assert talk.conversation._turns._utterances._utterances == []


async def test_failure_in_a_pause_is_reported_when_the_turn_is_over(talk: Talk) -> None:
    talk.mind.pieces = ("fail",)
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    ended, said, failed = talk.take()
    assert (ended, said) == (SpeechEnded(), UserSaid("one"))
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.BRAIN


async def test_transcription_that_fails_in_a_pause_is_reported_when_the_turn_is_over(
    talk: Talk,
) -> None:
    talk.ears.words[1] = "fail"
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await asyncio.sleep(10)
    assert talk.take() == [SpeechStarted()]
    await talk.hear(Ended(speech(1)))
    ended, failed = talk.take()
    assert ended == SpeechEnded()
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.SPEECH_TO_TEXT


async def test_evidence_of_a_pause_may_end_the_turn(talk: Talk) -> None:
    talk.detections.verdict = [Ended(speech(1))]
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    (judged,) = talk.detections.judged
    assert judged[1].text == "one"
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_answer_is_prepared_once_in_a_pause(talk: Talk) -> None:
    talk.ears.words[2] = "one"
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hear(so_far=speech(2))
    assert [each.audio.size for each, _ in talk.detections.judged] == [1, 2]
    assert [turn.text for turn in talk.mind.turns] == ["one"]


async def test_words_that_are_heard_later_in_a_pause_are_answered(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(9))
    assert talk.mind.turns == []
    await talk.hear(so_far=speech(1))
    assert [turn.text for turn in talk.mind.turns] == ["one"]
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_pause_is_examined_after_an_earlier_one(talk: Talk) -> None:
    talk.ears.may.clear()
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hear(so_far=speech(2))
    assert [each.size for each in talk.ears.utterances] == [1]
    talk.ears.may.set()
    await settle()
    assert [each.size for each in talk.ears.utterances] == [1, 2]
    assert [evidence.text for _, evidence in talk.detections.judged] == ["one", "two"]


@pytest.mark.parametrize("found", [[], [Ended(speech(1))], [BackgroundHeard()]])
async def test_pause_that_is_over_is_not_judged(talk: Talk, found: list[Any]) -> None:
    talk.ears.may.clear()
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hear(*found)
    talk.ears.may.set()
    await settle()
    assert talk.detections.judged == []


async def test_judge_hears_the_pauses_of_an_engine_that_reveals_nothing(talk: Talk) -> None:
    talk.ears.reveals_finality = False
    await talk.get(HomeOffer("en", answers=False, phrases=("Lights on.",)))
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert [each.size for each in talk.judge.utterances] == [1]
    assert (talk.judge.languages, talk.judge.phrases) == (["en"], [("Lights on.",)])


# The engine hears the user speak.


async def test_streaming_engine_hears_the_user_speak(talk: Talk) -> None:
    talk.ears.is_streaming = True
    talk.ears.words[4] = "four"
    talk.mind.may.clear()
    await talk.hear(START, speech=speech(1))
    await talk.hear(speech=speech(2))
    (first,) = talk.ears.utterances
    assert first.size == 2
    await talk.hear(so_far=speech(3))
    assert first.size == 3
    assert [turn.text for turn in talk.mind.turns] == ["three"]
    await talk.hear(speech=speech(4))  # The user continues: all of it is another utterance.
    talk.mind.may.set()
    await talk.hear(Ended(speech(4)))
    assert [heard.size for heard in talk.ears.utterances] == [3, 4]
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("four", "Good day.")]


async def test_engine_that_is_replaced_while_the_user_speaks(talk: Talk) -> None:
    talk.ears.is_streaming = True
    await talk.hear(START, speech=speech(1))
    talk.ears.is_streaming = False
    await talk.hear(speech=speech(2))
    await talk.hear(Ended(speech(3)))
    dropped, heard = talk.ears.utterances
    assert dropped.is_cancelled
    assert heard.size == 3


async def test_speech_after_an_ignored_voice_in_one_piece_of_audio(talk: Talk) -> None:
    talk.ears.is_streaming = True
    await talk.hear(START, speech=speech(3))
    await talk.hear(BackgroundHeard(), START, speech=speech(2))
    dropped, heard = talk.ears.utterances
    assert dropped.is_cancelled
    assert heard.size == 2


@pytest.mark.parametrize("fails", [False, True])
async def test_streaming_engine_drops_a_voice_that_is_ignored(talk: Talk, fails: bool) -> None:
    talk.ears.is_streaming = True
    await talk.hear(START, speech=speech(1))
    if fails:
        await talk.hurt()
    else:
        await talk.hear(BackgroundHeard())
    (dropped,) = talk.ears.utterances
    assert dropped.is_cancelled
    await talk.say(2)
    assert UserSaid("two") in talk.take()


# The home.


async def test_home_may_change(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(HomeOffer("en", answers=False))
    await talk.say(2)
    await talk.get(HomeOffer("en", answers=True))
    await talk.say(3)
    homes = [turn.home for turn in talk.mind.turns]
    assert [home and home.answers for home in homes] == [None, False, True]


async def test_engine_knows_the_phrases_of_the_home(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(HomeOffer("en", answers=False, phrases=("Lights on.",)))
    await talk.say(2)
    assert talk.ears.phrases == [(), ("Lights on.",)]


async def test_conversation_is_busy_while_somebody_speaks(talk: Talk) -> None:
    assert not talk.conversation.is_busy
    await talk.hear(START)
    assert talk.conversation.is_busy
    await talk.hear(Ended(speech(1)))
    assert talk.conversation.is_busy  # The agent answers.
    await asyncio.sleep(10)
    assert not talk.conversation.is_busy


async def test_home_chooses_the_language_and_the_end_of_turn() -> None:
    async with talking(languages=("en", "de")) as talk:
        await talk.get(HomeOffer("de-DE", answers=False, patience="patient"))
        await talk.say(1)
        assert talk.ears.languages == ["de"]
        patience = [talk.detections.policy.end_of_turn]
        await talk.get(HomeOffer("fr", answers=False, patience="normal"))
        await talk.say(1)
        assert talk.ears.languages == ["de", "en"]
        patience.append(talk.detections.policy.end_of_turn)
    assert patience == [EndOfTurn.PATIENT, EndOfTurn.NORMAL]


async def test_a_home_that_does_not_choose_keeps_the_configured_end_of_turn() -> None:
    async with talking(end_of_turn=EndOfTurn.PATIENT) as talk:
        await talk.get(HomeOffer("en", answers=False))
        patience = [talk.detections.policy.end_of_turn]
        await talk.get(HomeOffer("en", answers=False, patience="quick"))
        patience.append(talk.detections.policy.end_of_turn)
        await talk.get(HomeOffer("en", answers=False))
        patience.append(talk.detections.policy.end_of_turn)
        await talk.hurt()
        patience.append(talk.detections.policy.end_of_turn)
    configured = EndOfTurn.PATIENT
    assert patience == [configured, EndOfTurn.QUICK, configured, configured]


async def test_typed_turn_drops_texts_and_begins_a_new_one(talk: Talk) -> None:
    await talk.hear(START)
    await talk.get(Say("One."), Say("Two, ", is_final=False), UserText("hello"), Say("New."))
    await asyncio.sleep(5)
    await talk.hear(Ended(speech(9)))
    await asyncio.sleep(5)
    assert [sentence for sentence, *_ in talk.voice.sentences] == ["Good day.", "New."]


async def test_turn_that_the_home_has_answered_begins_a_new_text(talk: Talk) -> None:
    await talk.get(Say("One, ", is_final=False), Handled(), Say("two."), Say("Three."))
    await asyncio.sleep(5)
    assert [sentence for sentence, *_ in talk.voice.sentences] == ["One,", "two.", "Three."]


async def test_request_that_is_refused_changes_nothing() -> None:
    async with talking(limits=Limits(home_requests=1)) as talk:
        await talk.hear(START)
        await talk.get(Say("Later."))
        talk.conversation.receive(Handled())
        with pytest.raises(BacklogError):
            talk.conversation.receive(UserText("hello"))
        await talk.hear(Ended(speech(9)))
        assert talk.take()[-3:] == spoken("Later.")
        assert talk.mind.turns == []


async def test_texts_are_limited() -> None:
    async with talking(limits=Limits(home_text=10)) as talk:
        with pytest.raises(BacklogError):
            await talk.get(Say("A long text."))


async def test_typed_turn_in_a_pause_is_answered_at_once(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    assert not talk.threads._is_certain()
    await talk.get(UserText("hello"))
    assert talk.threads._is_certain()
    assert not talk.conversation._turns._utterances.is_guessed
    assert talk.take() == [SpeechStarted(), *spoken("Good day.")]


async def test_spoken_words_are_not_part_of_a_typed_turn(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.say(1)
    await talk.get(UserText("hello"))
    await talk.say(2)
    assert [turn.text for turn in talk.mind.turns] == ["one", "hello", "two"]


async def test_words_replace_the_answer_to_a_typed_turn(talk: Talk) -> None:
    await talk.hear(START)
    await talk.get(UserText("hello"))
    await asyncio.sleep(1.5)
    talk.take()
    await talk.hear(Ended(speech(1)))
    assert talk.take() == [SpeechEnded(), Interrupted("Good"), *answered("one", "Good day.")]


async def test_typed_turn_is_answered_after_a_noise(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.get(UserText("hello"))
    await talk.say(9)
    talk.mind.may.set()
    await settle()
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *spoken("Good day.")]
    await asyncio.sleep(5)
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]


async def test_typed_turn_is_answered_after_a_voice_in_the_background(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.get(UserText("hello"))
    await talk.hear(START)
    await talk.hear(BackgroundHeard())
    talk.mind.may.set()
    await settle()
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *spoken("Good day.")]


async def test_typed_turn_is_answered_after_a_backchannel(talk: Talk) -> None:
    talk.ears.words[1] = "mm-hmm"
    talk.mind.may.clear()
    await talk.get(UserText("hello"))
    await talk.say(1)
    talk.mind.may.set()
    await settle()
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *spoken("Good day.")]


async def test_words_replace_a_typed_turn(talk: Talk) -> None:
    talk.mind.may.clear()
    await talk.get(UserText("hello"))
    await talk.say(1)
    talk.mind.may.set()
    await settle()
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]
    await asyncio.sleep(5)
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]


async def test_typed_turn_that_has_failed_is_not_answered_after_a_noise(talk: Talk) -> None:
    talk.mind.pieces = ("fail",)
    await talk.get(UserText("hello"))
    (failed,) = talk.take()
    assert isinstance(failed, Failed)
    await talk.say(9)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), NothingSaid()]


# Failures.


async def test_failed_turn_does_not_end_the_conversation(talk: Talk) -> None:
    talk.ears.words[1] = "fail"
    await talk.say(1)
    *_, failed = talk.take()
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.SPEECH_TO_TEXT
    assert str(failed.error) == "SpeechToTextError: no such word"
    assert failed.is_expected
    await talk.say(2)
    # The words of the failed turn are gone.
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("two", "Good day.")]


async def test_error_of_the_program_is_a_fault_of_the_turn(talk: Talk) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    talk.mind.answer = broken  # type: ignore[assignment, method-assign]
    await talk.say(1)
    *_, failed = talk.take()
    assert isinstance(failed, Failed)
    assert (failed.fault, failed.is_expected) == (Fault.TURN, False)


async def test_endpointer_that_fails_is_replaced_and_reported_once(talk: Talk) -> None:
    assert talk.endpointers == 1
    await talk.hear(START)
    talk.take()
    await talk.hurt()
    ended, failed = talk.take()
    assert ended == SpeechEnded()
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.SPEECH_TO_TEXT
    assert talk.endpointers == 2
    await talk.hurt()
    assert talk.take() == []
    assert talk.endpointers == 3
    await talk.hear()
    await talk.hurt()
    (failed,) = talk.take()
    assert isinstance(failed, Failed)
    await talk.say(1)
    assert talk.take() == [SpeechStarted(), SpeechEnded(), *answered("one", "Good day.")]


async def test_endpointer_that_fails_at_once_is_reported(talk: Talk) -> None:
    await talk.hurt()
    (failed,) = talk.take()
    assert isinstance(failed, Failed)


async def test_guess_is_dropped_when_the_endpointer_fails(talk: Talk) -> None:
    await talk.hear(START)
    await talk.hear(so_far=speech(1))
    await talk.hurt()
    assert talk.mind.closed == 1
    assert not talk.conversation._turns._utterances.is_guessed


async def test_client_that_is_gone_ends_the_conversation(talk: Talk) -> None:
    talk.is_gone = True
    await talk.hear(START)
    with pytest.raises(ClientGoneError):
        await talk.task


async def test_client_that_is_gone_ends_a_reply_quietly(talk: Talk) -> None:
    talk.ears.may.clear()
    await talk.say(1)
    talk.is_gone = True
    talk.ears.may.set()
    await settle()
    assert len(asyncio.all_tasks()) == 5  # The test and those of `run`: no answer.
    assert not talk.task.done()


async def test_too_much_audio_is_refused(talk: Talk) -> None:
    with pytest.raises(BacklogError):
        talk.conversation.feed(bytes(10 * 16_000 + 1))


# Idle and the end.


async def test_idle_time_counts_from_the_last_audio(talk: Talk) -> None:
    await asyncio.sleep(5)
    assert talk.conversation.idle == pytest.approx(5, abs=0.01)
    await talk.hear()
    assert talk.conversation.idle == pytest.approx(0, abs=0.01)
    await asyncio.sleep(3)
    talk.conversation.feed(b"")
    assert talk.conversation.idle == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(
    "message", [Say("Hello.", is_final=False), Handled(), AnswerDelta("1", "Yes.")]
)
async def test_idle_time_counts_from_the_last_message(talk: Talk, message: FromHome) -> None:
    talk.voice.may.clear()
    await asyncio.sleep(5)
    talk.conversation.receive(message)
    assert talk.conversation.idle == 0


async def test_offer_of_a_home_does_not_reset_the_idle_time(talk: Talk) -> None:
    await asyncio.sleep(5)
    talk.conversation.receive(HomeOffer("en", answers=True))
    assert talk.conversation.idle == pytest.approx(5, abs=0.01)


async def test_conversation_is_not_idle_while_the_agent_speaks(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(1.9)
    assert talk.conversation.idle == 0
    await asyncio.sleep(0.2)
    # Since the user has heard the whole reply.
    assert talk.conversation.idle == pytest.approx(0.1, abs=0.01)


async def test_conversation_is_idle_once_the_client_has_stopped_the_reply(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(1)
    talk.conversation.receive(Played(1, 0.5, is_stopped=True))
    await asyncio.sleep(0.8)
    assert talk.conversation.idle == pytest.approx(0.8, abs=0.01)


async def test_conversation_is_not_idle_while_an_answer_is_prepared(talk: Talk) -> None:
    talk.voice.may.clear()
    await talk.say(1)
    await asyncio.sleep(20)
    assert talk.conversation.idle == 0


async def test_idle_conversation_ends(talk: Talk) -> None:
    began = now()
    await asyncio.sleep(40)
    await talk.hear()
    await asyncio.sleep(99.9)
    assert not talk.task.done()
    await asyncio.wait_for(talk.task, 10)
    assert now() - began == pytest.approx(140, abs=0.01)


async def test_idle_conversation_is_not_ended_early(talk: Talk) -> None:
    await asyncio.sleep(0.5)
    await talk.hear()
    await asyncio.sleep(99.75)
    assert not talk.task.done()
    await asyncio.sleep(0.5)
    assert talk.task.done()


async def test_reply_keeps_the_conversation(talk: Talk) -> None:
    talk.mind.pieces = ("a " * 99 + "b.",)
    began = now()
    await talk.say(1)
    await asyncio.sleep(99)
    assert talk.conversation.idle == 0
    await talk.task
    assert now() - began == pytest.approx(200, abs=1)


async def test_end_ends_everything(talk: Talk) -> None:
    left: list[Any] = []
    talk.workers.long.leave = left.append  # type: ignore[assignment, method-assign]
    talk.voice.may.clear()
    await talk.say(1)
    await talk.hear(START, so_far=speech(2))
    talk.ears.may.clear()
    await talk.hear(so_far=None)
    await talk.hear(so_far=speech(3))
    began = now()
    talk.conversation.end()
    await talk.task
    assert now() == began
    assert [share.address for share in left] == ["1.2.3.4"]
    assert len(asyncio.all_tasks()) == 1
    assert talk.mind.closed == len(talk.mind.turns)
    assert talk.ears.utterances[-1].is_cancelled


async def test_end_waits_for_the_answer_to_be_closed(talk: Talk) -> None:
    talk.mind.may.clear()
    talk.mind.closing_takes = 1.0
    await talk.say(1)
    talk.conversation.end()
    await talk.task
    assert talk.mind.closed == 1


async def test_end_leaves_nothing_of_an_answer_that_is_being_stopped(talk: Talk) -> None:
    talk.mind.may.clear()
    talk.mind.closing_takes = 1.0
    await talk.say(1)
    await talk.hear(START)
    assert talk.mind.closed == 0
    talk.conversation.end()
    await talk.task
    assert len(asyncio.all_tasks()) == 1


async def test_conversation_that_is_cancelled_cleans_up(talk: Talk) -> None:
    left: list[Any] = []
    talk.workers.long.leave = left.append  # type: ignore[assignment, method-assign]
    await settle()
    await talk.stop()
    assert len(left) == 1
    assert len(asyncio.all_tasks()) == 1
