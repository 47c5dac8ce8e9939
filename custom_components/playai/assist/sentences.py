"""The sentences that people say to this home, for an engine that hears better when it knows them.

The templates are those that Home Assistant's own Speech-to-Phrase uses, in eleven languages.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from hassil.expression import Sentence
from hassil.intents import (
    IntentData,
    Intents,
    RangeSlotList,
    RangeType,
    SlotList,
    TextSlotList,
    WildcardSlotList,
)
from hassil.sample import sample_sentence
from home_assistant_intents import get_speech_to_phrase_intents
from homeassistant.components import conversation
from homeassistant.components.cover import DOMAIN as COVER
from homeassistant.components.cover import CoverDeviceClass
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.lock import DOMAIN as LOCK
from homeassistant.const import ATTR_DEVICE_CLASS
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import intent

_MOST: Final = 2000
"""Sentences; the home link carries no more."""

_ENTRANCES: Final = frozenset(
    {CoverDeviceClass.DOOR, CoverDeviceClass.GARAGE, CoverDeviceClass.GATE}
)
_OPENS: Final = {"HassTurnOn": COVER, "HassTurnOff": LOCK, "HassSetPosition": COVER}
"""The intents that open or unlock, and the domain that each of them opens."""

_EVERY: Final = 12
_LARGEST: Final = 60
"""Numbers up to 12 are offered, then every fifth up to 60; of percentages every tenth."""

_RARE: Final = frozenset({"HassIncreaseTimer", "HassDecreaseTimer", "HassSetVolumeRelative"})
"""Intents for which no sentences with numbers are offered, to leave room for the others."""

_NAMES: Final = frozenset({"name", "area", "floor"})


@dataclass(frozen=True, slots=True, order=True)
class NamedEntity:
    """A name of an entity that is exposed to Assist."""

    name: str
    domain: str
    is_entrance: bool = False
    """Whether it lets people in. No sentence that opens it is offered: a known sentence is heard
    early, and the engine prefers it to one that sounds alike.
    """


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a home."""

    areas: tuple[str, ...]
    floors: tuple[str, ...]
    entities: tuple[NamedEntity, ...]


async def async_sentences(hass: HomeAssistant, language: str) -> tuple[str, ...]:
    """Return sentences of a home in a language (BCP 47), and its names alone.

    In a language without templates, only the names.
    """
    return await hass.async_add_executor_job(sentences, language, _names(hass))


@lru_cache(maxsize=4)
def sentences(language: str, names: Names) -> tuple[str, ...]:
    """Return at most 2000 sentences; blocks while it reads the templates and fills them in.

    The templates take turns, one sentence each, so that no kind of sentence is missing in a large
    home. The names alone, which answer "Which one?", come before the sentences with numbers.
    """
    data = get_speech_to_phrase_intents(language.partition("-")[0].lower())
    templates = [] if data is None else list(_templates(Intents.from_dict(data), names))
    plain = [template.sentences() for template in templates if not template.has_number]
    numbers = [template.sentences() for template in templates if template.has_number]
    alone = (*names.areas, *names.floors, *(entity.name for entity in names.entities))
    found = dict.fromkeys(islice(_in_turn(plain), _MOST))
    found |= dict.fromkeys(alone)
    found |= dict.fromkeys(islice(_in_turn(numbers), _MOST))
    return tuple(islice(found, _MOST))


@dataclass(frozen=True, slots=True)
class _Template:
    """A template, and the values that fill it."""

    template: Sentence
    lists: dict[str, SlotList]
    rules: dict[str, Sentence]
    has_number: bool

    def sentences(self) -> Iterator[str]:
        for text in sample_sentence(self.template, self.lists, self.rules):
            yield " ".join(text.split())


def _templates(intents: Intents, names: Names) -> Iterator[_Template]:
    rules = intents.expansion_rules
    lists = {
        key: _few_numbers(values) if isinstance(values, RangeSlotList) else values
        for key, values in intents.slot_lists.items()
        if not isinstance(values, WildcardSlotList)
    }
    for intent_name, found in intents.intents.items():
        for data in found.data:
            own = lists | {
                key: TextSlotList.from_strings(values, allow_template=False)
                for key, values in _values(intent_name, data, names).items()
                if values
            }
            for template in data.sentences:
                used = set(template.list_names(rules))
                # Every device in every area would leave no room for anything else.
                if not used <= own.keys() or len(used & _NAMES) > 1:
                    continue
                numbers = [isinstance(intents.slot_lists.get(key), RangeSlotList) for key in used]
                if not any(numbers) or intent_name not in _RARE:
                    yield _Template(template, own, rules, any(numbers))


def _values(intent_name: str, data: IntentData, names: Names) -> dict[str, list[str]]:
    """Return the names that a group of templates may be filled with."""
    domains = data.requires_context.get("domain", ())
    opens = _OPENS.get(intent_name)
    entities = [
        entity.name
        for entity in names.entities
        if entity.domain in domains and not (entity.is_entrance and entity.domain == opens)
    ]
    return {"area": [*names.areas], "floor": [*names.floors], "name": entities}


def _few_numbers(values: RangeSlotList) -> TextSlotList:
    """Return the numbers of a range that people say."""
    if values.type is RangeType.PERCENTAGE:
        numbers = range(values.start, values.stop + 1, 10)
        return TextSlotList.from_strings(map(str, numbers))
    numbers = range(values.start, min(values.stop, _LARGEST) + 1)
    said = (number for number in numbers if number <= _EVERY or number % 5 == 0)
    return TextSlotList.from_strings(map(str, said))


def _in_turn(iterators: Iterable[Iterator[str]]) -> Iterator[str]:
    """Yield one item of each in turn, until all are at their end."""
    waiting = deque(iterators)
    while waiting:
        iterator = waiting.popleft()
        for item in iterator:
            yield item
            waiting.append(iterator)
            break


@callback
def _names(hass: HomeAssistant) -> Names:
    registry = er.async_get(hass)
    return Names(
        _all_names(ar.async_get(hass).async_list_areas()),
        _all_names(fr.async_get(hass).async_list_floors()),
        # Sorted, because the order of states changes when an integration is reloaded.
        tuple(
            sorted(
                NamedEntity(name, state.domain, is_entrance=_is_entrance(state))
                for state in hass.states.async_all()
                if async_should_expose(hass, conversation.DOMAIN, state.entity_id)
                for name in intent.async_get_entity_aliases(
                    hass, registry.async_get(state.entity_id), state=state, allow_empty=False
                )
            )
        ),
    )


def _all_names(places: Iterable[ar.AreaEntry | fr.FloorEntry]) -> tuple[str, ...]:
    return tuple(name for place in places for name in (place.name, *sorted(place.aliases)))


def _is_entrance(state: State) -> bool:
    return state.domain == LOCK or state.attributes.get(ATTR_DEVICE_CLASS) in _ENTRANCES
