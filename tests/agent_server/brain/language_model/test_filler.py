"""Sentences while a tool takes long."""

import json

import pytest

from agent_server.brain.openai.chat import ToolRequest
from agent_server.brain.openai.filler import filler

LAMP = ("HassTurnOn", {"name": "Reading lamp", "domain": ["light"]})
BLINDS = ("HassTurnOff", {"area": "Bedroom", "domain": ["cover"]})


def say(language, *calls):
    requests = [
        ToolRequest(
            str(n), n, name, arguments if isinstance(arguments, str) else json.dumps(arguments)
        )
        for n, (name, arguments) in enumerate(calls)
    ]
    return filler(language, requests)


@pytest.mark.parametrize(
    ("language", "calls", "sentence"),
    [
        ("en", [LAMP], "One moment: Reading lamp."),
        ("fr-FR", [BLINDS], "Un instant : Bedroom."),
        ("en", [LAMP, BLINDS], "One moment: Reading lamp, Bedroom."),
        ("en", [LAMP, LAMP], "One moment: Reading lamp."),
        (
            "en",
            [("HassListAddItem", {"item": "milk", "name": "Shopping"})],
            "One moment: Shopping.",
        ),
        ("en", [("HassTurnOn", {"name": "", "area": " "})], "One moment, please."),
        ("fi", [LAMP], "Hetkinen."),
        ("xx", [LAMP], ""),
    ],
)
def test_what_a_call_is_about(language, calls, sentence):
    assert say(language, *calls) == sentence


@pytest.mark.parametrize(
    "name",
    ["GetLiveContext", "HassGetState", "HassGetWeather", "calendar_get_events", "search_web"],
)
def test_search(name):
    assert say("de", (name, {"name": "Licht"})) == "Ich sehe kurz nach."
    assert say("fi", (name, {"name": "Valo"})) == "Hetkinen."
    assert say("de", (name, {}), LAMP) == "Einen Moment, bitte."


@pytest.mark.parametrize("name", ["HassListAddItem", "HassMediaSearchAndPlay", "getaway", "TurnOn"])
def test_tool_that_is_no_search(name):
    assert say("en", (name, {})) == "One moment, please."


@pytest.mark.parametrize(
    "arguments",
    [
        "{",
        "[]",
        "5",
        "[" * 100_000,
        {"name": 5},
        {"name": ["Lamp"]},
        {"name": "light.reading_lamp"},
        {"name": "reading_lamp"},
        {"name": "https://example.org"},
        {"name": "x" * 41},
        {"name": "\u0000"},
        {"brightness": 50},
    ],
)
def test_arguments_that_cannot_be_spoken(arguments):
    assert say("en", ("HassLightSet", arguments)) == "One moment, please."


def test_more_names_than_one_wants_to_hear():
    lamps = [("HassTurnOn", {"name": f"Lamp {n}"}) for n in range(3)]
    assert say("en", *lamps) == "One moment, please."
