"""The home's conversation agent answers: its input, its answer and its failures."""

import asyncio
import gc

import pytest
from homeassistant.components import conversation
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.components.conversation import async_converse
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent, llm
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.playai.assist import agent_call, streamed_words
from tests.agent.talk import until

from .agents import says
from .failures import EMPTY, HOME_FAILED, HOME_LATE, HOME_MISSING, HOME_TOO_LONG
from .other_engines import OtherAgent, says_words, set_up
from .satellite import log_of

LOOP = (
    "{} leads back to this voice agent, so it can't answer. Choose a different conversation agent"
    " in the integration's options."
)


@pytest.fixture
async def satellite(meet, model):
    """An agent for which the model answers."""
    return await meet(says(), answer_with=model.entity_id)


async def test_words_are_streamed_to_the_dialog(satellite, hass, hass_ws_client):
    run = await satellite.write(hass_ws_client, "turn on the lamp", "kitchen")
    assert [delta.get("content") for delta in run.deltas] == [None, "The lamp", " is on."]
    assert run.said == "The lamp is on."
    assert run.response["response_type"] == "action_done"
    assert satellite.peers == []
    assert [(each.role, each.content) for each in log_of(hass, "kitchen")] == [
        ("user", "turn on the lamp"),
        ("assistant", "The lamp is on."),
    ]


async def test_agent_is_asked_in_the_same_run(satellite, hass, model):
    context = Context()
    result = await async_converse(
        hass,
        "turn on the lamp",
        "kitchen",
        context,
        language="de",
        agent_id=satellite.entity_id("conversation"),
        device_id="device",
        satellite_id="assist_satellite.kitchen",
        extra_system_prompt="Be brief.",
    )
    assert result.conversation_id == "kitchen"
    assert model.inputs == [
        conversation.ConversationInput(
            text="turn on the lamp",
            context=context,
            conversation_id="kitchen",
            device_id="device",
            satellite_id="assist_satellite.kitchen",
            language="de",
            agent_id=model.entity_id,
            extra_system_prompt="Be brief.",
        )
    ]


async def test_agent_knows_what_was_said_before(satellite, hass_ws_client, model):
    await satellite.write(hass_ws_client, "turn on the lamp", "kitchen")
    model.answer = says_words("Off it goes.")
    await satellite.write(hass_ws_client, "and off again", "kitchen")
    assert [each.content for each in model.logs[1][1:]] == [
        "turn on the lamp",
        "The lamp is on.",
        "and off again",
    ]


async def test_question_of_the_agent_is_passed_on(satellite, hass_ws_client, model):
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.of(PipelineEventType.INTENT_END)["intent_output"]["continue_conversation"] is False
    model.answer = says_words("Which lamp?")
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.of(PipelineEventType.INTENT_END)["intent_output"]["continue_conversation"] is True


async def test_tool_calls_are_shown(satellite, hass_ws_client, model):
    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "One moment."}
        call = llm.ToolInput("HassTurnOn", {"name": "lamp"}, id="call", external=True)
        yield {"tool_calls": [call]}
        yield {
            "role": "tool_result",
            "tool_call_id": "call",
            "tool_name": "HassTurnOn",
            "result": llm.ToolResult(data={"success": True}),
        }
        yield {"role": "assistant", "content": "Done."}

    model.answer = answer
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert [delta["role"] for delta in run.deltas if "role" in delta] == [
        "assistant",
        "tool_result",
        "assistant",
    ]
    (call,) = next(delta["tool_calls"] for delta in run.deltas if "tool_calls" in delta)
    assert call["tool_name"] == "HassTurnOn"
    assert run.said == "Done."


async def test_agent_that_does_not_stream(meet, hass, hass_ws_client):
    await set_up(hass, "conversation", OtherAgent())
    satellite = await meet(says(), answer_with="conversation.other_agent")
    run = await satellite.write(hass_ws_client, "hello", "kitchen")
    assert run.said == "You said: hello"
    assert [each.content for each in log_of(hass, "kitchen")] == ["hello", "You said: hello"]


async def test_built_in_agent(meet, hass, hass_ws_client):
    assert await async_setup_component(hass, "intent", {})
    hass.states.async_set("light.lamp", "off", {"friendly_name": "lamp"})
    calls = async_mock_service(hass, "light", "turn_on")
    satellite = await meet(says(), answer_with="conversation.home_assistant")
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.said == "Turned on the light"
    assert len(calls) == 1
    run = await satellite.write(hass_ws_client, "never mind")
    assert run.response["response_type"] == "action_done"
    assert run.response["speech"] in ({}, {"plain": {"speech": "", "extra_data": None}})
    run = await satellite.write(hass_ws_client, "why is the sky blue", "kitchen")
    assert run.said == "Sorry, I couldn't understand that"
    assert [each.content for each in log_of(hass, "kitchen")] == ["why is the sky blue", run.said]


def raising(error, *words):
    """Fail after some words."""

    async def answer(user_input, chat_log):
        yield {"role": "assistant"}
        for word in words:
            yield {"content": word}
        raise error

    return answer


def hanging(*words):
    """Hang after some words."""

    async def answer(user_input, chat_log):
        yield {"role": "assistant"}
        for word in words:
            yield {"content": word}
        await asyncio.Event().wait()

    return answer


