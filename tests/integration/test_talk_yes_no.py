"""Questions about risky calls that the user of a talk answers in words."""

import asyncio
from types import SimpleNamespace

import pytest
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.helpers import llm

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import (
    AgentTranscript,
    Say,
    ToolCall,
    UserText,
    UserTranscript,
)
from custom_components.playai.assist import asking_api
from custom_components.playai.assist.asking_api import API_ID
from custom_components.playai.talk import confirmations, question
from custom_components.playai.talk.confirmations import Confirmations
from custom_components.playai.talk.page_link import PageLink
from custom_components.playai.talk.yes_no import ALLOWING, DENYING, parse_answer
from custom_components.playai.texts import LANGUAGES
from tests.agent.talk import AE, N, speech, until
from tests.harness.page import PATIENCE

from .agents import hear_out, says, tool_name
from .test_asking_api import FEATURES as ASKING
from .test_asking_api import ModelWithTools

DOOR = {"name": "front door"}


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A user on a busy machine answers late."""
    monkeypatch.setattr(confirmations, "CONFIRM_SECONDS", PATIENCE)
    monkeypatch.setattr(question, "ACTION_SECONDS", PATIENCE)
    monkeypatch.setattr(asking_api, "ASK_SECONDS", PATIENCE)


def features(*languages):
    return AgentFeatures("Agent", languages, frozenset({"say", "tools"}))


class Opener:
    """Calls tools after the first words of the user, and answers all later ones.

    The home says something itself if the words answer its question.
    """

    def __init__(self, words, *, calls=1, speaks_first=False, is_eager=False):
        self.words = words
        self.calls = calls
        self.speaks_first = speaks_first
        self.is_eager = is_eager
        self.said = []
        self.turns = 0
        """The turns of the user, including the one that the agent hears now."""

    async def _hear(self, peer):
        self.turns += 1
        await hear_out(peer)

    async def __call__(self, peer):
        await self._hear(peer)
        name = await tool_name(peer, "HassTurnOff")
        await peer.send(UserTranscript("Open the door."))
        if self.speaks_first:
            await peer.send(N, AgentTranscript("I open it."), speech(0.5))
        await peer.send(*[ToolCall(str(number), name, DOOR) for number in range(self.calls)])
        for words in self.words:
            before = len(peer.received(Say))
            await self._hear(peer)
            await peer.send(UserTranscript(words))
            if not words:
                continue
            if words == "A word.":
                await peer.send(N, AgentTranscript("Which word?"), speech(0.2), AE)
                continue
            if self.is_eager:
                await peer.send(AgentTranscript("All right."), N, speech(0.1, 50))
            await peer.receive(Say, before + 1)
            await until(lambda: peer.received(Say)[-1].is_final)
            self.said.append("".join(each.text for each in peer.received(Say)[before:]))
            await peer.send(N, AgentTranscript(self.said[-1]), speech(0.2), AE)
        await peer.closed.wait()


async def asked(browse, opener, *, languages=("en",), **talk):
    """Return a page with a question."""
    browser = await browse(
        opener, features=features(*languages), answer_with="agent", llm_apis=["assist"]
    )
    page = await browser.talk(**talk)
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("confirm", opener.calls)
    return page


async def answer(page, opener, turn=2):
    """Let the user speak, once the agent listens."""
    await until(lambda: opener.turns == turn)
    await page.speak(0.3)


def decisions(page):
    return [each["allow"] for each in page.of("confirmed")]


def texts(page):
    return [each["text"] for each in page.of("heard") if each["final"]]


async def test_yes_allows(browse, hass, lock_and_lamp):
    opener = Opener(["Yes."])
    page = await asked(browse, opener)
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [True]
    assert len(lock_and_lamp[0]) == 1
    assert opener.said == ["Done."]
    assert texts(page) == ["Open the door.", "Yes."]
    assert page.of("tool")[-1]["status"] == "done"
    assert "failed" not in [each["status"] for each in page.of("tool")]
    [log] = [log.content for log in hass.data[DATA_CHAT_LOGS].values()]
    assert [each.content for each in log[-2:]] == ["Yes.", "Done."]


async def test_answer_of_the_agent_to_a_yes_is_not_shown(browse, lock_and_lamp):
    """Its server does not know that the words are for the home."""
    page = await asked(browse, opener := Opener(["Yes."], is_eager=True))
    await answer(page, opener)
    await page.wait("reply_end")
    reply = page.of("reply_end")[-1]["reply"]
    assert "".join(each["text"] for each in page.of("said") if each["reply"] == reply) == "Done."
    assert len(lock_and_lamp[0]) == 1


async def test_no_denies(browse, lock_and_lamp):
    opener = Opener(["No, thanks."])
    page = await asked(browse, opener)
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [False]
    assert not lock_and_lamp[0]
    assert opener.said == ["All right, I won't do it."]
    assert page.of("tool")[-1]["status"] == "failed"


async def test_other_words_deny_and_are_answered_by_the_agent(browse, lock_and_lamp):
    opener = Opener(["A word."])
    page = await asked(browse, opener)
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [False]
    assert not lock_and_lamp[0]
    assert page.of("said")[-1]["text"] == "Which word?"
    assert texts(page) == ["Open the door.", "A word."]


async def test_noise_leaves_the_question_open(browse, lock_and_lamp):
    opener = Opener(["", "Yes, yes!"])
    page = await asked(browse, opener)
    await answer(page, opener)
    await until(lambda: opener.turns == 3)
    assert decisions(page) == []
    await answer(page, opener, turn=3)
    await page.wait("reply_end")
    assert decisions(page) == [True]
    assert len(lock_and_lamp[0]) == 1


async def test_tap_answers_after_a_noise(browse, lock_and_lamp):
    opener = Opener(["", "A word."])
    page = await asked(browse, opener)
    await answer(page, opener)
    await until(lambda: opener.turns == 3)
    await page.send("confirm", id=page.of("confirm")[0]["id"], allow=True)
    assert (await page.wait("tool"))["status"] == "done"
    assert len(lock_and_lamp[0]) == 1


async def test_action_that_fails_after_a_yes(browse, hass, lock_and_lamp):
    opener = Opener(["Yes."])
    page = await asked(browse, opener)
    hass.states.async_remove("lock.front_door")
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [True]
    assert opener.said == ["That did not work."]
    assert page.of("tool")[-1]["status"] == "failed"


async def test_yes_over_the_voice_of_the_agent_allows_nothing(browse, lock_and_lamp):
    """It may be the voice itself, which the microphone has heard."""
    opener = Opener(["Yes."], speaks_first=True)
    browser = await browse(
        opener, features=features("en"), answer_with="agent", llm_apis=["assist"]
    )
    page = await browser.talk()
    page.plays = False
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("confirm")
    await page.until(lambda: 1 in page.audio)
    await answer(page, opener)
    await page.wait("confirmed")
    assert decisions(page) == [False]
    assert not lock_and_lamp[0]


async def test_yes_does_not_answer_two_questions(browse, lock_and_lamp):
    opener = Opener(["Yes."], calls=2)
    page = await asked(browse, opener)
    await answer(page, opener)
    await page.wait("confirmed", 2)
    assert decisions(page) == [False, False]
    assert not lock_and_lamp[0]


async def test_no_answers_two_questions(browse, lock_and_lamp):
    opener = Opener(["No."], calls=2)
    page = await asked(browse, opener)
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [False, False]


async def test_user_holds_a_button_to_answer(browse, lock_and_lamp):
    opener = Opener(["Yes."])
    page = await asked(browse, opener)
    await page.send("mode", value="hold")
    await page.send("hold", on=True)
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [True]
    assert len(lock_and_lamp[0]) == 1


async def test_new_conversation_denies(browse, lock_and_lamp):
    page = await asked(browse, Opener([]))
    await page.send("again")
    await page.wait("confirmed")
    assert decisions(page) == [False]


@pytest.mark.parametrize(
    ("language", "languages", "word"),
    [
        ("de", ("en", "de"), "Ja, bitte."),
        ("de-CH", ("de",), "Ja."),
        ("de", ("en",), "Yes."),  # The agent understands no German.
        ("ja", (), "Yes."),
        ("*", ("en",), "Yes."),
    ],
)
async def test_languages(browse, lock_and_lamp, language, languages, word):
    opener = Opener([word])
    page = await asked(browse, opener, languages=languages, language=language)
    await answer(page, opener)
    await page.wait("reply_end")
    assert decisions(page) == [True]
    # In the language of the question.
    assert opener.said == ["Done." if word == "Yes." else "Erledigt."]


# Typed words.


async def typed(browse, model):
    browser = await browse(says(), features=ASKING, answer_with=model.entity_id)
    page = await browser.talk()
    await page.send("text", text="unlock the door")
    await page.wait("confirm")
    return page


@pytest.mark.parametrize(("words", "is_allowed"), [("Yes", True), ("don't do it!", False)])
async def test_typed_answer(browse, lock_and_lamp, model, words, is_allowed):
    tools = ModelWithTools(model, API_ID)
    page = await typed(browse, model)
    await page.send("text", text=words)
    await page.wait("reply_end")
    assert decisions(page) == [is_allowed]
    assert len(lock_and_lamp[0]) == is_allowed
    assert texts(page) == ["unlock the door", words]
    # The turn that has asked continues, and its agent learns the answer.
    (result,) = tools.results
    assert result.error is not is_allowed
    assert [each.content for each in tools.log if each.role == "user"] == ["unlock the door"]


async def test_typed_turn_that_a_spoken_answer_ends_shows_no_error(browse, lock_and_lamp):
    """The agent's own model has called the tool in it."""

    async def script(peer):
        name = await tool_name(peer, "HassTurnOff")
        await peer.receive(UserText)
        await peer.send(ToolCall("1", name, DOOR))
        await hear_out(peer)
        await peer.send(UserTranscript("Yes."))
        await peer.receive(Say)
        await until(lambda: peer.received(Say)[-1].is_final)
        await peer.send(N, AgentTranscript("Done."), speech(0.2), AE)
        await peer.closed.wait()

    typing = AgentFeatures("Agent", ("en",), frozenset({"say", "tools", "userText"}))
    browser = await browse(script, features=typing, answer_with="agent", llm_apis=["assist"])
    page = await browser.talk()
    await page.phase("listening")
    await page.send("text", text="open the door")
    await page.wait("confirm")
    await page.speak(0.3)
    await page.wait("reply_end")
    assert decisions(page) == [True]
    assert [each["text"] for each in page.of("said")] == ["Done."]


