"""Asks the user of a conversation before the home does something risky."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

HERE_SECONDS: Final = 20.0
"""The wait for an answer to a conversation agent. Its first words must come within 25 s."""


class Ask(Protocol):
    """Returns whether the user allows a call of a tool, within the asker's limit or another one."""

    def __call__(self, call: llm.ToolInput, seconds: float | None = None, /) -> Awaitable[bool]:
        """Ask."""


_ASKS: Final[HassKey[dict[str, Ask]]] = HassKey(f"{DOMAIN}_confirmations")

_ask_here: Final = ContextVar[Ask | None]("playai_ask", default=None)
"""How to ask the user whose turn this task answers."""


@contextmanager
def confirming(hass: HomeAssistant, conversation_id: str, ask: Ask) -> Iterator[None]:
    """Ask before risky calls of tools in a conversation."""
    asks = hass.data.setdefault(_ASKS, {})
    asks[conversation_id] = ask
    token = _ask_here.set(ask)
    try:
        yield
    finally:
        _ask_here.reset(token)
        if asks.get(conversation_id) is ask:
            del asks[conversation_id]


async def async_confirm(hass: HomeAssistant, conversation_id: str, call: llm.ToolInput) -> bool:
    """Ask whether a call is allowed; where nobody can be asked, it is, as for a satellite."""
    ask = hass.data.get(_ASKS, {}).get(conversation_id)
    return ask is None or await ask(call)


async def async_confirm_here(call: llm.ToolInput) -> bool:
    """Ask in the turn that this task answers, for tools that do not know their conversation."""
    ask = _ask_here.get()
    return ask is None or await ask(call, HERE_SECONDS)
