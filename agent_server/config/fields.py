"""Reads single settings, each as strictly as TOML and the command line allow."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..wire.messages.document import is_key
from .settings import BRAINS, EndOfTurn

_LONGEST_TEXT: Final = 1000
_LONGEST_NAME: Final = 200
"""Bytes of an id: it has to fit into an announcement."""

_ENGLISH: Final = re.compile(r"en(-[A-Za-z0-9]{1,8}){0,3}")


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(f"must be a text of at most {_LONGEST_TEXT} characters")
    return value


def parse_name(value: Any) -> str:
    """Return an id or a host; raises `ValueError`."""
    text = _text(value)
    if not text.isprintable() or " " in text or "/" in text:
        raise ValueError("must be a text without spaces and slashes")
    if not 0 < len(text.encode()) <= _LONGEST_NAME:
        raise ValueError(f"must be a text of 1 to {_LONGEST_NAME} bytes")
    return text


def parse_key(value: Any) -> str:
    """Return a key; raises `ValueError`."""
    if not isinstance(value, str) or not is_key(value):
        raise ValueError("must be a text of printable ASCII characters without spaces")
    return value


def _brain(value: Any) -> str:
    if value not in BRAINS:
        raise ValueError(f"must be one of {', '.join(BRAINS)}")
    return str(value)


def _language(value: Any) -> str:
    if not isinstance(value, str) or not _ENGLISH.fullmatch(value):
        raise ValueError("must be en or a variant like en-GB: no engine knows another language")
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 (one kind of error for all)
    return value


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            with suppress(ValueError):  # Python refuses to read thousands of digits.
                value = int(value)
        if type(value) is not int or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return value

    return read


def _end_of_turn(value: Any) -> EndOfTurn:
    try:
        return EndOfTurn(value)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(EndOfTurn)}") from None


def _pause(value: Any) -> float:
    try:
        seconds = float("nan") if isinstance(value, bool) else float(value)
    except TypeError, ValueError:
        seconds = float("nan")
    if not 0.1 <= seconds <= 5:  # noqa: PLR2004 (said in the next line)
        raise ValueError("must be a number of seconds from 0.1 to 5")
    return seconds


def _folder(value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a folder")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("is the home folder of a user who does not exist") from None


type Fields = dict[str, Callable[[Any], Any]]

AGENT_FIELDS: Final[Fields] = {
    "id": parse_name,
    "key": parse_key,
    "greeting": _text,
    "brain": _brain,
    "language": _language,
}
FIELDS: Final[Fields] = {
    "host": parse_name,
    "port": _whole(0, 65535),
    "max_connections": _whole(1, 10_000),
    "document_only": _yes_or_no,
    "pause": _pause,
    "end_of_turn": _end_of_turn,
    "state_dir": _folder,
}
