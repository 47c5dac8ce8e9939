"""The JSON messages of a page."""

from typing import Any, Final

import voluptuous as vol
from homeassistant.const import MATCH_ALL
from homeassistant.util.json import json_loads_object

from ..agent.home import check_language
from .limits import MAX_TEXT_CHARACTERS, MAX_TEXT_FRAME

MAX_MS: Final = 3_600_000

_ID: Final = vol.All(str, vol.Length(min=1, max=256))
_NUMBER: Final = vol.All(int, vol.Range(min=0, max=0xFFFFFFFF))
_REPLY: Final = vol.All(int, vol.Range(min=0, max=0xFFFF))
_MS: Final = vol.All(vol.Any(int, float), vol.Range(min=0, max=MAX_MS))
_BOOLEAN: Final = bool


def _language(value: str) -> str:
    """Return a language tag, or `*`; raises `ValueError`."""
    if value != MATCH_ALL:
        check_language(value)
    return value


_POSITION: Final = {vol.Required("reply"): _REPLY, vol.Required("ms"): _MS}
_PLACE: Final = {
    vol.Optional("area_id"): vol.Any(None, _ID),
    vol.Optional("device_id"): vol.Any(None, _ID),
    vol.Optional("language"): vol.Any(None, vol.All(str, vol.Length(max=35), _language)),
}


def _schema(fields: dict[Any, Any]) -> vol.Schema:
    return vol.Schema(fields, extra=vol.REMOVE_EXTRA)


SCHEMAS: Final[dict[str, vol.Schema]] = {
    "hello": _schema(
        {
            vol.Required("protocol"): _NUMBER,
            vol.Optional("resume"): _schema(
                {
                    vol.Required("n"): _NUMBER,
                    vol.Required("reply"): _REPLY,
                    vol.Required("samples"): _NUMBER,
                }
            ),
        }
    ),
    "played": _schema(_POSITION),
    "flushed": _schema(_POSITION),
    "interrupt": _schema(_POSITION),
    "text": _schema(
        {vol.Required("text"): vol.All(str, vol.Length(min=1, max=MAX_TEXT_CHARACTERS))}
    ),
    "mute": _schema({vol.Required("on"): _BOOLEAN}),
    "microphone": _schema({vol.Required("echo"): _BOOLEAN}),
    "mode": _schema({vol.Required("value"): vol.In(["open", "hold"])}),
    "hold": _schema({vol.Required("on"): _BOOLEAN}),
    "place": _schema(_PLACE),
    "confirm": _schema({vol.Required("id"): _ID, vol.Required("allow"): _BOOLEAN}),
    "ping": _schema({vol.Required("sent"): vol.Any(int, float)}),
    "again": _schema({}),
    "bye": _schema({}),
}

PLACE: Final = _PLACE
"""The fields of a place, for the command that opens a talk."""


class PageError(ValueError):
    """A page has sent an invalid message."""


def parse(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return the type and the fields of a message; None for a type that is not known.

    Raises `PageError`.
    """
    if len(text.encode(errors="replace")) > MAX_TEXT_FRAME:
        raise PageError("a message is too long")
    try:
        fields = json_loads_object(text)
    except ValueError as error:
        raise PageError("a message is not a JSON object") from error
    name = fields.get("type")
    if not isinstance(name, str):
        raise PageError("a message has no type")
    if (schema := SCHEMAS.get(name)) is None:
        return None
    try:
        return name, schema(fields)
    except vol.Invalid as error:
        raise PageError(f"{name}: a field is wrong") from error
