"""The demo home: rooms with devices that need no hardware, and a satellite in two of them.

    async with demo_home(folder) as home:
        turn = await ask_satellite(home, KITCHEN, question)  # of `spoken_turn`

Home Assistant's own integrations provide the devices. Their states are kept in helpers, so that
each has one from the start.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from . import HOME_ASSISTANTS
from .home import Home
from .wyoming import add_engines

KITCHEN: Final = "assist_satellite.kitchen_satellite"
LIVING_ROOM: Final = "assist_satellite.living_room_satellite"

SHOPPING: Final = ("Eggs", "Bread")
"""Items on the shopping list."""

AREAS: Final = {
    "Kitchen": ("light.kitchen_light", "light.counter_light"),
    "Living Room": (
        *("light.living_room_lamp", "light.floor_lamp", "cover.living_room_blinds"),
        *("climate.thermostat", "sensor.living_room_temperature"),
        *("media_player.living_room_speaker", "lock.front_door"),
    ),
    "Bedroom": ("sensor.bedroom_temperature",),
}
"""The entities in each area, all exposed to Assist."""

_THERMOMETERS: Final = {
    "Living Room": "sensor.living_room_temperature",
    "Bedroom": "sensor.bedroom_temperature",
}
_ELSEWHERE: Final = ("weather.home", "todo.shopping_list")
"""Exposed entities without an area."""

_LIGHTS: Final = ("Kitchen light", "Counter light", "Living room lamp", "Floor lamp")

_FORECAST: Final = """\
{% set days = [
  {'condition': 'sunny', 'temperature': 12, 'templow': 5, 'precipitation': 0},
  {'condition': 'rainy', 'temperature': 9, 'templow': 4, 'precipitation': 6},
  {'condition': 'cloudy', 'temperature': 10, 'templow': 3, 'precipitation': 0}] %}
{% set ns = namespace(forecast=[]) %}
{% for day in days %}
{% set ns.forecast = ns.forecast +
  [dict(day, datetime=(today_at('12:00') + timedelta(days=loop.index0)).isoformat())] %}
{% endfor %}
{{ ns.forecast }}"""

_SAY_FORECAST: Final = """\
{% set day = found['weather.home'].forecast[1] %}
{% set low, high = day.templow | int, day.temperature | int %}
Tomorrow it will be {{ day.condition }}, with {{ low }} to {{ high }} degrees."""

_SAY_LIST: Final = """\
{% set names = found['todo.shopping_list']['items'] | map(attribute='summary') | list %}
{% if names %}On your shopping list: {{ names | join(', ') }}.
{% else %}Your shopping list is empty.{% endif %}"""


def _set(helper: str, *, on: bool) -> dict[str, Any]:
    """Return the action that sets a helper."""
    return {
        "action": f"input_boolean.turn_{'on' if on else 'off'}",
        "target": {"entity_id": f"input_boolean.{helper}"},
    }


def _light(name: str) -> dict[str, Any]:
    helper = name.lower().replace(" ", "_")
    return {
        "name": name,
        "unique_id": helper,
        "state": f"{{{{ is_state('input_boolean.{helper}', 'on') }}}}",
        "turn_on": _set(helper, on=True),
        "turn_off": _set(helper, on=False),
    }


def _answer(name: str, commands: list[str], action: dict[str, Any], answer: str) -> dict[str, Any]:
    """Return an automation that answers sentences with the response of an action."""
    return {
        "id": name,
        "alias": name,
        "triggers": [{"trigger": "conversation", "command": commands}],
        "actions": [
            {**action, "response_variable": "found"},
            {"set_conversation_response": answer},
        ],
    }


_PLAYER: Final = "input_select.living_room_speaker"
_BLINDS: Final = "input_number.living_room_blinds"


def _select(option: str) -> dict[str, Any]:
    return {
        "action": "input_select.select_option",
        "target": {"entity_id": _PLAYER},
        "data": {"option": option},
    }


def _move(position: int | str) -> dict[str, Any]:
    return {
        "action": "input_number.set_value",
        "target": {"entity_id": _BLINDS},
        "data": {"value": position},
    }


def _thermometer(name: str, degrees: float) -> dict[str, Any]:
    return {
        "name": name,
        "unique_id": name.lower().replace(" ", "_"),
        "device_class": "temperature",
        "unit_of_measurement": "°C",
        "state": str(degrees),
    }


_INTEGRATIONS: Final[dict[str, Any]] = {
    "history": {},
    "logbook": {},
    "recorder": {},
    "input_boolean": {
        **{name.lower().replace(" ", "_"): {"initial": False} for name in _LIGHTS},
        "front_door": {"initial": True},
        "heater": {"initial": False},
    },
    "input_number": {
        "living_room_blinds": {"min": 0, "max": 100, "initial": 100},
        "living_room_volume": {"min": 0, "max": 1, "step": 0.01, "initial": 0.3},
    },
    "input_select": {"living_room_speaker": {"options": ["idle", "playing", "paused", "off"]}},
    "template": [
        {"light": [_light(name) for name in _LIGHTS]},
        {
            "cover": {
                "name": "Living room blinds",
                "unique_id": "living_room_blinds",
                "device_class": "blind",
                "position": f"{{{{ states('{_BLINDS}') | int }}}}",
                "open_cover": _move(100),
                "close_cover": _move(0),
                "set_cover_position": _move("{{ position }}"),
            },
            "lock": {
                "name": "Front door",
                "unique_id": "front_door",
                "state": "{{ is_state('input_boolean.front_door', 'on') }}",
                "lock": _set("front_door", on=True),
                "unlock": _set("front_door", on=False),
            },
            "sensor": [
                _thermometer("Living room temperature", 20.5),
                _thermometer("Bedroom temperature", 18.5),
            ],
            "weather": {
                "name": "Home",
                "unique_id": "weather",
                "condition_template": "sunny",
                "temperature_template": "{{ 11 }}",
                "humidity_template": "{{ 60 }}",
                "temperature_unit": "°C",
                "forecast_daily_template": _FORECAST,
            },
        },
    ],
    "climate": [
        {
            "platform": "generic_thermostat",
            "name": "Thermostat",
            "unique_id": "thermostat",
            "heater": "input_boolean.heater",
            "target_sensor": "sensor.living_room_temperature",
            "initial_hvac_mode": "heat",
            "target_temp": 20,
            "min_temp": 7,
            "max_temp": 28,
        }
    ],
    "media_player": [
        {
            "platform": "universal",
            "name": "Living room speaker",
            "unique_id": "living_room_speaker",
            "device_class": "speaker",
            "state_template": f"{{{{ states('{_PLAYER}') }}}}",
            "attributes": {"volume_level": "input_number.living_room_volume"},
            "commands": {
                "turn_on": _select("idle"),
                "turn_off": _select("off"),
                "media_play": _select("playing"),
                "media_pause": _select("paused"),
                "volume_set": {
                    "action": "input_number.set_value",
                    "target": {"entity_id": "input_number.living_room_volume"},
                    "data": {"value": "{{ volume_level }}"},
                },
            },
        }
    ],
    "automation demo": [
        _answer(
            "Weather tomorrow",
            ["(what's|what is) the weather [like] tomorrow", "what will the weather be tomorrow"],
            {
                "action": "weather.get_forecasts",
                "target": {"entity_id": "weather.home"},
                "data": {"type": "daily"},
            },
            _SAY_FORECAST,
        ),
        _answer(
            "Shopping list",
            ["(what's|what is) on (my|the|our) shopping list", "read [me] (my|the) shopping list"],
            {
                "action": "todo.get_items",
                "target": {"entity_id": "todo.shopping_list"},
                "data": {"status": "needs_action"},
            },
            _SAY_LIST,
        ),
    ],
}

_CONFIGURATION: Final = "".join(
    f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in _INTEGRATIONS.items()
)
"""Lines of `configuration.yaml`. Home Assistant has no built-in sentences for a forecast or for
reading a list, so automations answer these."""


@asynccontextmanager
async def demo_home(
    folder: Path,
    *,
    port: int = 0,
    hass: str = HOME_ASSISTANTS[-1],
    environment: Mapping[str, str] | None = None,
    engines: str = "",
    components: Sequence[Path] = (),
) -> AsyncIterator[Home]:
    """Run the demo home with an agent, whose pipeline its satellites use; see `Home`."""
    async with Home(
        folder,
        port=port,
        hass=hass,
        configuration=_CONFIGURATION,
        environment=environment,
        engines=engines,
        components=components,
    ) as home:
        await _furnish(home)
        await _add_fallback_voice(home)
        pipeline = await home.add_agent()
        await home.update_pipeline(pipeline, prefer_local_intents=True)
        await home.api.command("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline)
        yield home


async def _furnish(home: Home) -> None:
    """Add the list, satellites, areas and exposed entities; raises `HomeError`."""
    await home.api.command("config/core/update", country="US", unit_system="metric")
    await home.add_entry("shopping_list", {})
    for item in SHOPPING:
        await home.api.post("/api/services/shopping_list/add_item", {"name": item})
    areas = await _add_areas(home)
    for room in ("Kitchen", "Living Room"):
        await home.add_entry("demo_satellite", {"name": f"{room} satellite"})
    for device in await home.api.command("config/device_registry/list"):
        room = (device["name"] or "").removesuffix(" satellite")
        if room in areas:
            await home.api.command(
                "config/device_registry/update", device_id=device["id"], area_id=areas[room]
            )
    await home.api.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[*_ELSEWHERE, *(entity for room in AREAS.values() for entity in room)],
        should_expose=True,
    )


async def _add_areas(home: Home) -> dict[str, str]:
    """Add the areas and assign the entities; return the area ids by name."""
    areas: dict[str, str] = {}
    for name, entities in AREAS.items():
        area = await home.api.command("config/area_registry/create", name=name)
        areas[name] = area["area_id"]
        for entity_id in entities:
            await home.api.command(
                "config/entity_registry/update", entity_id=entity_id, area_id=area["area_id"]
            )
        if name in _THERMOMETERS:
            await home.api.command(
                "config/area_registry/update",
                area_id=area["area_id"],
                temperature_entity_id=_THERMOMETERS[name],
            )
    return areas


async def _add_fallback_voice(home: Home) -> None:
    """Use separate engines in the preferred pipeline, so that an agent finds a fallback voice."""
    engines = await add_engines(home)
    found = await home.api.command("assist_pipeline/pipeline/list")
    await home.update_pipeline(
        found["preferred_pipeline"],
        stt_engine=engines["stt"],
        stt_language="en",
        tts_engine=engines["tts"],
        tts_language="en",
        tts_voice=None,
    )
