"""The offered sentences are those that Home Assistant's own agent understands."""

from dataclasses import replace

import pytest
from home_assistant_intents import get_speech_to_phrase_intents, get_speech_to_phrase_languages
from homeassistant.components import conversation
from homeassistant.components.conversation.agent_manager import async_get_agent
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.playai.assist.sentences import (
    NamedEntity,
    Names,
    async_sentences,
    sentences,
)

LAMP = NamedEntity("Desk lamp", "light")
BLINDS = NamedEntity("Blinds", "cover")
GARAGE = NamedEntity("Garage door", "cover", is_entrance=True)
DOOR = NamedEntity("Front door", "lock", is_entrance=True)
HOME = Names(("Kitchen", "Living room"), ("First floor",), (LAMP, BLINDS, GARAGE, DOOR))
ALONE = (
    "Kitchen",
    "Living room",
    "First floor",
    "Desk lamp",
    "Blinds",
    "Garage door",
    "Front door",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "what time is it",
        "turn on the lights",
        "turn off the Living room lights",
        "turn on the Desk lamp",
        "set the Desk lamp brightness to 50 percent",
        "set a timer for 5 minutes",
        "open the Blinds",
        "close the Garage door",
        "lock the Front door",
        "is the Front door locked",
        *ALONE,
    ],
)
def test_sentences_of_a_home(sentence):
    assert sentence in sentences("en", HOME)


@pytest.mark.parametrize("language", get_speech_to_phrase_languages())
@pytest.mark.parametrize(
    ("entrance", "opening"),
    [(DOOR, {"HassTurnOff"}), (GARAGE, {"HassTurnOn", "HassSetPosition"})],
)
def test_no_sentence_opens_an_entrance(language, entrance, opening):
    intents = get_speech_to_phrase_intents(language)["intents"]
    opens = any(
        entrance.domain in data.get("requires_context", {}).get("domain", ())
        for name in opening & intents.keys()
        for data in intents[name]["data"]
    )
    indoors = replace(entrance, is_entrance=False)
    offered, not_offered = (
        set(sentences(language, Names((), (), (entity,)))) for entity in (entrance, indoors)
    )
    missing = {sentence for sentence in not_offered - offered if entrance.name in sentence}
    assert bool(missing) is opens
    # Those that close it, or ask about it, are offered.
    kept = {sentence for sentence in offered if entrance.name in sentence}
    assert entrance.name in kept


def test_english_sentences_that_open_an_entrance():
    for sentence in sentences("en", HOME):
        if "open" in sentence.split() or "unlock" in sentence.split():
            assert "Front door" not in sentence
            assert "Garage door" not in sentence or sentence.startswith("is ")


def test_sentences_fit_what_a_device_supports():
    assert "turn on the Blinds" not in sentences("en", HOME)
    assert "what is the Desk lamp" not in sentences("en", HOME)


def test_every_kind_of_sentence_has_room_in_a_large_home():
    areas = tuple(f"Room {number}" for number in range(40))
    lamps = tuple(NamedEntity(f"Lamp {number}", "light") for number in range(800))
    found = sentences("en", Names(areas, (), lamps))
    assert len(found) == len(set(found)) == 2000
    beginnings = {sentence.partition("Lamp")[0] for sentence in found}
    assert {"turn on the ", "turn off the ", "switch on the ", "is the "} <= beginnings
    assert {"turn on the Room 39 lights", "what is the temperature in the Room 39"} <= set(found)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en-GB", "turn on the lights"), ("de", "wie spät ist es"), ("fr", "quelle heure est il")],
)
def test_other_languages(language, sentence):
    assert sentence in {text.lower() for text in sentences(language, HOME)}


def test_language_without_templates():
    assert sentences("tlh", HOME) == ALONE


def test_names_are_not_templates():
    odd = NamedEntity("Lamp (old) {x} <y> [z] | a;b", "light")
    assert f"turn on the {odd.name}" in sentences("en", Names((), (), (odd,)))


def test_home_without_names():
    found = sentences("en", Names((), (), ()))
    assert "what time is it" in found
    assert "set a timer for 10 minutes" in found


@pytest.fixture
async def home(hass: HomeAssistant) -> str:
    """Two lamps, a door and a room; the room's device, which hears."""
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})
    kitchen = ar.async_get(hass).async_create("Kitchen", aliases={"Galley"})
    fr.async_get(hass).async_create("Attic", aliases={"Loft"})
    entry = MockConfigEntry(domain="test")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", "satellite")}
    )
    dr.async_get(hass).async_update_device(device.id, area_id=kitchen.id)
    registry = er.async_get(hass)
    lamp = registry.async_get_or_create("light", "test", "lamp", suggested_object_id="lamp")
    registry.async_update_entity(lamp.entity_id, aliases=["Lantern"], area_id=kitchen.id)
    hass.states.async_set("light.lamp", "off", {"friendly_name": "Lamp"})
    hass.states.async_set("lock.door", "locked", {"friendly_name": "Front door"})
    hass.states.async_set(
        "cover.gate", "open", {"friendly_name": "Garden gate", "device_class": "gate"}
    )
    async_expose_entity(hass, conversation.DOMAIN, "lock.door", True)  # Not the default.
    async_expose_entity(hass, conversation.DOMAIN, "cover.gate", True)
    hass.states.async_set("device_tracker.phone", "home", {"friendly_name": "Phone"})
    return device.id


async def test_names_of_a_running_home(hass, home):
    found = await async_sentences(hass, "en")
    for sentence in (
        "turn on the Kitchen lights",
        "turn on the Galley lights",
        "turn off the lights on the Loft",
        "turn on the Lantern",
        "lock the Front door",
        "close the Garden gate",
    ):
        assert sentence in found
    assert "unlock the Front door" not in found
    assert "open the Garden gate" not in found
    assert not [sentence for sentence in found if "Phone" in sentence]


async def test_names_change(hass, home):
    before = await async_sentences(hass, "en")
    hass.states.async_set("light.new", "off", {"friendly_name": "New lamp"})
    after = await async_sentences(hass, "en")
    assert {"turn on the New lamp"} <= set(after) - set(before)


async def test_home_assistant_understands_the_sentences(hass, home):
    agent = async_get_agent(hass)
    found = [
        sentence
        for sentence in (await async_sentences(hass, "en"))[:150]
        # It needs a device of their kind in the room.
        if not any(word in sentence for word in ("temp", "hot", "cold", "warm", "cool", "weather"))
    ]
    assert len(found) > 100
    misunderstood = []
    for sentence in found:
        user_input = conversation.ConversationInput(
            sentence, Context(), None, home, None, "en", conversation.HOME_ASSISTANT_AGENT
        )
        if await agent.async_recognize_intent(user_input, strict_intents_only=True) is None:
            misunderstood.append(sentence)
    assert misunderstood == []
