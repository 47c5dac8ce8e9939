"""Reads single settings, each as strictly as TOML and the command line allow."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from ..wire.messages.document import is_key
from .settings import BRAINS, EndOfTurn

_LONGEST_TEXT: Final = 1000
_LONGEST_NAME: Final = 200
"""Bytes of an id: it has to fit into an announcement."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def parse_text(value: Any) -> str:
    """Return a text of a limited length; raises `ValueError`."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(f"must be a text of at most {_LONGEST_TEXT} characters")
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON and the command line can contain lone surrogates.
        raise ValueError("must be valid Unicode") from None
    return value


def parse_name(value: Any) -> str:
    """Return an id or a host; raises `ValueError`."""
    text = parse_text(value)
    if not text.isprintable() or " " in text or "/" in text:
        raise ValueError("must be a text without spaces and slashes")
    if not 0 < len(text.encode()) <= _LONGEST_NAME:
        raise ValueError(f"must be a text of 1 to {_LONGEST_NAME} bytes")
    return text


def parse_host(value: Any) -> str:
    """Return the name or the address of a computer; raises `ValueError`."""
    text = parse_name(value)
    try:
        text.encode("idna")  # The name resolution of Python does the same.
    except UnicodeError:
        raise ValueError("must be a valid host name") from None
    return text


def parse_key(value: Any) -> str:
    """Return a key; raises `ValueError`."""
    if not isinstance(value, str) or not is_key(value):
        raise ValueError("must be a text of printable ASCII characters without spaces")
    return value


def parse_brain(value: Any) -> str:
    """Return the name of a brain; raises `ValueError`."""
    if value not in BRAINS:
        raise ValueError(f"must be one of {', '.join(BRAINS)}")
    return str(value)


def _language(value: Any) -> str:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise ValueError("must be a language like en, en-GB or de")
    return value


def parse_yes(value: Any) -> bool:
    """Return true or false; raises `ValueError`."""
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


def parse_seconds(shortest: float, longest: float, value: Any) -> float:
    """Return a time in seconds; raises `ValueError`."""
    try:
        seconds = float("nan") if isinstance(value, bool) else float(value)
    except TypeError, ValueError, OverflowError:
        seconds = float("nan")
    if not shortest <= seconds <= longest:
        raise ValueError(f"must be a number of seconds from {shortest:g} to {longest:g}")
    return seconds


def _folder(value: Any) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("must be a folder")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("is the home folder of a user who does not exist") from None


type Fields = dict[str, Callable[[Any], Any]]

AGENT_FIELDS: Final[Fields] = {
    "id": parse_name,
    "key": parse_key,
    "greeting": parse_text,
    "brain": parse_brain,
    "language": _language,
}
FIELDS: Final[Fields] = {
    "host": parse_name,
    "port": _whole(0, 65535),
    "max_connections": _whole(1, 10_000),
    "document_only": parse_yes,
    "pause": partial(parse_seconds, 0.1, 5.0),
    "end_of_turn": _end_of_turn,
    "state_dir": _folder,
    "run_as": _whole(1, 2**31 - 1),
}
