"""The client reports how much was heard, and the history ends there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent_server.brain import Exchange
from agent_server.conversation import UnknownStreamError
from agent_server.conversation.agent_echo import AgentEcho
from agent_server.conversation.events import Interrupted, SpeechEnded, SpeechStarted
from agent_server.conversation.playback import Playback
from agent_server.echo.track import Track
from agent_server.home import Handled, Played, Say, UserText
from agent_server.turn_detection import SpeechEnded as Ended

from .talk import START, Talk, speech, spoken, talking

# One word is one second.
ANSWER = ("One two three. ", "Four five six. ", "Seven eight nine.")
WHOLE = "".join(ANSWER)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as talk:
        talk.mind.pieces = ANSWER
        yield talk


async def ask(talk: Talk, samples: int = 2) -> Exchange:
    """End the user's turn, and return the last exchange before it."""
    await talk.hear(Ended(speech(samples)))
    return talk.mind.turns[-1].history[-1]


async def test_interruption_ends_at_the_position_of_the_client(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(2)
    await talk.get(Played(1, 0.1))
    await asyncio.sleep(4)
    talk.take()
    await talk.hear(START)
    assert talk.take() == [Interrupted("One two three. Four"), SpeechStarted()]
    assert await ask(talk) == Exchange(
        "one", "One two three. Four", "Four five six. Seven eight nine."
    )


async def test_report_after_the_interruption_corrects_the_history(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(5.5)
    await talk.hear(START)
    assert Interrupted("One two three. Four five") in talk.take()
    await asyncio.sleep(0.2)
    await talk.get(Played(1, 2.0))  # Sent before the interruption arrived.
    await talk.get(Played(1, 4.1, is_stopped=True))
    await asyncio.sleep(1)
    exchange = await ask(talk)
    assert exchange == Exchange("one", "One two three. Four", "Four five six. Seven eight nine.")


async def test_without_reports_nothing_changes(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(4.5)
    await talk.hear(START)
    assert await ask(talk) == Exchange("one", "One two three. Four")


async def test_answer_that_was_heard_to_its_end_is_not_marked(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(Played(1, 5))
    await asyncio.sleep(4.1)
    await talk.get(Played(1, 100.0))
    talk.take()
    await talk.hear(START)
    assert talk.take() == [SpeechStarted()]
    assert await ask(talk) == Exchange("one", "One two three. Four five six. Seven eight nine.")


async def test_agent_that_was_stopped_by_hand(talk: Talk) -> None:
    """The client has stopped it, and reports that before it says that it needs no answer."""
    await talk.say(1)
    await asyncio.sleep(2.5)
    await talk.get(Played(1, 1.2, is_stopped=True), Handled())
    await asyncio.sleep(20)
    talk.take()
    await talk.say(2)
    assert talk.take()[:2] == [SpeechStarted(), SpeechEnded()]
    assert talk.mind.turns[-1].history == (Exchange("one", "One", WHOLE),)


async def test_agent_that_was_stopped_before_a_word(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(Played(1, 0.0, is_stopped=True), Handled(), Say("Done."))
    await asyncio.sleep(20)
    await talk.say(2)
    assert talk.mind.turns[-1].history == (Exchange("one", "Done."),)


@pytest.mark.parametrize("text", ["mute.", "Timer set."])
async def test_turn_that_the_home_has_answered_is_kept_without_its_answer(
    talk: Talk, text: str
) -> None:
    """The answer has no audio, or the user speaks before it begins."""
    await talk.say(1)
    talk.voice.may.clear()
    await talk.get(Handled(), Say(text))
    await talk.hear(START)
    talk.voice.may.set()
    await talk.hear(Ended(speech(2)))
    assert talk.mind.turns[-1].history == (Exchange("one", ""),)


@pytest.mark.parametrize("is_handled", [True, False], ids=["handled", "taken back"])
async def test_answer_that_is_withdrawn_is_no_longer_expected_in_the_microphone(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, is_handled: bool
) -> None:
    stopped: list[Track | None] = []
    monkeypatch.setattr(AgentEcho, "stop", lambda _, track: stopped.append(track))
    await talk.say(1)
    assert not stopped
    await (talk.get(Handled()) if is_handled else talk.hear(START))
    assert len(stopped) == 1


async def test_text_follows_when_the_client_has_stopped(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(Say("Later."))
    talk.take()
    await talk.get(Played(1, 1.2, is_stopped=True), Handled())
    assert talk.take() == spoken("Later.")


@pytest.mark.parametrize(
    "report", [Played(1, 1.2, is_stopped=True), Played(1, 9.0)], ids=["stopped", "ended"]
)
async def test_text_that_waits_follows_when_the_client_plays_nothing_more(
    talk: Talk, report: Played
) -> None:
    await talk.say(1)
    await talk.get(Say("Later."))
    talk.take()
    await talk.get(Played(1, 1.0))
    assert talk.take() == []
    await talk.get(report)
    await asyncio.sleep(0.2)
    assert talk.take() == spoken("Later.")


async def test_text_that_waits_is_spoken_although_the_stopped_reply_is_handled(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(Say("Later."))
    await talk.get(Played(1, 0.5, is_stopped=True))
    await talk.get(Handled())
    await asyncio.sleep(0.2)
    assert talk.take()[-3:] == spoken("Later.")


async def test_text_waits_for_a_player_that_stalls(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(Say("Later."))
    talk.take()
    await asyncio.sleep(5)
    await talk.get(Played(1, 1.0))
    await asyncio.sleep(7.9)
    assert talk.take() == []
    await asyncio.sleep(0.2)
    assert talk.take() == spoken("Later.")


async def test_typed_answer_that_is_played(talk: Talk) -> None:
    await talk.get(UserText("hello"))
    await asyncio.sleep(2.2)
    await talk.get(Played(1, 2.2, is_stopped=True), UserText("what did you say?"))
    exchange = Exchange("hello", "One two", WHOLE)
    assert talk.mind.turns[-1].history == (exchange,)


async def test_reply_that_continues_after_a_sound(talk: Talk) -> None:
    await talk.say(1)
    await asyncio.sleep(5.5)
    await talk.hear(START)
    await talk.get(Played(1, 2.5, is_stopped=True))
    talk.take()
    await talk.hear(Ended(speech(9)))
    # From the sentence at the reported position, not at the estimated one.
    said = [event.text for event in talk.take() if hasattr(event, "text")]
    assert said == [piece.strip() for piece in ANSWER]
    await talk.get(Played(2, 1.0))
    await talk.hear(START)
    await talk.get(Played(2, 1.1, is_stopped=True))
    assert await ask(talk) == Exchange("one", "One two One", WHOLE)


async def test_answer_is_taken_back_although_the_client_has_stopped(talk: Talk) -> None:
    await talk.say(1)
    await talk.get(Played(1, 0.5, is_stopped=True))
    await talk.say(2)
    assert talk.mind.turns[-1].text == "one two"
    assert talk.mind.turns[-1].history == ()


async def test_late_report_about_an_earlier_answer_changes_nothing(talk: Talk) -> None:
    talk.mind.pieces = ("Good day.",)
    for samples in (1, 2):
        await talk.say(samples)
        await asyncio.sleep(5)
    await talk.hear(START)
    await talk.get(Played(1, 0.0, is_stopped=True))
    await talk.hear(Ended(speech(3)))
    assert [each.agent for each in talk.mind.turns[-1].history] == ["Good day.", "Good day."]


async def test_stream_that_has_not_begun(talk: Talk) -> None:
    with pytest.raises(UnknownStreamError):
        talk.conversation.receive(Played(1, 0.0))
    await talk.say(1)
    talk.conversation.receive(Played(1, 0.0))
    with pytest.raises(UnknownStreamError):
        talk.conversation.receive(Played(2, 0.0))


def test_player_that_stalls() -> None:
    now = 100.0
    playback = Playback(lambda: now)
    playback.begin_sentence("a b c d")
    playback.add(4.0)
    for _ in range(5):
        now += 1
        playback.report(1.0)
        assert (playback.heard, playback.left) == (1.0, 3.0)
    now += 0.5
    assert (playback.heard, playback.left) == (1.5, 2.5)
    playback.stop()
    now += 10
    assert (playback.heard, playback.left, playback.heard_words()) == (1.5, 0.0, "a")
    playback.add(1.0)
    assert (playback.sent, playback.heard, playback.left) == (5.0, 1.5, 0.0)
    playback.report(1.2)
    assert playback.heard == 1.5
    playback.report(2.0)
    assert playback.heard == 2.0
