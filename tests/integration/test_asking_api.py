"""Conversation agents of the home that ask the user of a talk before they do something risky."""

from typing import override

from homeassistant.components import conversation
from homeassistant.core import Context
from homeassistant.helpers import llm

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.assist.asking_api import API_ID, NOT_ALLOWED, AskingTool

from .agents import says
from .other_engines import StreamingAgent
from .test_home_answers import FEATURES as ASKING
from .test_home_answers import AskingAgent

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"home", "user_text"}))
UNLOCK = ("HassTurnOff", {"name": "front door"})
LIGHT = ("HassTurnOn", {"name": "lamp"})


class ModelWithTools:
    """Calls one tool in each turn, as a language model does."""

    def __init__(self, model: StreamingAgent, api: str) -> None:
        model.answer = self.answer
        self.api = api
        self.call = UNLOCK
        self.log: list[conversation.Content] = []

    async def answer(self, user_input, chat_log):
        await chat_log.async_provide_llm_data(user_input.as_llm_context("other"), self.api)
        name, arguments = self.call
        known = [tool.name for tool in chat_log.llm_api.tools]
        (name,) = [each for each in known if each.endswith(name)]
        yield {"role": "assistant", "tool_calls": [llm.ToolInput(name, arguments)]}
        yield {"role": "assistant", "content": "Well."}
        self.log = chat_log.content

    @property
    def results(self):
        return [each.result for each in self.log if each.role == "tool_result"]


async def begin(browse, model):
    browser = await browse(says(), features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    assert page.of("ready")[0]["agent"]["features"] == ["text", "tools", "confirm"]
    return page


async def test_user_allows_what_the_homes_agent_does(browse, lock_and_lamp, model):
    tools = ModelWithTools(model, API_ID)
    page = await begin(browse, model)
    await page.send("text", text="unlock the door")
    asked = await page.wait("confirm")
    assert (asked["name"], asked["arguments"], asked["seconds"]) == (*UNLOCK, 20)
    assert not lock_and_lamp[0]
    await page.send("confirm", id=asked["id"], allow=True)
    await page.wait("reply_end")
    assert len(lock_and_lamp[0]) == 1
    assert [each.error for each in tools.results] == [False]


async def test_user_denies_what_the_homes_agent_does(browse, lock_and_lamp, model):
    tools = ModelWithTools(model, API_ID)
    page = await begin(browse, model)
    await page.send("text", text="unlock the door")
    asked = await page.wait("confirm")
    await page.send("confirm", id=asked["id"], allow=False)
    await page.wait("reply_end")
    assert not lock_and_lamp[0]
    assert tools.results == [llm.ToolResult({"error": NOT_ALLOWED}, error=True)]


async def test_user_is_asked_about_spoken_words(browse, lock_and_lamp, model):
    """The question reaches the home through the agent's server."""
    ModelWithTools(model, API_ID)
    agent = AskingAgent("unlock the door")
    browser = await browse(agent, features=ASKING, answer_with=model.entity_id)
    page = await browser.talk()
    await page.phase("listening")
    await page.speak(0.3)
    asked = await page.wait("confirm")
    assert (asked["name"], asked["arguments"]) == UNLOCK
    await page.send("confirm", id=asked["id"], allow=False)
    await page.wait("reply_end")
    assert not lock_and_lamp[0]


async def test_harmless_action_is_done_at_once(browse, lock_and_lamp, model):
    ModelWithTools(model, API_ID).call = LIGHT
    page = await begin(browse, model)
    await page.send("text", text="turn on the lamp")
    await page.wait("reply_end")
    assert not page.of("confirm")
    assert len(lock_and_lamp[1]) == 1


async def test_agent_with_assist_itself_does_not_ask(browse, lock_and_lamp, model):
    ModelWithTools(model, llm.LLM_API_ASSIST)
    page = await begin(browse, model)
    await page.send("text", text="unlock the door")
    await page.wait("reply_end")
    assert not page.of("confirm")
    assert len(lock_and_lamp[0]) == 1


async def test_nobody_is_asked_outside_of_a_talk(hass, browse, lock_and_lamp, model):
    ModelWithTools(model, API_ID)
    page = await begin(browse, model)
    await conversation.async_converse(
        hass, "unlock the door", None, Context(), agent_id=model.entity_id
    )
    assert len(lock_and_lamp[0]) == 1
    assert not page.of("confirm")


async def test_json_of_a_tool_becomes_a_result(hass):
    """Home Assistant would report the integration of the wrapper for it."""

    class Weather(llm.Tool):
        name = "weather"
        annotations = llm.ToolAnnotations(read_only=True)

        @override
        async def async_call(self, hass, tool_input, llm_context):
            return {"sky": "clear"}

    context = llm.LLMContext("other", Context(), "en", "conversation", None)
    result = await AskingTool(Weather()).async_call(hass, llm.ToolInput("weather", {}), context)
    assert result == llm.ToolResult({"sky": "clear"})


async def test_api_has_the_tools_and_the_prompt_of_assist(hass, browse, lock_and_lamp, model):
    await begin(browse, model)
    context = llm.LLMContext("other", Context(), "en", "conversation", None)
    own = await llm.async_get_api(hass, API_ID, context)
    assist = await llm.async_get_api(hass, llm.LLM_API_ASSIST, context)
    assert own.api.name == f"{assist.api.name}, asks before risky actions in talks"
    assert own.api_prompt == assist.api_prompt
    assert [(each.name, each.parameters) for each in own.tools] == [
        (each.name, each.parameters) for each in assist.tools
    ]
