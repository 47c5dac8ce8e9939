"""Conditions of automations: speech, a working agent, open conversations."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import yaml
from homeassistant.helpers.icon import async_get_icons

from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.condition import CONDITIONS
from tests.agent.talk import AE, E, N, S, speech, until

from .automations import counted, device_of, foreign_entity, targets
from .test_texts import FOLDER, TEXTS

NAMES = {f"playai.{name}" for name in CONDITIONS}
ENTITIES = {
    "playai.user_is_speaking": ("binary_sensor", "voice_activity"),
    "playai.agent_is_speaking": ("binary_sensor", "speaking"),
    "playai.agent_has_problem": ("binary_sensor", "problem"),
    "playai.conversation_is_active": ("sensor", "status"),
}

type Test = Callable[..., Awaitable[bool]]


@pytest.fixture(autouse=True)
def spoken(voice):
    """Errors are spoken by the other voice."""


@pytest.fixture
async def test(hass, hass_ws_client) -> Test:
    """Test a condition as the editor does."""
    client = await hass_ws_client(hass)

    async def ask(condition, target, **options):
        options = {"behavior": "any", **options}
        config = {"condition": condition, "target": target, "options": options}
        await client.send_json_auto_id({"type": "test_condition", "condition": config})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]["result"]

    return ask


async def test_conditions_of_a_conversation(meet, test):
    """Each condition is true at the right time, for every kind of target."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.hear_voice(0.1)
        await peer.send(S)
        await go_on.wait()
        go_on.clear()
        await peer.send(E, N, speech(1), AE)
        await peer.hear_voice(0.5)
        await peer.send(S, E, ErrorMessage(3003, "no idea"))
        await peer.closed.wait()

    satellite = await meet(script)
    ways = {name: targets(satellite, *entity) for name, entity in ENTITIES.items()}
    coordinator = satellite.entry.runtime_data

    async def holding():
        found = {
            name
            for name, targets_of_it in ways.items()
            for way, target in targets_of_it.items()
            if await test(name, target)
        }
        by_all = {
            name
            for name, targets_of_it in ways.items()
            for way, target in targets_of_it.items()
            if await test(name, target, behavior="all")
        }
        assert found == by_all
        return {name.removeprefix("playai.") for name in found}

    assert await holding() == set()
    asking = asyncio.create_task(satellite.ask(conversation_id="kitchen"))
    await until(lambda: coordinator.data.voice_active)
    assert await holding() == {"user_is_speaking", "conversation_is_active"}
    go_on.set()
    await until(lambda: coordinator.data.speaking)
    assert await holding() == {"agent_is_speaking", "conversation_is_active"}
    await asking
    await until(lambda: not coordinator.data.speaking)
    assert await holding() == {"conversation_is_active"}
    await satellite.ask(conversation_id="kitchen")
    assert await holding() == {"agent_has_problem", "conversation_is_active"}
    await coordinator.conversations.async_end_all()
    assert await holding() == {"agent_has_problem"}


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_ways_to_name_an_agent(meet, test, name):
    """Entity, device and area give the same result in the state that makes the condition true."""

    async def script(peer):
        await peer.hear_voice(0.1)
        await peer.send(S)
        if name == "playai.agent_is_speaking":
            await peer.send(E, N, speech(5), AE)
        elif name == "playai.agent_has_problem":
            await peer.send(ErrorMessage(3003, "no idea"))
        await peer.closed.wait()

    satellite = await meet(script)
    platform, key = ENTITIES[name]
    entity_id = satellite.entity_id(platform, key)

    def holds():
        state = satellite.hass.states.get(entity_id)
        return state.state == "on" or state.attributes.get("conversations") == 1

    asking = asyncio.create_task(satellite.ask())
    await until(holds)
    for target in targets(satellite, platform, key).values():
        assert await test(name, target)
        assert await test(name, target, **{"for": {"seconds": 0}})
        assert not await test(name, target, **{"for": {"hours": 1}})
    await satellite.entry.runtime_data.conversations.async_end_all()
    await asking


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_no_condition_is_true_for_a_foreign_entity(meet, hass, test, behavior):
    await meet(idle)
    for domain, value in (("binary_sensor", "on"), ("sensor", "speaking")):
        foreign = foreign_entity(hass, domain, new_state=value, attributes={"conversations": 3})
        for name in NAMES:
            for target in foreign.values():
                assert not await test(name, target, behavior=behavior), (name, target)


async def idle(peer):
    await peer.closed.wait()


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_other_entities_of_the_agent_do_not_count(meet, test, name):
    satellite = await meet(idle)
    connected = satellite.entity_id("binary_sensor", "connected")
    assert satellite.hass.states.get(connected).state == "on"
    for behavior in ("any", "all"):
        assert not await test(name, {"entity_id": connected}, behavior=behavior)


async def test_editor_offers_them(meet, hass, hass_ws_client):
    satellite = await meet(idle)
    client = await hass_ws_client(hass)

    async def offered(target):
        target = {key: [value] for key, value in target.items()}
        command = {"type": "get_conditions_for_target", "target": target}
        await client.send_json_auto_id(command)
        answer = await client.receive_json()
        return {name for name in answer["result"] if name.startswith("playai.")}

    for name, entity in ENTITIES.items():
        for way, target in targets(satellite, *entity).items():
            found = await offered(target)
            assert name in found if way == "entity" else found == NAMES
    for domain in ("binary_sensor", "sensor"):
        for target in foreign_entity(hass, domain, new_state="on").values():
            assert await offered(target) == set()


async def test_each_target_has_one_entity_of_an_agent(meet, hass, hass_ws_client):
    satellite = await meet(idle)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "condition_platforms/subscribe"})
    assert (await client.receive_json())["success"]
    described = {}
    while set(described) & NAMES != NAMES:
        described |= (await client.receive_json())["event"]
    device_id = device_of(hass, satellite.entry)
    for name, entity in ENTITIES.items():
        found = counted(hass, described[name]["target"], device_id)
        assert found == [satellite.entity_id(*entity)]


async def test_texts_and_icons(hass, enable_custom_integrations):
    ours = yaml.safe_load((FOLDER / "conditions.yaml").read_text())
    assert {name for name in ours if name[0] != "."} == set(CONDITIONS)
    for name in CONDITIONS:
        assert set(ours[name]["fields"]) == set(TEXTS["conditions"][name]["fields"])
    icons = await async_get_icons(hass, "conditions", {"playai"})
    assert set(icons["playai"]) == set(CONDITIONS) == set(TEXTS["conditions"])
