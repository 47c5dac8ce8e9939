"""Risky calls of tools in a talk: the user is asked before."""

import asyncio
from functools import partial
from types import SimpleNamespace

import pytest
from homeassistant.components.conversation.chat_log import async_subscribe_chat_logs
from homeassistant.components.conversation.const import ChatLogEventType
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import llm

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import (
    AgentTranscript,
    Ask,
    ToolCall,
    ToolResultMessage,
    UserTranscript,
)
from custom_components.playai.assist import tools
from custom_components.playai.assist.risky import async_is_risky, async_risks
from custom_components.playai.talk import confirmations
from custom_components.playai.talk.actions import shown_call
from custom_components.playai.talk.confirmations import Confirmations
from custom_components.playai.talk.page_link import PageLink
from tests.agent.talk import AE, N, speech, until

from .agents import hear_out, tool_name

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"tools"}))


class Caller:
    """Calls a tool of the home after the first words of the user."""

    def __init__(self, tool: str, arguments: dict[str, str]) -> None:
        self.tool = tool
        self.arguments = arguments
        self.results: list[bool] = []

    async def __call__(self, peer):
        await hear_out(peer)
        name = await tool_name(peer, self.tool)
        await peer.send(UserTranscript("Do it."), ToolCall("1", name, self.arguments))
        result = await peer.receive(ToolResultMessage)
        self.results.append(not result.result.is_error)
        await peer.send(N, AgentTranscript("Well."), speech(0.2), AE)
        await peer.closed.wait()


async def begin(browse, caller):
    browser = await browse(caller, features=FEATURES, answer_with="agent", llm_apis=["assist"])
    page = await browser.talk()
    assert page.of("ready")[0]["agent"]["features"] == ["tools", "confirm"]
    await page.phase("listening")
    await page.speak(0.3)
    return page


@pytest.mark.parametrize(
    ("arguments", "domain"),
    [
        ({"name": "front door"}, "lock"),
        ({"name": "the entrance"}, "lock"),
        ({"area": "Hall"}, None),
        ({"area": "Hall", "domain": ["light"]}, "light"),
        ({"name": "nothing"}, None),
        (None, None),
    ],
)
async def test_page_names_the_action_by_what_may_change(hass, lock_and_lamp, arguments, domain):
    # A sensor that the agent may not use has the same name.
    hass.states.async_set("binary_sensor.a", "off", {"friendly_name": "front door"})
    hall = ar.async_get(hass).async_create("Hall").id
    registry = er.async_get(hass)
    for entity_id, aliases in (("lock.front_door", ["the entrance"]), ("light.lamp", [])):
        state = hass.states.get(entity_id)
        hass.states.async_remove(entity_id)
        entry = registry.async_get_or_create(
            state.domain,
            "test",
            state.object_id,
            suggested_object_id=state.object_id,
            original_name=state.name,
        )
        assert entry.entity_id == entity_id
        registry.async_update_entity(entity_id, area_id=hall, aliases=[er.COMPUTED_NAME, *aliases])
        hass.states.async_set(entity_id, state.state, state.attributes)
        async_expose_entity(hass, "conversation", entity_id, True)
    call = {"tool_name": "assist__HassTurnOff", "tool_args": arguments}
    assert shown_call(hass, call) == {
        "name": "HassTurnOff",
        "domain": domain,
        "arguments": arguments or {},
    }


async def test_user_is_asked_after_the_home_has_answered(browse, lock_and_lamp, model):
    """A server may call a tool while it still speaks the answer of the home."""
    results = []

    async def agent(peer):
        await hear_out(peer)
        await peer.send(UserTranscript("Hello."), Ask("1", "Hello."))
        async for _ in peer.answer("1"):
            pass
        await peer.send(N, speech(0.5))
        name = await tool_name(peer, "HassTurnOff")
        await peer.send(ToolCall("2", name, {"name": "front door"}))
        result = await peer.receive(ToolResultMessage)
        results.append(result.result.is_error)
        await peer.send(AE)
        await peer.closed.wait()

    browser = await browse(
        agent, features=FEATURES, answer_with=model.entity_id, llm_apis=["assist"]
    )
    page = await browser.talk()
    await page.phase("listening")
    await page.speak(0.3)
    asked = await page.wait("confirm")
    assert not lock_and_lamp[0]
    await page.send("confirm", id=asked["id"], allow=False)
    await page.wait("reply_end")
    assert results == [True]
    assert not lock_and_lamp[0]


