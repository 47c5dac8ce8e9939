"""Imports the blueprints as a user does, runs them, and checks their effects on the home."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from aiohttp import web
from homeassistant.components import persistent_notification
from homeassistant.components.light import ColorMode, LightEntity
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from tests.agent.talk import AE, E, N, S, speech, until
from tests.harness import ROOT

from .agents import each_turn, fails, says
from .other_engines import StreamingAgent, set_up

FOLDER = ROOT / "blueprints/automation/playai"
BLUEPRINTS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
SOURCE = "https://github.com/ha-playai/ha-playai/blob/main/blueprints/automation/playai/"
HACS = json.loads((ROOT / "hacs.json").read_text("utf-8"))
PATIENCE = 30


class Lamp(LightEntity):
    """A lamp that records its commands."""

    _attr_name = "Lamp"
    _attr_unique_id = "lamp"
    _attr_color_mode = ColorMode.RGB
    _attr_supported_color_modes = {ColorMode.RGB}  # noqa: RUF012
    _attr_is_on = True
    _attr_brightness = 200
    _attr_rgb_color = (255, 255, 255)

    def __init__(self):
        self.calls = []

    async def async_turn_on(self, **data: Any):
        self._attr_is_on = True
        self._attr_rgb_color = data.get("rgb_color", self.rgb_color)
        self._attr_brightness = data.get("brightness", self.brightness)
        self.calls.append((self.rgb_color, self.brightness))

    async def async_turn_off(self, **data: Any):
        self._attr_is_on = False
        self.calls.append("off")


class Television(MediaPlayerEntity):
    """A media player that has a volume and plays media."""

    _attr_name = "Television"
    _attr_unique_id = "television"
    _attr_state = MediaPlayerState.PLAYING
    _attr_supported_features = (
        MediaPlayerEntityFeature.VOLUME_SET | MediaPlayerEntityFeature.PLAY_MEDIA
    )

    def __init__(self, volume=0.4):
        self._attr_volume_level = volume
        self.volumes = []
        self.played = []

    async def async_set_volume_level(self, volume):
        self._attr_volume_level = volume
        self.volumes.append(volume)

    async def async_play_media(self, media_type, media_id, **data: Any):
        self.played.append(media_id)


@pytest.fixture
async def source():
    """The address of a web server with the blueprints."""
    app = web.Application()
    app.router.add_static("/", FOLDER)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def automate(hass, hass_ws_client, hass_client, source):
    """Import a blueprint and create an automation with it, as the frontend does."""

    async def create(name, **inputs):
        config = Path(hass.config.config_dir)
        await asyncio.to_thread(write_configuration, config)
        for component in ("config", "persistent_notification", "scene", "automation"):
            assert await async_setup_component(hass, component, {"automation": []})
        socket = await hass_ws_client(hass)

        async def command(kind, **fields):
            await socket.send_json_auto_id({"type": kind, **fields})
            answer = await socket.receive_json()
            assert answer["success"], answer
            return answer["result"]

        found = await command("blueprint/import", url=f"{source}/{name}.yaml")
        assert not found["validation_errors"]
        path = f"playai/{name}.yaml"
        await command("blueprint/save", domain="automation", path=path, yaml=found["raw_data"])
        assert path in await command("blueprint/list", domain="automation")
        client = await hass_client()
        automation = {"alias": name, "use_blueprint": {"path": path, "input": inputs}}
        response = await client.post(f"/api/config/automation/config/{name}", json=automation)
        assert await response.json() == {"result": "ok"}
        entity_id = f"automation.{name}"
        await becomes(lambda: hass.states.get(entity_id) is not None)
        assert hass.states.get(entity_id).state == "on"

    yield create
    everything = {"entity_id": hass.states.async_entity_ids("automation")}
    await hass.services.async_call("automation", "turn_off", everything, blocking=True)


def write_configuration(folder):
    (folder / "configuration.yaml").write_text("automation: !include automations.yaml\n")
    (folder / "automations.yaml").write_text("[]\n")


async def becomes(is_true):
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE):
        await until(is_true)


def triggered(hass, name):
    """Return whether the automation has run."""
    return hass.states.get(f"automation.{name}").attributes["last_triggered"] is not None


# All blueprints.


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_blueprint_can_be_imported_with_one_click(name):
    metadata = load(name)["blueprint"]
    assert metadata["source_url"] == f"{SOURCE}{name}.yaml"
    assert metadata["homeassistant"]["min_version"] == HACS["homeassistant"]
    document = (ROOT / "docs/automations.md").read_text("utf-8")
    links = re.findall(r"\((https://my\.home-assistant\.io/redirect/[^)]+)\)", document)
    addresses = [parse_qs(urlsplit(link).query)["blueprint_url"] for link in links]
    assert [metadata["source_url"]] in addresses


def test_document_has_no_other_blueprints():
    document = (ROOT / "docs/automations.md").read_text("utf-8")
    assert document.count("redirect/blueprint_import") == len(BLUEPRINTS) == 4


def load(name):
    """Return a blueprint; its inputs become their names."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!input", lambda loader, node: loader.construct_scalar(node))
    return yaml.load((FOLDER / f"{name}.yaml").read_text("utf-8"), Loader)  # noqa: S506


