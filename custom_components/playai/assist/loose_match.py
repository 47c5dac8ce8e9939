"""Recognizes when the built-in agent has ignored words of a question.

Beyond its sentence templates, Home Assistant's own agent guesses, in English: it answers "what time
is it in New York" as if it were "what time is it", and "how old is the bridge" with a temperature.
It also treats any words after "who is" as a place. Its answer may then be wrong.
"""

import re
from dataclasses import replace
from typing import Final

from hassil.recognize import RecognizeResult
from homeassistant.components import conversation
from homeassistant.components.person import DOMAIN as PERSON
from homeassistant.components.weather import INTENT_GET_WEATHER
from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import STATE_HOME, STATE_NOT_HOME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from .pipeline_run import PipelineRun

_CLOCK: Final = {intent.INTENT_GET_CURRENT_TIME, intent.INTENT_GET_CURRENT_DATE}
"""Intents of questions without parameters: any further word changes the question."""

_HERE_AND_NOW: Final = re.compile(
    r"\b(?:in|at|on) (?:here|home|the moment|the house|my (?:house|home))\b|\b(?:right )?now\b"
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:in|at|on|for|near|ago|yesterday|tomorrow|tonight|later|next|last|weekend"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
)
_WARMTH: Final = re.compile(
    r"\b(?:temp|temperatures?|degrees|hot|cold|cool|warm|chilly|freezing|thermostats?)\b"
)
_NAMES: Final = ("name", "area", "floor")


async def async_ignores_words(run: PipelineRun, text: str, response: intent.IntentResponse) -> bool:
    """Return whether an answer ignores words of the question that ask about something else."""
    found = response.intent
    if found is None:
        return False
    if found.intent_type == intent.INTENT_GET_STATE:
        return _is_nowhere(run.hass, found)
    if not _may_ignore_words(found, text.lower()):
        return False
    return not await _matches_completely(run, text)


def _may_ignore_words(found: intent.Intent, text: str) -> bool:
    """Return whether a guess may have led to this intent."""
    if found.intent_type == intent.INTENT_GET_TEMPERATURE:
        return not _WARMTH.search(text)
    if any(found.slots.get(name) for name in _NAMES):
        return False
    if found.intent_type == INTENT_GET_WEATHER:
        return bool(_ELSEWHERE.search(_HERE_AND_NOW.sub("", text)))
    return found.intent_type in _CLOCK


def _is_nowhere(hass: HomeAssistant, found: intent.Intent) -> bool:
    """Return whether a question is about people in a place that this home does not know."""
    domain, place = (found.slots.get(slot, {}).get("value") for slot in ("domain", "state"))
    if domain != PERSON or not isinstance(place, str):
        return False
    zones = {state.name.casefold() for state in hass.states.async_all(ZONE)}
    return place.casefold() not in {STATE_HOME, STATE_NOT_HOME, *zones}


async def _matches_completely(run: PipelineRun, text: str) -> bool:
    """Return whether all words match a template."""
    is_found = False

    def found(_: RecognizeResult) -> bool:
        nonlocal is_found
        is_found = True
        return True  # Do not execute it: the question has been answered already.

    user_input = replace(run.user_input, text=text)
    await conversation.async_handle_intents(run.hass, user_input, run.chat_log, intent_filter=found)
    return is_found