async def test_user_allows_a_risky_call(browse, lock_and_lamp):
    caller = Caller("HassTurnOff", {"name": "front door"})
    page = await begin(browse, caller)
    asked = await page.wait("confirm")
    assert (asked["name"], asked["arguments"]) == ("HassTurnOff", {"name": "front door"})
    assert asked["domain"] == "lock"
    assert asked["risks"] == ["front door"]
    assert asked["seconds"] == 10
    assert not lock_and_lamp[0]
    await page.send("confirm", id="another", allow=True)
    await page.send("confirm", id=asked["id"], allow=True)
    await page.wait("reply_end")
    assert page.of("confirmed")[0]["allow"] is True
    assert caller.results == [True]
    assert len(lock_and_lamp[0]) == 1


async def test_user_denies_a_risky_call(browse, lock_and_lamp):
    caller = Caller("HassTurnOff", {"name": "front door"})
    page = await begin(browse, caller)
    asked = await page.wait("confirm")
    await page.send("confirm", id=asked["id"], allow=False)
    await page.send("confirm", id=asked["id"], allow=True)
    await page.wait("reply_end")
    assert [each["allow"] for each in page.of("confirmed")] == [False]
    assert caller.results == [False]
    assert not lock_and_lamp[0]


async def test_risky_call_without_an_answer_is_not_run(browse, lock_and_lamp, monkeypatch):
    monkeypatch.setattr(confirmations, "CONFIRM_SECONDS", 0.1)
    caller = Caller("HassTurnOff", {"name": "front door"})
    page = await begin(browse, caller)
    await page.wait("reply_end")
    assert [each["allow"] for each in page.of("confirmed")] == [False]
    assert not lock_and_lamp[0]


async def test_risky_call_is_not_run_after_an_interruption(browse, lock_and_lamp):
    page = await begin(browse, Caller("HassTurnOff", {"name": "front door"}))
    asked = await page.wait("confirm")
    await page.send("interrupt", reply=0, ms=0)
    assert (await page.wait("confirmed"))["allow"] is False
    await page.send("confirm", id=asked["id"], allow=True)
    await page.send("bye")
    assert await page.closed() == 4000
    assert not lock_and_lamp[0]


async def test_harmless_call_is_not_asked_about(browse, lock_and_lamp):
    page = await begin(browse, Caller("HassTurnOn", {"name": "lamp"}))
    await page.wait("reply_end")
    assert not page.of("confirm")
    assert len(lock_and_lamp[1]) == 1


async def nobody(_):
    """Speak no question."""


async def test_questions_are_limited(hass):
    async def run():
        return {}

    asking = Confirmations(SimpleNamespace(hass=hass, link=PageLink()), nobody)
    calls = [llm.ToolInput("HassTurnOff", {}) for _ in range(5)]
    open_questions = [asyncio.create_task(asking.ask(call, run)) for call in calls[:4]]
    await asyncio.sleep(0)
    assert await asking.ask(calls[4], run) is None
    for call in calls:
        asking.answer(call.id, is_allowed=True)
    assert await asyncio.gather(*open_questions) == [{}] * 4


async def test_repeated_id_asks_no_second_question(hass):
    """A language model may use an id twice: the answer must not be about the other call."""
    done = []

    async def run(name):
        done.append(name)
        return {}

    asking = Confirmations(SimpleNamespace(hass=hass, link=PageLink()), nobody)
    first, second = (llm.ToolInput("HassTurnOff", {"name": name}, id="call_0") for name in "ab")
    question = asyncio.create_task(asking.ask(first, partial(run, "a")))
    await asyncio.sleep(0)
    assert await asking.ask(second, partial(run, "b")) is None
    asking.answer("call_0", is_allowed=True)
    assert await question == {}
    assert done == ["a"]


async def test_call_is_in_the_chat_log_before_it_runs(browse, hass, lock_and_lamp):
    log = []

    async def turn_on(_):
        log.append("turn_on")

    def changed(_, event_type, data):
        if event_type is ChatLogEventType.CONTENT_ADDED:
            log.append(data["content"]["role"])

    async_subscribe_chat_logs(hass, changed)
    hass.services.async_register("light", "turn_on", turn_on)
    page = await begin(browse, Caller("HassTurnOn", {"name": "lamp"}))
    await page.wait("reply_end")
    assert log[:4] == ["user", "assistant", "turn_on", "tool_result"]
    assert [each["status"] for each in page.of("tool")] == ["running", "done"]


