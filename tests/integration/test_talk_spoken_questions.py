"""Questions about risky calls that the agent speaks in a talk."""

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import llm

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import (
    AgentTranscript,
    AnswerDelta,
    Ask,
    Say,
    ToolCall,
    ToolResultMessage,
    UserTranscript,
)
from custom_components.playai.assist import asking_api
from custom_components.playai.assist.asking_api import API_ID
from custom_components.playai.assist.question_text import async_question_text
from custom_components.playai.talk import confirmations, player, question
from tests.agent.talk import AE, N, speech, until
from tests.harness.page import PATIENCE

from .agents import hear_out, tool_name
from .test_asking_api import ModelWithTools

DOOR = {"name": "front door"}
QUESTION = "Should I unlock front door?"
DONE = "Done."
DENIED = "All right, I won't do it."


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A user on a busy machine answers late; nothing echoes once the page has played a reply."""
    monkeypatch.setattr(confirmations, "CONFIRM_SECONDS", PATIENCE)
    monkeypatch.setattr(question, "ACTION_SECONDS", PATIENCE)
    monkeypatch.setattr(asking_api, "ASK_SECONDS", PATIENCE)
    monkeypatch.setattr(player, "ECHO_SECONDS", 0)


def features(*more, languages=("en",)):
    return AgentFeatures("Agent", languages, frozenset({"say", *more}))


class Agent:
    """Speaks the question of the home before the result of its call, and the home's reply."""

    def __init__(self, *words, calls=1):
        self.words = words
        """The user's next sentences."""

        self.calls = calls
        self.asked = []
        self.said = []
        self.results = []
        self.turns = 0

    async def _hear(self, peer, words):
        self.turns += 1
        await hear_out(peer)
        await peer.send(UserTranscript(words))

    async def begin(self, peer):
        """Hear the user, and wait for the question."""
        await self._hear(peer, "Open the door.")
        name = await tool_name(peer, "HassTurnOff")
        await peer.send(*[ToolCall(str(number), name, DOOR) for number in range(self.calls)])
        return (await peer.receive(AnswerDelta)).text

    async def __call__(self, peer):
        self.asked.append((await self.begin(peer)).strip())
        await peer.send(N, AgentTranscript(self.asked[0]), speech(1.0))
        for words in self.words:
            await self.follow(peer, words)
        await self.finish(peer)

    async def follow(self, peer, words):
        """Hear the user again; then speak the home's reply."""
        before = len(peer.received(Say))
        await self._hear(peer, words)
        if words == "A word.":
            await peer.send(N, AgentTranscript("Which word?"), speech(0.2), AE)
            return
        if words == "Front door.":
            return
        await peer.receive(Say, before + 1)
        await until(lambda: peer.received(Say)[-1].is_final)
        self.said.append("".join(each.text for each in peer.received(Say)[before:]))
        await peer.send(N, AgentTranscript(self.said[-1]), speech(1.0), AE)

    async def finish(self, peer):
        if not self.words:
            result = await peer.receive(ToolResultMessage)
            self.results.append(not result.result.is_error)
            await peer.send(AgentTranscript(" It is open."), speech(0.2), AE)
        await peer.closed.wait()


class OldAgent(Agent):
    """Does not speak before the result of a call."""

    async def begin(self, peer):
        await self._hear(peer, "Open the door.")
        name = await tool_name(peer, "HassTurnOff")
        await peer.send(ToolCall("1", name, DOOR))
        result = await peer.receive(ToolResultMessage)
        self.results.append(not result.result.is_error)
        assert not peer.received(AnswerDelta)
        return "It is open."

    async def finish(self, peer):
        await peer.closed.wait()


async def asked(browse, agent, *, languages=("en",), **talk):
    """Return a page with a question that it has not played yet."""
    browser = await browse(
        agent,
        features=features("tools", "toolWords", languages=languages),
        answer_with="agent",
        llm_apis=["assist"],
    )
    page = await browser.talk(**talk)
    page.plays = False
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("confirm", agent.calls)
    await page.until(lambda: 1 in page.audio and page.of("said"))
    return page


async def hear(page, reply=1):
    """Wait for most of a reply, then report that all of it was played."""
    await page.until(lambda: len(page.audio.get(reply, b"")) >= 0.9 * 48_000)
    await page.send("played", reply=reply, ms=5000)


async def answer(page, agent, turn=2):
    """Let the user speak, once the agent listens."""
    await until(lambda: agent.turns == turn)
    await page.speak(0.3)


def decisions(page):
    return [each["allow"] for each in page.of("confirmed")]


