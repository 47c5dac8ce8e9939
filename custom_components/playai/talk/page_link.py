"""The messages of a talk to its page: numbered, in order, and kept for a page that resumes."""

from collections import deque
from typing import Any, Final, Protocol

from .limits import KEPT_MESSAGES


class CloseCode:
    """Why a socket is closed."""

    ENDED: Final = 4000
    STOPPING: Final = 1001
    RELOADING: Final = 4001
    FORBIDDEN: Final = 4003
    GONE: Final = 4004
    FLOOD: Final = 4008
    REPLACED: Final = 4009
    SLOW: Final = 4013
    INVALID: Final = 4400
    OTHER_PROTOCOL: Final = 4426


class Page(Protocol):
    """The socket of a page, as its talk sees it."""

    def send(self, message: dict[str, Any] | bytes) -> None:
        """Send a message or a frame, in order."""

    def close(self, code: int) -> None:
        """Close the socket after the messages that were sent before."""


class PageLink:
    """The link to a page, over at most one socket at a time."""

    def __init__(self) -> None:
        """Create it without a socket."""
        self._page: Page | None = None
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT_MESSAGES)
        self._count = 0

    @property
    def is_open(self) -> bool:
        """Whether the page is there."""
        return self._page is not None

    def send(self, kind: str, **fields: Any) -> None:
        """Send a message, now or when the page is back."""
        self._count += 1
        message = {"n": self._count, "type": kind, **fields}
        self._messages.append(message)
        if self._page is not None:
            self._page.send(message)

    def send_audio(self, frame: bytes) -> None:
        """Send a frame if the page is there; the player keeps it for later."""
        if self._page is not None:
            self._page.send(frame)

    def attach(self, page: Page, ready: dict[str, Any], received: int) -> bool:
        """Use a socket in place of an earlier one, and send the messages that the page lacks.

        Returns False for a page that has missed more than is kept.
        """
        if self._page is not None:
            self._page.close(CloseCode.REPLACED)
            self._page = None
        missed = [message for message in self._messages if message["n"] > received]
        if len(missed) < self._count - received:
            page.close(CloseCode.GONE)
            return False
        self._page = page
        for message in (ready, *missed):
            page.send(message)
        return True

    def detach(self, page: Page) -> bool:
        """A socket is lost; returns whether the page has no other one."""
        if self._page is page:
            self._page = None
        return self._page is None

    def close(self, code: int) -> None:
        """Close the socket."""
        if self._page is not None:
            self._page.close(code)
            self._page = None