async def test_interrupted_call_has_a_result(browse, hass, lock_and_lamp, monkeypatch):
    """Language models accept no call without one in their history."""
    results, begun = [], asyncio.Event()

    async def call_tool(*_):
        begun.set()
        await asyncio.Event().wait()

    def changed(_, event_type, data):
        if event_type is ChatLogEventType.CONTENT_ADDED and "tool_call_id" in data["content"]:
            results.append(data["content"])

    async_subscribe_chat_logs(hass, changed)
    monkeypatch.setattr(tools, "_async_run", call_tool)
    page = await begin(browse, Caller("HassTurnOn", {"name": "lamp"}))
    await begun.wait()
    await page.send("interrupt", reply=0, ms=0)
    await until(lambda: results)
    await page.until(lambda: len(page.of("tool")) == 2)
    assert [each["status"] for each in page.of("tool")] == ["running", "failed"]


def test_control_characters_of_arguments_are_not_shown(hass):
    arguments = {"na\u202eme": "pa\u202elm", "items": ["a\x1bb"]}
    shown = shown_call(hass, {"tool_name": "Hass\u202eTurnOff", "tool_args": arguments})
    assert shown["name"] == "HassTurnOff"
    assert shown["arguments"] == {"name": "palm", "items": ["ab"]}


class AnyTool(llm.Tool):
    """A tool that is never run."""

    name = "any"
    integration = "test"

    async def async_call(self, hass, tool_input, llm_context):
        raise AssertionError


def target(**ids):
    """Return the arguments of a tool that calls an action."""
    return {"action": "homeassistant.turn_off", "target": ids}


@pytest.mark.parametrize(
    ("arguments", "is_risky"),
    [
        ({"name": "lamp"}, False),
        ({"name": "Front Door"}, True),
        ({"name": "garage"}, True),
        ({"name": "blind"}, False),
        ({"domain": ["lock"]}, True),
        ({"domain": "Lock"}, True),
        ({"domain": ["cover"], "device_class": ["blind"]}, False),
        ({"domain": "cover"}, True),
        ({"name": 5, "area": None, "domain": {"a": 1}}, False),
        ({}, False),
        ({"action": "light.turn_on", "target": {"entity_id": "light.lamp"}}, False),
        ({"action": "lock.unlock"}, True),
        ({"action": "homeassistant.turn_off", "target": {"entity_id": "light.a, lock.b"}}, True),
        ({"action": "cover.open_cover", "target": {"entity_id": ["cover.garage"]}}, True),
        ({"action": "homeassistant.turn_off", "target": {"entity_id": "{{ 'lo' }}ck.b"}}, True),
        ({"action": "homeassistant.turn_off", "target": {"device_id": "abc"}}, True),
        # An intent ignores the name "all", and what is blank or not its own.
        ({"name": "all", "area": "2"}, True),
        ({"name": "all", "floor": "Ground"}, True),
        ({"name": "all", "area": "Kitchen"}, False),
        ({"name": "all"}, False),
        ({"name": "front door", "area": " "}, True),
        ({"name": "front door", "floor": ""}, True),
        ({"name": "front door", "domain": " ", "device_class": ""}, True),
        ({"name": "front door", "area_id": "kitchen"}, True),
        ({"name": " ", "area": "Kitchen"}, False),
        # It reads a number as a text.
        ({"area": 2}, True),
        # An action changes everything in all of its places.
        (target(area_id="hall"), True),
        (target(area_id=["kitchen", "hall"]), True),
        (target(area_id="kitchen", floor_id="ground"), True),
        (target(area_id="kitchen"), False),
        ({"domain": "homeassistant", "service": "turn_off", "area_id": "hall"}, True),
        ({"domain": "light", "service": "turn_off", "area_id": "hall"}, False),
        ({"domain": ["light"], "area_id": ["kitchen", "hall"]}, False),
        ({"domain": "light", "service": "turn_off", "floor_id": "ground"}, False),
        ({"domain": "cover", "service": "open_cover", "entity_id": "all"}, True),
        ({"domain": "Cover", "service": "open_cover", "entity_id": "all"}, True),
        ({"domain": "HomeAssistant", "service": "turn_off", "area_id": "hall"}, True),
        ({"domain": "light", "service": "turn_off", "entity_id": "all"}, False),
        ({"domain": "homeassistant", "service": "turn_off", "entity_id": "all"}, True),
        (target(entity_id="all"), True),
        (target(entity_id="ALL"), True),
        ({"action": "scene.apply", "data": {"entities": {"Lock.front_door": "unlocked"}}}, True),
        ({"action": "scene.apply", "data": {"entities": {"light.lamp": "on"}}}, False),
        ({"action": "light.turn_off", "target": '{"entity_id": "lock.front_door"}'}, True),
        # A sentence may do anything.
        ({"seconds": 5, "conversation_command": "unlock the front door"}, True),
        ({"seconds": 5, "conversation_command": " "}, False),
        ({"seconds": 5, "name": "pasta"}, False),
        ({"action": "conversation.process", "data": {"text": "unlock the front door"}}, True),
        # A scene or a group changes its members.
        ({"name": "Welcome"}, True),
        ({"domain": ["scene"], "name": "Welcome"}, True),
        ({"name": "Reading"}, False),
        (target(entity_id="scene.welcome"), True),
        (target(entity_id="group.all_doors"), True),
        (target(entity_id="group.itself"), False),
        ({"name": "all covers"}, True),
        ({"entity_id": "sensor.open_doors"}, False),
        # Words with a full stop are no id.
        ({"message": "Please close the lock.Then come."}, False),
        ({"message": '["lock.front_door"]'}, True),
    ],
)
async def test_risky_arguments(hass, lock_and_lamp, arguments, is_risky):
    for name in ("garage", "blind"):
        hass.states.async_set(f"cover.{name}", "closed", {"device_class": name})
        async_expose_entity(hass, "conversation", f"cover.{name}", True)
    place_back_door(hass)
    group(hass, "scene.welcome", "Welcome", ["light.lamp", "lock.front_door"])
    group(hass, "scene.reading", "Reading", ["light.lamp"])
    group(hass, "cover.all", "all covers", ["cover.blind", "cover.garage"])
    group(hass, "group.all_doors", "doors", ["group.doors"])
    group(hass, "group.doors", "inner doors", ["lock.front_door"])
    group(hass, "sensor.open_doors", "open doors", ["lock.front_door"])
    group(hass, "group.itself", "itself", ["group.itself"])
    assert async_is_risky(hass, AnyTool(), arguments) is is_risky