async def test_agent_asks_and_continues_after_a_tap(browse, lock_and_lamp):
    agent = Agent()
    page = await asked(browse, agent)
    assert agent.asked == [QUESTION]
    assert page.of("said")[0]["text"].strip() == QUESTION
    await hear(page)
    await page.send("confirm", id=page.of("confirm")[0]["id"], allow=True)
    await page.wait("reply_end")
    assert agent.results == [True]
    assert len(lock_and_lamp[0]) == 1
    assert "".join(each["text"] for each in page.of("said")).strip() == f"{QUESTION} It is open."


async def test_silence_denies(browse, lock_and_lamp, monkeypatch):
    monkeypatch.setattr(confirmations, "CONFIRM_SECONDS", 1)
    agent = Agent()
    page = await asked(browse, agent)
    page.plays = True
    await hear(page)
    await page.wait("reply_end")
    assert decisions(page) == [False]
    assert agent.results == [False]
    assert not lock_and_lamp[0]


async def test_yes_after_the_question_allows(browse, lock_and_lamp):
    agent = Agent("Yes.")
    page = await asked(browse, agent)
    await hear(page)
    await answer(page, agent)
    await until(lambda: agent.said)
    assert decisions(page) == [True]
    assert agent.said == [DONE]
    assert len(lock_and_lamp[0]) == 1


async def test_no_interrupts_the_question(browse, lock_and_lamp):
    agent = Agent("No.")
    page = await asked(browse, agent)
    await answer(page, agent)
    assert (await page.wait("flush"))["reply"] == 1
    await until(lambda: agent.said)
    assert decisions(page) == [False]
    assert agent.said == [DENIED]
    assert not lock_and_lamp[0]


@pytest.mark.parametrize("early", ["Yes.", "Unlock front door"])
async def test_agent_asks_again_after_an_early_yes_or_an_echo(browse, lock_and_lamp, early):
    agent = Agent(early, "Yes.")
    page = await asked(browse, agent)
    await answer(page, agent)
    await page.wait("reply", 2)
    assert agent.said == [QUESTION]
    assert not decisions(page)
    assert not lock_and_lamp[0]
    await hear(page, 2)
    await page.wait("reply_end")
    await answer(page, agent, 3)
    await until(lambda: len(agent.said) == 2)
    assert decisions(page) == [True]
    assert agent.said[1] == DONE
    assert len(lock_and_lamp[0]) == 1


async def test_agent_does_not_ask_without_end(browse, lock_and_lamp):
    agent = Agent("Yes.", "Front door.", "No.")
    page = await asked(browse, agent)
    await answer(page, agent)
    await page.wait("reply", 2)
    await page.until(lambda: len(page.of("said")) == 2)
    await answer(page, agent, 3)
    await answer(page, agent, 4)
    await until(lambda: len(agent.said) == 2)
    assert agent.said == [QUESTION, DENIED]
    assert decisions(page) == [False]


async def test_other_words_deny(browse, lock_and_lamp):
    agent = Agent("A word.")
    page = await asked(browse, agent)
    await answer(page, agent)
    await page.wait("reply", 2)
    assert decisions(page) == [False]
    assert not lock_and_lamp[0]


async def test_typed_yes_interrupts_the_question(browse, lock_and_lamp):
    class Typing(Agent):
        async def follow(self, peer, words):
            await peer.receive(Say)
            await until(lambda: peer.received(Say)[-1].is_final)
            self.said.append("".join(each.text for each in peer.received(Say)))
            await peer.send(N, AgentTranscript(self.said[-1]), speech(0.2), AE)

    agent = Typing("Yes.")
    page = await asked(browse, agent)
    await page.send("text", text="yes")
    await page.wait("reply_end")
    assert decisions(page) == [True]
    assert agent.said == [DONE]
    assert len(lock_and_lamp[0]) == 1
    assert page.of("tool")[-1]["status"] == "done"


async def test_second_question_is_only_shown(browse, lock_and_lamp):
    agent = Agent("No.", calls=2)
    page = await asked(browse, agent)
    await hear(page)
    await answer(page, agent)
    await until(lambda: agent.said)
    assert decisions(page) == [False, False]


async def test_question_in_the_language_of_the_talk(browse, lock_and_lamp):
    agent = Agent()
    await asked(browse, agent, languages=("en", "de"), language="de")
    assert agent.asked == ["Soll ich front door entriegeln?"]


async def test_agent_that_cannot_speak_before_a_result(browse, lock_and_lamp):
    agent = OldAgent()
    browser = await browse(
        agent, features=features("tools"), answer_with="agent", llm_apis=["assist"]
    )
    page = await browser.talk()
    await page.phase("listening")
    await page.speak(0.3)
    asked = await page.wait("confirm")
    await page.send("confirm", id=asked["id"], allow=True)
    await page.wait("reply")
    assert agent.results == [True]


# Questions of the home's own agent.


class HomeAgent(Agent):
    """Lets the home answer."""

    async def begin(self, peer):
        await self._hear(peer, "unlock the door")
        await peer.send(Ask("1", "unlock the door"))
        return (await peer.receive(AnswerDelta)).text


