"""Recognizes when the built-in agent has ignored words of a question.

Behind its sentence templates, Home Assistant's own agent guesses, in English: it answers "what time
is it in New York" as if it were "what time is it". Such an answer may be false.
"""

import re
from dataclasses import replace
from typing import Final

from hassil.recognize import RecognizeResult
from homeassistant.components import conversation
from homeassistant.components.weather import INTENT_GET_WEATHER
from homeassistant.helpers import intent

from .pipeline_run import PipelineRun

_CLOCK: Final = {intent.INTENT_GET_CURRENT_TIME, intent.INTENT_GET_CURRENT_DATE}
"""Intents of questions that take nothing: any further word changes the question."""

_HERE_AND_NOW: Final = re.compile(
    r"\b(?:in|at|on) (?:here|home|the moment|the house|my (?:house|home))\b|\b(?:right )?now\b"
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:in|at|on|for|near|ago|yesterday|tomorrow|tonight|later|next|last|weekend"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
)
_NAMES: Final = ("name", "area", "floor")


async def async_ignores_words(run: PipelineRun, text: str, response: intent.IntentResponse) -> bool:
    """Return whether an answer about here and now ignores words that ask about something else."""
    found = response.intent
    if found is None or any(found.slots.get(name) for name in _NAMES):
        return False
    if found.intent_type == INTENT_GET_WEATHER:
        if not _ELSEWHERE.search(_HERE_AND_NOW.sub("", text.lower())):
            return False
    elif found.intent_type not in _CLOCK:
        return False
    return not await _matches_completely(run, text)


async def _matches_completely(run: PipelineRun, text: str) -> bool:
    """Return whether all words match a template."""
    is_found = False

    def found(_: RecognizeResult) -> bool:
        nonlocal is_found
        is_found = True
        return True  # It has been answered already.

    user_input = replace(run.user_input, text=text)
    await conversation.async_handle_intents(run.hass, user_input, run.chat_log, intent_filter=found)
    return is_found
