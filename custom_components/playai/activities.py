"""The activities of an agent's conversations, which its event entity and its triggers report."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback

from .agent import AgentError, ErrorKind
from .agent.events import (
    ReplyFinished,
    ReplyInterrupted,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    VoiceActivity,
)
from .models import Activity

REPEAT_SECONDS: Final = 1.0
"""Seconds in which further errors of one kind in one conversation count as the same error."""

NO_CONVERSATION: Final[dict[str, Any]] = {"conversation_id": None}
"""Data of the activity for an error outside of conversations."""

type ActivityListener = Callable[[Activity, dict[str, Any]], None]


class Activities:
    """Calls listeners with each activity and its data."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Create it without listeners; `clock` returns seconds."""
        self._clock = clock
        self._listeners: list[ActivityListener] = []
        self._failed_at: dict[tuple[str | None, ErrorKind], float] = {}

    @callback
    def async_listen(self, listener: ActivityListener) -> CALLBACK_TYPE:
        """Call a listener from now on; returns a function that stops it."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def emit(self, activity: Activity, data: dict[str, Any]) -> None:
        """Call the listeners."""
        for listener in list(self._listeners):
            listener(activity, data)

    def emit_event(self, event: SessionEvent, data: dict[str, Any]) -> None:
        """Emit the activity of a session's event, if it is one that needs no other data."""
        match event:
            case SessionStarted():
                self.emit(Activity.SESSION_STARTED, data)
            case SessionEnded(was_started=True):
                self.emit(Activity.SESSION_ENDED, data)
            case VoiceActivity(active=True):
                self.emit(Activity.VOICE_ACTIVITY_STARTED, data)
            case VoiceActivity():
                self.emit(Activity.VOICE_ACTIVITY_ENDED, data)
            case ReplyFinished(duration):
                self.emit(Activity.REPLY_FINISHED, data | {"duration": round(duration, 3)})
            case ReplyInterrupted(duration):
                self.emit(Activity.REPLY_INTERRUPTED, data | {"duration": round(duration, 3)})

    def emit_error(self, error: AgentError, data: dict[str, Any]) -> None:
        """Emit an error."""
        details = {"kind": error.kind.value, "code": error.code, "message": error.message}
        self.emit(Activity.ERROR, data | details)

    def is_repeated(self, error: AgentError, conversation_id: str | None) -> bool:
        """Return whether the conversation had this kind of error within a second; note it if not.

        The number of state writes and events must not depend on how fast a server sends.
        """
        now = self._clock()
        self._failed_at = {
            key: at for key, at in self._failed_at.items() if now - at < REPEAT_SECONDS
        }
        key = (conversation_id, error.kind)
        is_repeated = key in self._failed_at
        self._failed_at.setdefault(key, now)
        return is_repeated
