"""Shows the actions of the home in a turn of a talk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.conversation.chat_log import async_subscribe_chat_logs
from homeassistant.components.conversation.const import ChatLogEventType
from homeassistant.core import HomeAssistant, callback

from ..agent.words import clean_text
from ..assist.risky import async_targets

if TYPE_CHECKING:
    from .talk import Talk

MAX_ACTIONS: Final = 32
"""Of one turn."""

MAX_ARGUMENTS: Final = 16
MAX_VALUE: Final = 200
"""Characters of an argument that is shown."""


class Actions:
    """The calls of tools in one turn, as the chat log of the conversation shows them."""

    def __init__(self, talk: Talk) -> None:
        """Create it for one turn."""
        self._talk = talk
        self._running: dict[str, dict[str, Any]] = {}
        self._count = 0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Show the calls as long as the turn is answered; a call that does not end has failed."""
        stop = async_subscribe_chat_logs(self._talk.hass, self._changed)
        try:
            yield
        finally:
            stop()
            for call_id in list(self._running):
                self._finish(call_id, is_error=True)

    @callback
    def _changed(
        self, conversation_id: str, event_type: ChatLogEventType, data: dict[str, Any]
    ) -> None:
        if conversation_id != self._talk.call.conversation_id:
            return
        if event_type is not ChatLogEventType.CONTENT_ADDED:
            return
        content = data["content"]
        for call in content.get("tool_calls") or ():
            self._begin(call)
        if content.get("role") == "tool_result":
            result = content.get("result") or content.get("tool_result")
            self._finish(content.get("tool_call_id", ""), is_error=is_error(result))

    def _begin(self, call: Any) -> None:
        call_id = _field(call, "id")
        if self._count >= MAX_ACTIONS or call_id in self._running:
            return
        self._count += 1
        self._running[call_id] = fields = shown_call(self._talk.hass, call)
        self._talk.link.send("tool", id=call_id, **fields, status="running")

    def _finish(self, call_id: str, *, is_error: bool) -> None:
        fields = self._running.pop(call_id, None)
        # A call that waits for the user may outlive the turn.
        if fields is not None and not self._talk.confirmations.take_over(call_id):
            status = "failed" if is_error else "done"
            self._talk.link.send("tool", id=call_id, **fields, status=status)


@callback
def shown_call(hass: HomeAssistant, call: Any) -> dict[str, Any]:
    """Return the part of a tool's call that a page shows.

    `domain` is that of the entities that the call may change, None if they are of several domains.
    """
    arguments = _field(call, "tool_args") or {}
    domains = {state.domain for state in async_targets(hass, arguments)}
    return {
        "name": clean_text(str(_field(call, "tool_name")).rpartition("__")[2])[:MAX_VALUE],
        "domain": domains.pop() if len(domains) == 1 else None,
        "arguments": {
            clean_text(str(key))[:MAX_VALUE]: _short(value)
            for key, value in list(arguments.items())[:MAX_ARGUMENTS]
        },
    }


def _field(call: Any, name: str) -> Any:
    return call.get(name) if isinstance(call, dict) else getattr(call, name, None)


def is_error(result: Any) -> bool:
    """Return whether a tool or an intent has returned an error."""
    if not isinstance(result, dict):
        return bool(getattr(result, "error", False))
    data = result.get("data")
    if isinstance(data, dict) and ("error" in data or data.get("response_type") == "error"):
        return True
    return bool(result.get("error"))


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [clean_text(str(each))[:MAX_VALUE] for each in value[:MAX_ARGUMENTS]]
    return clean_text(str(value))[:MAX_VALUE]
