"""Asks the user of a conversation before the home does something risky."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

HERE_SECONDS: Final = 20.0
"""The wait for the user if a conversation agent asks: its first words must come within 25 s."""

type Run[T] = Callable[[], Awaitable[T]]
"""Runs a call of a tool."""


class Ask(Protocol):
    """Runs a call of a tool if the user allows it; returns None if not.

    The user has `seconds` to answer, by default as long as the asker allows. The call may also run
    after its caller was cancelled: the user's answer may end the caller's turn.
    """

    def __call__[T](
        self, call: llm.ToolInput, run: Run[T], seconds: float | None = None, /
    ) -> Awaitable[T | None]:
        """Run the call if the user allows it, see the class."""


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


async def async_confirm[T](
    hass: HomeAssistant, conversation_id: str, call: llm.ToolInput, run: Run[T]
) -> T | None:
    """Run a call if the user allows it, or if nobody can be asked, as on a satellite."""
    ask = hass.data.get(_ASKS, {}).get(conversation_id)
    return await (run() if ask is None else ask(call, run))


async def async_confirm_here[T](call: llm.ToolInput, run: Run[T]) -> T | None:
    """Ask in the turn that this task answers, for tools that do not know their conversation."""
    ask = _ask_here.get()
    return await (run() if ask is None else ask(call, run, HERE_SECONDS))
