"""Servers that misuse the home link: a turn ends within its limit, and others continue."""

import asyncio

import pytest
from homeassistant.components.conversation import chat_log
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.playai.agent.messages import (
    AgentTranscript,
    AnswerEndMessage,
    Ask,
    Cancel,
    ToolCall,
    ToolResultMessage,
    UserTranscript,
)
from tests.agent.talk import AE, N, speech, until

from .agents import each_turn, says, tool_name
from .other_engines import StreamingAgent, set_up
from .satellite import WAV
from .test_home_answers import FEATURES, QUESTION

INVALID = "The agent's server sent invalid messages."
GOOD = says(asked=QUESTION, words="All is well.")
ANSWER = (N, AgentTranscript("Done."), speech(0.2), AE)


@pytest.fixture
async def home(hass_with_assist):
    """A lamp in a home whose conversation agent and tools the server may use."""
    hass = hass_with_assist
    assert await async_setup_component(hass, "intent", {})
    hass.states.async_set("light.lamp", "off", {"friendly_name": "lamp"})
    model = StreamingAgent("The lamp is on.")
    await set_up(hass, "conversation", model)
    return model


@pytest.fixture
def talk(meet, home):
    """Talk at two satellites at the same time, of which the first one has the bad server."""

    async def talk(answer):
        satellite = await meet(
            each_turn(answer),
            GOOD,
            features=FEATURES,
            answer_with=home.entity_id,
            llm_apis=["assist"],
        )
        bad = asyncio.create_task(satellite.ask(conversation_id="kitchen", output=WAV))
        await until(lambda: bool(satellite.peers))
        good = await satellite.ask(conversation_id="bedroom", output=WAV)
        assert good.failure == "All is well."
        return await bad, satellite

    return talk


async def test_tool_of_the_home(talk, hass):
    calls = async_mock_service(hass, "light", "turn_on")

    async def answer(peer):
        await peer.send(UserTranscript(QUESTION))
        await peer.send(ToolCall("1", await tool_name(peer), {"name": "lamp"}))
        results.append(await peer.receive(ToolResultMessage))
        await peer.send(*ANSWER)

    results = []
    run, _ = await talk(answer)
    assert run.failure == "Done."
    assert [call.data["entity_id"] for call in calls] == [["light.lamp"]]
    assert not results[0].result.is_error
    roles = [each.role for each in hass.data[chat_log.DATA_CHAT_LOGS]["kitchen"].content[1:]]
    assert roles == ["user", "assistant", "tool_result", "assistant"]


async def test_unknown_tool_and_wrong_arguments(talk):
    async def answer(peer):
        await peer.send(UserTranscript(QUESTION))
        await peer.send(ToolCall("1", "open_the_door", {}))
        await peer.send(ToolCall("2", await tool_name(peer), {"colour": "red"}))
        await peer.receive(ToolResultMessage, 2)
        results.extend(peer.received(ToolResultMessage))
        await peer.send(*ANSWER)

    results = []
    run, _ = await talk(answer)
    assert run.failure == "Done."
    assert [each.result.is_error for each in results] == [True, True]


async def test_server_that_asks_twice(talk, home):
    async def answer(peer):
        await peer.send(UserTranscript(QUESTION), Ask("1", QUESTION), Ask("2", QUESTION))
        await peer.receive(AnswerEndMessage, 2)
        ends.extend(peer.received(AnswerEndMessage))
        await peer.send(N, AgentTranscript("The lamp is on."), speech(0.2), AE)

    ends = []
    run, _ = await talk(answer)
    assert run.failure == "The lamp is on."
    assert len(home.inputs) == 1
    errors = {end.id: end.end.error for end in ends}
    assert errors["1"] is None
    assert errors["2"]


async def test_server_that_cancels_late(talk, home):
    async def answer(peer):
        await peer.send(UserTranscript(QUESTION), Ask("1", QUESTION))
        await peer.receive(AnswerEndMessage)
        await peer.send(Cancel("1"), Cancel("1"), Cancel("never"))
        await peer.send(N, AgentTranscript("The lamp is on."), speech(0.2), AE)

    run, _ = await talk(answer)
    assert run.failure == "The lamp is on."
    assert not home.was_cancelled


@pytest.mark.parametrize("kind", ["asks", "tools"])
async def test_server_that_calls_without_end(talk, home, kind):
    async def answer(peer):
        await peer.send(UserTranscript(QUESTION))
        for number in range(10_000):
            if kind == "asks":
                await peer.send(Ask(str(number), QUESTION))
            else:
                await peer.send(ToolCall(str(number), "open_the_door", {}))
        await peer.closed.wait()

    run, satellite = await talk(answer)
    # The home may have answered already. If it has only begun to, its words are shown, too.
    assert run.said in (INVALID, "The lamp is on.")
    assert run.audio  # The error tone.
    assert len(home.inputs) <= 1
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.failure == "All is well."


@pytest.mark.parametrize("size", [10_000_000, 100_000])
async def test_arguments_that_are_too_long(talk, hass, size):
    calls = async_mock_service(hass, "light", "turn_on")

    async def answer(peer):
        await peer.send(UserTranscript(QUESTION))
        await peer.send(ToolCall("1", await tool_name(peer), {"name": "a" * size}))
        await peer.send(*ANSWER)

    run, satellite = await talk(answer)
    assert run.failure == (INVALID if size > 2_000_000 else "Done.")
    assert not calls
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.failure in ("All is well.", "Done.")


async def test_server_that_calls_after_its_turn(talk, home, hass):
    calls = async_mock_service(hass, "light", "turn_on")

    async def answer(peer):
        await peer.send(UserTranscript(QUESTION), *ANSWER)
        await go_on.wait()
        await peer.send(Ask("1", QUESTION), ToolCall("2", await tool_name(peer), {"name": "lamp"}))
        refused.append((await peer.receive(AnswerEndMessage)).end.error)
        refused.append((await peer.receive(ToolResultMessage)).result.is_error)

    go_on = asyncio.Event()
    refused = []
    run, _ = await talk(answer)
    assert run.failure == "Done."
    go_on.set()
    await until(lambda: len(refused) == 2)
    assert refused == ["no_turn", True]
    assert home.inputs == []
    assert not calls