# Lights that follow a conversation.

LISTENING, THINKING, SPEAKING = (1, 2, 250), (250, 160, 1), (1, 250, 2)
BEFORE = ((255, 255, 255), 200)


async def test_lights_follow_a_conversation(meet, hass, automate):
    lamp = Lamp()
    await set_up(hass, "light", lamp)
    steps = {name: asyncio.Event() for name in ("end of the turn", "answer", "end")}

    async def script(peer):
        await peer.hear_voice(0.2)
        await steps["end of the turn"].wait()
        await peer.send(S, E)
        await steps["answer"].wait()
        await peer.send(N, speech(0.5))
        await steps["end"].wait()
        await peer.send(AE)
        await peer.closed.wait()

    satellite = await meet(script)
    await automate(
        "lights_follow_conversation",
        status=satellite.entity_id("sensor", "status"),
        lights=[lamp.entity_id],
        listening_color=LISTENING,
        thinking_color=THINKING,
        speaking_color=SPEAKING,
        brightness=100,
    )
    asking = asyncio.create_task(satellite.ask())
    await becomes(lambda: lamp.calls[-1:] == [(LISTENING, 255)])
    steps["end of the turn"].set()
    await becomes(lambda: lamp.calls[-1:] == [(THINKING, 255)])
    steps["answer"].set()
    await becomes(lambda: lamp.calls[-1:] == [(SPEAKING, 255)])
    steps["end"].set()
    await asking
    await becomes(lambda: lamp.calls[-1:] == [BEFORE])
    await hass.async_block_till_done()
    assert not hass.states.async_all("scene")
    assert lamp.calls == [(LISTENING, 255), (THINKING, 255), (SPEAKING, 255), BEFORE]


async def test_lights_that_were_off_are_off_again(meet, hass, automate):
    lamp = Lamp()
    lamp._attr_is_on = False
    await set_up(hass, "light", lamp)
    satellite = await meet(says())
    await automate(
        "lights_follow_conversation",
        status=satellite.entity_id("sensor", "status"),
        lights=[lamp.entity_id],
    )
    for _ in range(2):
        lamp.calls.clear()
        await satellite.ask(conversation_id="kitchen")
        await becomes(lambda: lamp.calls[-1:] == ["off"])
        await hass.async_block_till_done()
        assert len(lamp.calls) > 1
    assert not hass.states.async_all("scene")


# A notification with the reason.


async def test_notification_names_the_reason_until_the_agent_works(meet, voice, hass, automate):
    other = async_mock_service(hass, "notify", "phone")
    satellite = await meet(fails, says())
    await automate(
        "problem_notification",
        problem=satellite.entity_id("binary_sensor", "problem"),
        duration={"seconds": 0},
        actions_on_problem=[
            {"action": "notify.phone", "data": {"title": "{{ title }}", "message": "{{ message }}"}}
        ],
    )
    await satellite.ask()
    notifications = persistent_notification._async_get_or_create_notifications(hass)
    await becomes(lambda: bool(notifications) and bool(other))
    [shown] = notifications.values()
    texts = {"title": "Voice agent", "message": "Agent error: no idea"}
    assert {name: shown[name] for name in texts} == other[0].data == texts
    await satellite.ask()
    await becomes(lambda: not notifications)


async def test_notification_is_removed_when_the_agent_is_set_up_again(meet, voice, hass, automate):
    """A new key, for example, sets the agent up again."""
    satellite = await meet(fails, says())
    problem = satellite.entity_id("binary_sensor", "problem")
    await automate("problem_notification", problem=problem, duration={"seconds": 0})
    notifications = persistent_notification._async_get_or_create_notifications(hass)
    await satellite.ask()
    await becomes(lambda: bool(notifications))
    await hass.config_entries.async_reload(satellite.entry.entry_id)
    await becomes(lambda: not notifications)