async def test_other_typed_words_deny(browse, lock_and_lamp, model):
    tools = ModelWithTools(model, API_ID)
    page = await typed(browse, model)
    tools.call = ("HassTurnOn", {"name": "lamp"})
    await page.send("text", text="turn on the lamp instead")
    await page.wait("reply_end")
    assert decisions(page) == [False]
    assert not lock_and_lamp[0]
    assert len(lock_and_lamp[1]) == 1


# Without a page.


class Clock:
    """A loop whose limits a test lets pass."""

    def __init__(self):
        self.limits = []

    def create_future(self):
        return asyncio.get_running_loop().create_future()

    def call_later(self, seconds, action):
        limit = SimpleNamespace(seconds=seconds, action=action, is_cancelled=False)
        limit.cancel = lambda: setattr(limit, "is_cancelled", True)
        self.limits.append(limit)
        return limit


async def nobody(_):
    """Speak no question."""


async def test_question_waits_while_the_user_speaks(hass):
    clock = Clock()
    background = hass.async_create_background_task
    fake = SimpleNamespace(loop=clock, async_create_background_task=background)
    asking = Confirmations(SimpleNamespace(hass=fake, link=PageLink()), nobody)
    waiting = asyncio.create_task(asking.ask(llm.ToolInput("HassTurnOff", {}), None, 5.0))
    await asyncio.sleep(0)
    asking.wait_for_words()
    assert [limit.is_cancelled for limit in clock.limits] == [True]
    asking.wait_on()
    assert [(limit.seconds, limit.is_cancelled) for limit in clock.limits] == [
        (5.0, True),
        (5.0, False),
    ]
    clock.limits[-1].action()
    assert await waiting is None


def test_every_language_has_words():
    assert sorted(ALLOWING) == sorted(DENYING) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_a_language(language):
    for table, is_allowed in ((ALLOWING, True), (DENYING, False)):
        for phrase in table[language].split(";"):
            assert parse_answer(f" {phrase.strip().capitalize()}. ", language) is is_allowed


@pytest.mark.parametrize(
    ("text", "is_allowed"),
    [
        ("Yes, please!", True),
        ("Yes. Yes.", True),
        ("Don\u2019t.", False),
        ("no no no", False),
        ("yes no", None),
        ("No, yes.", None),
        ("yesterday", None),
        ("Yes, and turn on the lamp", None),
        ("Okay.", None),
        ("", None),
        ("?!", None),
    ],
)
def test_only_short_answers_count(text, is_allowed):
    assert parse_answer(text, "en") is is_allowed


def test_words_in_two_parts_of_unicode():
    assert parse_answer("Si\u0301.", "es") is True