async def test_reasons_of_a_risky_call(hass, lock_and_lamp):
    place_back_door(hass)
    group(hass, "scene.evening", "evening", ["lock.front_door"])
    later = {"minutes": 5, "name": "Pasta", "conversation_command": "unlock the\u202e door"}
    for arguments, reasons in [
        ({"name": "front door"}, ["front door"]),
        ({"name": "lamp"}, []),
        ({"area": "Hall"}, ["back door"]),
        ({"area": "Hall", "domain": ["light"]}, []),
        ({"name": "evening"}, ["evening"]),
        ({"name": "x", "entity_id": "lock.front_door, light.lamp"}, ["front door"]),
        ({"action": "lock.unlock", "target": {"area_id": "hall"}}, ["lock.unlock", "back door"]),
        (later, ["unlock the door"]),
        ({str(n): f"lock.n{n}" for n in range(9)}, [*(f"lock.n{n}" for n in range(8)), "…"]),
    ]:
        assert async_risks(hass, arguments) == reasons


async def test_id_of_a_registration_is_risky(hass, lock_and_lamp):
    entity = place_back_door(hass)
    assert async_is_risky(hass, AnyTool(), target(entity_id=entity.id))


def place_back_door(hass):
    """Register a lock in the hall, whose other name is 2, on the ground floor; with a kitchen."""
    floor = fr.async_get(hass).async_create("Ground")
    areas, entities = ar.async_get(hass), er.async_get(hass)
    areas.async_create("Kitchen")
    hall = areas.async_create("Hall", floor_id=floor.floor_id, aliases={"2"})
    entity = entities.async_get_or_create("lock", "other", "1", suggested_object_id="back_door")
    entities.async_update_entity(entity.entity_id, area_id=hall.id)
    hass.states.async_set(entity.entity_id, "locked", {"friendly_name": "back door"})
    async_expose_entity(hass, "conversation", entity.entity_id, True)
    return entity


def group(hass, entity_id, name, members):
    """Add a group or a scene."""
    hass.states.async_set(entity_id, "on", {"friendly_name": name, "entity_id": members})
    async_expose_entity(hass, "conversation", entity_id, True)


async def test_reading_is_not_risky(hass, lock_and_lamp):
    tool = AnyTool()
    tool.annotations = llm.ToolAnnotations(read_only=True)
    assert not async_is_risky(hass, tool, {"name": "front door"})