async def test_homes_agent_asks_about_spoken_words(browse, lock_and_lamp, model):
    ModelWithTools(model, API_ID)
    agent = HomeAgent("Yes.")
    browser = await browse(agent, features=features(), answer_with=model.entity_id)
    page = await browser.talk()
    page.plays = False
    await page.phase("listening")
    await page.speak(0.3)
    await page.wait("confirm")
    await hear(page)
    await answer(page, agent)
    await until(lambda: agent.said)
    assert agent.asked == [QUESTION]
    assert decisions(page) == [True]
    assert len(lock_and_lamp[0]) == 1


class Speaker(Agent):
    """Speaks the texts of the home."""

    async def begin(self, peer):
        self.turns += 1
        message = await peer.receive(Say)
        assert not message.is_final
        return message.text


async def typed(browse, model, agent):
    ModelWithTools(model, API_ID)
    browser = await browse(agent, features=features(), answer_with=model.entity_id)
    page = await browser.talk()
    page.plays = False
    await page.phase("listening")
    await page.send("text", text="unlock the door")
    await page.wait("confirm")
    await hear(page)
    return page


async def test_homes_agent_asks_about_a_typed_text(browse, lock_and_lamp, model):
    agent = Speaker("Yes.")
    page = await typed(browse, model, agent)
    await answer(page, agent)
    await until(lambda: agent.said)
    assert agent.asked == [QUESTION]
    assert agent.said == [DONE]
    assert decisions(page) == [True]
    assert len(lock_and_lamp[0]) == 1


async def test_typed_yes_to_a_question_about_a_typed_text(browse, lock_and_lamp, model):
    class Typing(Speaker):
        async def finish(self, peer):
            await until(lambda: DONE in "".join(each.text for each in peer.received(Say)))
            await peer.send(N, AgentTranscript(DONE), speech(0.2), AE)
            await peer.closed.wait()

    page = await typed(browse, model, Typing())
    page.plays = True
    await page.send("text", text="yes")
    await page.wait("reply_end")
    assert page.of("said")[-1]["text"].strip() == DONE
    assert decisions(page) == [True]
    assert len(lock_and_lamp[0]) == 1


async def test_answer_to_a_typed_text_continues_after_a_tap(browse, lock_and_lamp, model):
    class Continuing(Speaker):
        async def finish(self, peer):
            await until(lambda: peer.received(Say)[-1].is_final)
            self.said.append("".join(each.text for each in peer.received(Say)).strip())
            await peer.send(AgentTranscript(" Well."), speech(0.2), AE)
            await peer.closed.wait()

    agent = Continuing()
    page = await typed(browse, model, agent)
    await page.send("confirm", id=page.of("confirm")[0]["id"], allow=True)
    await page.wait("reply_end")
    assert agent.said[0].split() == [*QUESTION.split(), "Well."]
    assert len(lock_and_lamp[0]) == 1


# The words.


@pytest.mark.parametrize(
    ("language", "tool", "arguments", "text"),
    [
        ("en", "HassTurnOff", DOOR, QUESTION),
        ("en", "intent__HassTurnOn", DOOR, "Should I lock front door?"),
        ("en", "HassTurnOn", {"name": "gate"}, "Should I open gate?"),
        ("de", "HassTurnOff", {"name": "gate"}, "Soll ich gate schließen?"),
        ("fr", "HassTurnOff", {"domain": ["lock"]}, "Dois-je déverrouiller front door ?"),
        (
            "en",
            "HassTurnOff",
            {"domain": ["lock", "cover"]},
            "front door, gate. Should I really do that?",
        ),
        ("en", "HassSetPosition", {"name": "gate"}, "gate. Should I really do that?"),
        (
            "en",
            "HassStartTimer",
            {"minutes": 9, "name": "Pasta", "conversation_command": "unlock the front door"},
            "unlock the front door. Should I really do that?",
        ),
        (
            "en",
            "HassTurnOff",
            {**DOOR, "also": {"entity_id": "cover.gate"}},
            "front door, gate. Should I really do that?",
        ),
        ("en", "HassTurnOff", {"name": "nothing"}, "Should I really do that?"),
        ("en", "script", {"code": 5}, "Should I really do that?"),
        ("en", "HassTurnOff", {"name": "x" * 61}, "Should I really do that?"),
    ],
)
async def test_words_of_a_question(  # noqa: PLR0917 (fixtures)
    hass, lock_and_lamp, meet, language, tool, arguments, text
):
    await meet()
    hass.states.async_set("cover.gate", "closed", {"device_class": "gate", "friendly_name": "gate"})
    hass.states.async_set("lock.long", "locked", {"friendly_name": "x" * 61})
    async_expose_entity(hass, "conversation", "cover.gate", True)
    call = llm.ToolInput(tool, arguments)
    assert await async_question_text(hass, language, call) == text
