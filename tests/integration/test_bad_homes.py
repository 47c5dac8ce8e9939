"""Conversation agents that misbehave: a spoken turn ends with a sentence, and others continue."""

import asyncio

import pytest
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.components.conversation import async_converse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm

from custom_components.playai.assist import agent_call, home_run
from tests.agent.talk import until

from .failures import EMPTY, HOME_FAILED, HOME_LATE, HOME_MISSING, HOME_TOO_LONG
from .other_engines import StreamingAgent, says_words, set_up
from .satellite import WAV, Run
from .test_home_answers import FEATURES, AskingAgent

LOOP = (
    "Model leads back to this voice agent, so it can't answer. Choose a different conversation"
    " agent in the integration's options."
)


class Agent(StreamingAgent):
    """Misbehaves in the kitchen only."""

    def __init__(self):
        super().__init__()
        self.in_kitchen = says_words("The kitchen.")
        self.answer = self.answer_room

    async def answer_room(self, user_input, chat_log):
        is_kitchen = user_input.device_id == "kitchen"
        answer = self.in_kitchen if is_kitchen else says_words("All is well.")
        async for delta in answer(user_input, chat_log):
            yield delta


@pytest.fixture
async def model(hass_with_assist):
    """A conversation agent with a language model."""
    entity = Agent()
    await set_up(hass_with_assist, "conversation", entity)
    return entity


@pytest.fixture
async def satellite(meet, model):
    """An agent that asks the model every question."""
    return await meet(AskingAgent(), features=FEATURES, answer_with=model.entity_id)


async def hang(user_input, chat_log):
    yield {"role": "assistant"}
    await asyncio.Event().wait()


async def fail(user_input, chat_log):
    yield {"role": "assistant", "content": "One moment."}
    raise ValueError("secret")


async def refuse(user_input, chat_log):
    yield {"role": "assistant"}
    raise HomeAssistantError("There is no connection.")


async def stream_without_end(user_input, chat_log):
    """Stream slowly, so that the text stays short."""
    yield {"role": "assistant"}
    while True:
        yield {"content": "And then? "}
        await asyncio.sleep(0.02)


async def flood(user_input, chat_log):
    yield {"role": "assistant"}
    while True:
        yield {"content": "And then? " * 1000}
        await asyncio.sleep(0)


def call_tools(number, seconds=0.0):
    """Call slow tools, one after the other."""

    async def answer(user_input, chat_log):
        for each in range(number):
            call = llm.ToolInput("HassTurnOn", {"name": f"lamp {each}"}, external=True)
            yield {"role": "assistant", "tool_calls": [call]}
            await asyncio.sleep(seconds)
            yield {
                "role": "tool_result",
                "tool_call_id": call.id,
                "tool_name": call.tool_name,
                "result": llm.ToolResult(data={"success": True}),
            }
        yield {"role": "assistant", "content": "Ten lamps are on."}

    return answer


@pytest.mark.parametrize(
    ("answer", "said", "seconds"),
    [
        (hang, HOME_LATE, 2.0),
        (fail, HOME_FAILED, None),
        (refuse, "There is no connection.", None),
        (says_words(" ", "\n"), EMPTY, None),
        (stream_without_end, HOME_TOO_LONG, 2.0),
        (flood, HOME_TOO_LONG, None),
        (call_tools(10), "Ten lamps are on.", None),
        (call_tools(10, 1.0), HOME_LATE, 2.0),
    ],
    ids=["hangs", "fails", "refuses", "empty", "endless", "flood", "ten tools", "ten slow tools"],
)
async def test_only_its_own_turn_ends(satellite, model, monkeypatch, *, answer, said, seconds):
    """`seconds` limit all answers, those of the other room too: so they are not few."""
    model.in_kitchen = answer
    with monkeypatch.context() as patch:
        if seconds is not None:
            patch.setattr(home_run, "FIRST_WORDS_SECONDS", seconds)
            patch.setattr(agent_call, "ANSWER_SECONDS", seconds)
        kitchen, bedroom = await asyncio.gather(
            *(
                satellite.ask(conversation_id=room, device_id=room, output=WAV)
                for room in ("kitchen", "bedroom")
            )
        )
    ended_well(kitchen, said)
    ended_well(bedroom, "All is well.")
    model.in_kitchen = says_words("The kitchen.")
    run = await satellite.ask(conversation_id="kitchen", device_id="kitchen", output=WAV)
    ended_well(run, "The kitchen.")


def ended_well(run: Run, said: str) -> None:
    """Check that the answer was spoken and ends with `said`."""
    assert PipelineEventType.ERROR not in run.kinds
    assert run.kinds[-1] is PipelineEventType.RUN_END
    assert run.said.endswith(said)
    assert run.shown[-1].endswith(said)
    assert run.levels == {1000: pytest.approx(0.2)}
    assert not run.audio_error


async def test_conversation_agent_that_asks_this_agent(satellite, hass, model):
    async def answer(user_input, chat_log):
        result = await async_converse(
            hass,
            user_input.text,
            user_input.conversation_id,
            user_input.context,
            agent_id=satellite.entity_id("conversation"),
            device_id=user_input.device_id,
        )
        yield {"role": "assistant", "content": result.response.speech["plain"]["speech"]}

    model.in_kitchen = answer
    run = await satellite.ask(conversation_id="kitchen", device_id="kitchen", output=WAV)
    ended_well(run, LOOP)


async def test_own_entity_cannot_answer(meet):
    satellite = await meet(AskingAgent(), features=FEATURES, answer_with="conversation.voice_agent")
    run = await satellite.ask(output=WAV)
    ended_well(run, LOOP.replace("Model", "Voice agent"))


async def test_agent_that_is_removed_in_a_turn(satellite, hass, model, monkeypatch):
    monkeypatch.setattr(home_run, "FIRST_WORDS_SECONDS", 0.5)
    model.in_kitchen = hang
    asking = asyncio.create_task(
        satellite.ask(conversation_id="kitchen", device_id="kitchen", output=WAV)
    )
    await until(lambda: bool(model.inputs))
    (entry,) = hass.config_entries.async_entries("other_conversation")
    await hass.config_entries.async_unload(entry.entry_id)
    ended_well(await asking, "didn't answer in time.")
    run = await satellite.ask(conversation_id="kitchen", device_id="kitchen", output=WAV)
    ended_well(run, HOME_MISSING)
