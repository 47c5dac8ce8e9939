"""The agent's question before a call of a tool that may open the home or disarm its alarm."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm

from ..texts import async_text
from .risky import async_risks, async_targets

QUESTION_KEYS: Final[dict[tuple[str, str], str]] = {
    (Platform.LOCK, "HassTurnOn"): "question_lock",
    (Platform.LOCK, "HassTurnOff"): "question_unlock",
    (Platform.COVER, "HassTurnOn"): "question_open",
    (Platform.COVER, "HassTurnOff"): "question_close",
}
"""Keys in the `exceptions` section of the translations. To turn a lock off is to unlock it."""

_LONGEST: Final = 60
"""Characters of names that are spoken."""


async def async_question_text(hass: HomeAssistant, language: str, call: llm.ToolInput) -> str:
    """Return the question; it says which risky entities or sentences the call is about."""
    targets, risks = async_targets(hass, call.tool_args), async_risks(hass, call.tool_args)
    if len(targets) == 1 and len(risks) <= 1:
        (target,) = targets
        key = QUESTION_KEYS.get((target.domain, call.tool_name.rpartition("__")[2]))
        name = " ".join(target.name.split())
        if key is not None and len(name) <= _LONGEST:
            return await async_text(hass, language, key, name=name)
    question = await async_text(hass, language, "question_other")
    what = ", ".join(risks)
    return f"{what}. {question}" if 0 < len(what) <= _LONGEST else question
