"""The agent's question before a call of a tool that may open the home or disarm its alarm."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm

from ..texts import async_text
from .risky import async_targets

QUESTION_KEYS: Final[dict[tuple[str, str], str]] = {
    (Platform.LOCK, "HassTurnOn"): "question_lock",
    (Platform.LOCK, "HassTurnOff"): "question_unlock",
    (Platform.COVER, "HassTurnOn"): "question_open",
    (Platform.COVER, "HassTurnOff"): "question_close",
}
"""Keys in the `exceptions` section of the translations. To turn a lock off is to unlock it."""

_LONGEST: Final = 60
"""Characters of a name that is spoken."""


async def async_question_text(hass: HomeAssistant, language: str, call: llm.ToolInput) -> str:
    """Return the question; it has the name of the entity if the call is about a single one."""
    targets = async_targets(hass, call.tool_args)
    if len(targets) == 1:
        (target,) = targets
        key = QUESTION_KEYS.get((target.domain, call.tool_name.rpartition("__")[2]))
        name = " ".join(target.name.split())
        if key is not None and len(name) <= _LONGEST:
            return await async_text(hass, language, key, name=name)
    return await async_text(hass, language, "question_other")