async def endless(user_input, chat_log):
    """Talk endlessly."""
    yield {"role": "assistant"}
    while True:
        yield {"content": "word " * 1000}
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (raising(ValueError("secret")), HOME_FAILED),
        (raising(ValueError("secret"), "The lamp"), HOME_FAILED),
        (raising(HomeAssistantError("no connection")), "no connection"),
        (hanging(), HOME_LATE),
        (hanging("The lamp"), HOME_TOO_LONG),
        (endless, HOME_TOO_LONG),
        (says_words(" "), EMPTY),
    ],
)
async def test_agent_fails(satellite, hass_ws_client, model, monkeypatch, *, answer, sentence):
    monkeypatch.setattr(agent_call, "FIRST_WORDS_SECONDS", 0.1)
    monkeypatch.setattr(agent_call, "ANSWER_SECONDS", 0.1)
    model.answer = answer
    run = await satellite.write(hass_ws_client, "turn on the lamp", "kitchen")
    assert run.said == sentence
    assert run.response["response_type"] == "error"
    model.answer = says_words("Done.")
    run = await satellite.write(hass_ws_client, "turn on the lamp", "kitchen")
    assert run.said == "Done."


async def test_answer_that_is_too_long_is_cut(satellite, hass_ws_client, model, monkeypatch):
    monkeypatch.setattr(streamed_words, "MAX_CHARACTERS", 10_000)
    model.answer = endless
    run = await satellite.write(hass_ws_client, "tell me everything")
    assert run.said == HOME_TOO_LONG
    assert model.was_cancelled


async def test_agent_that_does_not_end_when_cancelled(
    satellite, hass_ws_client, model, monkeypatch
):
    go_on = asyncio.Event()

    async def answer(user_input, chat_log):
        yield {"role": "assistant"}
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                model.was_cancelled = True

    monkeypatch.setattr(agent_call, "FIRST_WORDS_SECONDS", 0.1)
    monkeypatch.setattr(agent_call, "CANCEL_SECONDS", 0.1)
    model.answer = answer
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.said == HOME_LATE
    go_on.set()
    await until(lambda: model.was_cancelled)


async def test_agent_that_fails_when_cancelled(
    satellite, hass_ws_client, model, monkeypatch, caplog
):
    async def answer(user_input, chat_log):
        yield {"role": "assistant"}
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("cannot be stopped") from None

    monkeypatch.setattr(agent_call, "FIRST_WORDS_SECONDS", 0.1)
    model.answer = answer
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.said == HOME_LATE
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_own_entity_cannot_answer(meet, hass_ws_client):
    satellite = await meet(says(), answer_with="conversation.voice_agent")
    assert satellite.entity_id("conversation") == "conversation.voice_agent"
    run = await satellite.write(hass_ws_client, "hello")
    assert run.said == LOOP.format("Voice agent")


async def test_conversation_agent_that_asks_this_agent(satellite, hass, hass_ws_client, model):
    async def answer(user_input, chat_log):
        result = await async_converse(
            hass,
            user_input.text,
            user_input.conversation_id,
            user_input.context,
            agent_id=satellite.entity_id("conversation"),
        )
        yield {"role": "assistant", "content": result.response.speech["plain"]["speech"]}

    model.answer = answer
    run = await satellite.write(hass_ws_client, "hello")
    assert run.said == LOOP.format("Model")


async def test_agent_that_was_removed(satellite, hass, hass_ws_client, model):
    (entry,) = hass.config_entries.async_entries("other_conversation")
    await hass.config_entries.async_unload(entry.entry_id)
    run = await satellite.write(hass_ws_client, "hello")
    assert run.said == HOME_MISSING


async def test_agent_is_removed_during_its_answer(satellite, hass, hass_ws_client, model):
    go_on = asyncio.Event()

    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "The lamp"}
        await go_on.wait()
        yield {"content": " is on."}

    model.answer = answer
    asking = asyncio.create_task(satellite.write(hass_ws_client, "hello"))
    await until(lambda: bool(model.inputs))
    (entry,) = hass.config_entries.async_entries("other_conversation")
    await hass.config_entries.async_unload(entry.entry_id)
    go_on.set()
    assert (await asking).said == "The lamp is on."
    run = await satellite.write(hass_ws_client, "hello")
    assert run.said == HOME_MISSING


async def test_agent_is_followed_when_it_is_renamed(satellite, hass, hass_ws_client, model):
    er.async_get(hass).async_update_entity(model.entity_id, new_entity_id="conversation.other")
    await hass.async_block_till_done()
    assert satellite.entry.options["answer_with"] == "conversation.other"
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.said == "The lamp is on."


async def test_run_that_is_cancelled_cancels_the_agent(satellite, hass, model):
    model.answer = hanging("The lamp")
    asking = asyncio.create_task(
        async_converse(
            hass,
            "turn on the lamp",
            "kitchen",
            Context(),
            agent_id=satellite.entity_id("conversation"),
        )
    )
    await until(lambda: bool(model.inputs))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert model.was_cancelled


async def test_intent_error_is_passed_on(satellite, hass_ws_client, model, monkeypatch):
    async def answer(user_input, chat_log):
        response = intent.IntentResponse(language="en")
        response.async_set_error(intent.IntentResponseErrorCode.NO_VALID_TARGETS, "No such lamp")
        return conversation.ConversationResult(response, chat_log.conversation_id)

    monkeypatch.setattr(model, "_async_handle_message", answer)
    run = await satellite.write(hass_ws_client, "turn on the lamp")
    assert run.said == "No such lamp"
    assert run.response["data"]["code"] == "no_valid_targets"
