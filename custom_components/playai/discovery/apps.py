"""Checks the announcements of apps of the Supervisor. Any app can announce anything."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.helpers.service_info.hassio import HassioServiceInfo

from ..urls import complete_url
from .announcements import AGENT_ID
from .errors import BadAnnouncementError

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_KEY: Final = re.compile(r"[!-~]{1,1000}")
_NAME: Final = re.compile(r"\S(.{0,98}\S)?")
_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class AppAgent:
    """A valid announcement of the agent of an app."""

    name: str
    """The name of the app."""

    slug: str
    """Identifies the app in the Supervisor."""

    agent_id: str
    url: str
    api_key: str = field(repr=False)


def parse_app(info: HassioServiceInfo) -> AppAgent:
    """Check an announcement; raises `BadAnnouncementError`."""
    port = info.config.get("port")
    if type(port) is not int or not 0 < port <= _MAX_PORT:
        raise BadAnnouncementError("no valid port")
    host = _text("host", _HOST, info.config.get("host"))
    name = _text("name", _NAME, info.name)
    if not name.isprintable():
        raise BadAnnouncementError("no valid name")
    return AppAgent(
        name,
        _text("slug", _SLUG, info.slug),
        _text("agent_id", AGENT_ID, info.config.get("agent_id")),
        complete_url(f"ws://{host}:{port}"),
        _text("api_key", _KEY, info.config.get("api_key")),
    )


def _text(name: str, pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadAnnouncementError(f"no valid {name}")
    return value