async def test_short_problem_is_not_notified(meet, voice, hass, automate):
    satellite = await meet(fails, says())
    problem = satellite.entity_id("binary_sensor", "problem")
    await automate("problem_notification", problem=problem, duration={"hours": 1})
    await satellite.ask()
    assert hass.states.get(problem).state == "on"
    await satellite.ask()
    await becomes(lambda: triggered(hass, "problem_notification"))
    await hass.async_block_till_done()
    assert not persistent_notification._async_get_or_create_notifications(hass)


# An answer that is announced at a time.


async def announce(satellite, hass, automate, **inputs):
    """Create the automation for seven o'clock, and move the clock to that time."""
    television = Television()
    await set_up(hass, "media_player", television)
    await automate(
        "announce_answer",
        agent=satellite.entity_id("conversation"),
        question="Which windows are open?",
        media_players=[television.entity_id],
        time="07:00:00",
        **inputs,
    )
    tomorrow = dt_util.now() + timedelta(days=1)
    async_fire_time_changed(hass, tomorrow.replace(hour=7, minute=0, second=0, microsecond=0))
    return television


async def test_answer_is_announced_at_a_time(meet, voice, hass, automate):
    agent = StreamingAgent("None", " of them.")
    await set_up(hass, "conversation", agent)
    satellite = await meet(says(), answer_with=agent.entity_id)
    television = await announce(satellite, hass, automate)
    await becomes(lambda: bool(television.played))
    [media] = television.played
    assert "tts" in media
    assert [each.text for each in agent.inputs] == ["Which windows are open?"]
    assert voice.texts == ["None of them."]


@pytest.mark.parametrize(
    "inputs",
    [
        {"days": []},
        {"more_conditions": [{"condition": "state", "entity_id": "person.me", "state": "home"}]},
    ],
)
async def test_nothing_is_announced_on_other_days(meet, voice, hass, automate, inputs):
    hass.states.async_set("person.me", "not_home")
    satellite = await meet(says())
    television = await announce(satellite, hass, automate, **inputs)
    await hass.async_block_till_done()
    assert not television.played
    assert not triggered(hass, "announce_answer")


# A quiet television.


async def test_television_is_quiet_while_the_agent_speaks(meet, hass, automate):
    television, end = Television(0.4), asyncio.Event()
    await set_up(hass, "media_player", television)
    satellite = await speaks_until(meet, end)
    await quiet(satellite, automate, television)
    asking = asyncio.create_task(satellite.ask())
    await becomes(lambda: television.volumes == [0.1])
    end.set()
    await asking
    await becomes(lambda: television.volumes == [0.1, 0.4])


async def test_volume_that_somebody_changes_is_kept(meet, hass, automate):
    television, end = Television(0.4), asyncio.Event()
    await set_up(hass, "media_player", television)
    satellite = await speaks_until(meet, end)
    await quiet(satellite, automate, television)
    asking = asyncio.create_task(satellite.ask())
    await becomes(lambda: television.volumes == [0.1])
    await hass.services.async_call(
        "media_player",
        "volume_set",
        {"entity_id": television.entity_id, "volume_level": 0.2},
        blocking=True,
    )
    end.set()
    await asking
    await becomes(lambda: hass.states.get("automation.quiet_television").attributes["current"] == 0)
    assert television.volumes == [0.1, 0.2]


async def test_player_that_is_quiet_already_is_left_alone(meet, hass, automate):
    television, end = Television(0.05), asyncio.Event()
    await set_up(hass, "media_player", television)
    satellite = await speaks_until(meet, end)
    await quiet(satellite, automate, television)
    end.set()
    await satellite.ask()
    await becomes(lambda: not satellite.entry.runtime_data.data.speaking)
    await hass.async_block_till_done()
    assert not television.volumes


async def speaks_until(meet, end):
    """Meet an agent that speaks until an event."""

    async def answer(peer):
        await peer.send(N, speech(0.5))
        await end.wait()
        await peer.send(AE)

    return await meet(each_turn(answer))


async def quiet(satellite, automate, television):
    await automate(
        "quiet_television",
        speaking=satellite.entity_id("binary_sensor", "speaking"),
        media_players=[television.entity_id],
        volume=10,
    )
