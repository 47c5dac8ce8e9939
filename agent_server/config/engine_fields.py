"""Reads the engines of an agent from TOML."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ..files import read_small_file
from ..models import Model
from .engines import (
    BrainEngine,
    BuiltIn,
    LanguageModel,
    OpenAI,
    Piper,
    SttEngine,
    TtsEngine,
    Whisper,
    Wyoming,
)
from .fields import Fields, parse_brain, parse_host, parse_key, parse_seconds, parse_text, parse_yes
from .model_fields import find_model, parse_digests, parse_model_name, parse_model_url
from .settings import BRAINS

_BUILTIN: Final = "builtin"
_LONGEST_FALLBACKS: Final = 5
_KEYS: Final = ("key", "key_file", "key_env")


type _Kinds = Mapping[str, Callable[[dict[str, Any]], SttEngine | TtsEngine]]


def engine_fields(folder: Path) -> Fields:
    """Return the readers of an agent's engines; paths are relative to `folder`."""
    stt: _Kinds = {
        "wyoming": partial(_wyoming, ("model",)),
        "openai": partial(_openai_speech, folder, ("model",)),
        "whisper": lambda value: Whisper(_model("whisper", folder, value)),
    }
    tts: _Kinds = {
        "wyoming": partial(_wyoming, ("voice",)),
        "openai": partial(_openai_speech, folder, ("model", "voice")),
        "piper": lambda value: Piper(_model("piper", folder, value)),
    }
    return {
        "stt": partial(_engines, partial(_speech_engine, stt)),
        "tts": partial(_engines, partial(_speech_engine, tts)),
        "brain": partial(_brain, folder),
    }


def _engines[T](read: Callable[[Any], T], value: Any) -> tuple[T, ...]:
    """Read one engine, or a list of engines: each is used when those before it fail."""
    if not isinstance(value, list):
        return (read(value),)
    if not 0 < len(value) <= _LONGEST_FALLBACKS:
        raise ValueError(f"must be an engine or a list of 1 to {_LONGEST_FALLBACKS} engines")
    engines: list[T] = []
    for number, item in enumerate(value, 1):
        with _field(f"number {number}"):
            engine = read(item)
            if engine in engines:
                raise ValueError("is the same as an earlier engine")
        engines.append(engine)
    return tuple(engines)


def _speech_engine(kinds: _Kinds, value: Any) -> SttEngine | TtsEngine:
    if value == _BUILTIN:
        return BuiltIn()
    given = [kind for kind in kinds if isinstance(value, dict) and kind in value]
    if len(given) != 1:
        examples = ", ".join(f"{{ {kind} = … }}" for kind in kinds)
        raise ValueError(f'must be "builtin" or one of {examples}')
    return kinds[given[0]](value)


def _wyoming(names: Sequence[str], value: dict[str, Any]) -> Wyoming:
    fields = _read(value, {"wyoming": _address, **dict.fromkeys(names, parse_text)})
    host, port = fields.pop("wyoming")
    return Wyoming(host, port, **fields)


def _openai_speech(folder: Path, names: Sequence[str], value: dict[str, Any]) -> OpenAI:
    return OpenAI(**_openai(folder, value, dict.fromkeys(names, parse_text)))


def _model(kind: str, folder: Path, value: dict[str, Any]) -> Model | Path:
    readers: Fields = {
        kind: partial(parse_model_name, folder),
        "url": parse_model_url,
        "sha256": parse_digests,
    }
    fields = _read(value, readers)
    with _field(kind):
        return find_model(kind, fields.pop(kind), **fields)


def _brain(folder: Path, value: Any) -> BrainEngine:
    if not isinstance(value, dict):
        return parse_brain(value)
    if "openai" not in value:
        raise ValueError(f'must be one of {", ".join(BRAINS)}, or {{ openai = "http://…" }}')
    readers: Fields = {
        "model": parse_text,
        "tools": parse_yes,
        "filler_after": partial(parse_seconds, 0.0, 60.0),
        "prompt": parse_text,
    }
    return LanguageModel(**_openai(folder, value, readers))


def _openai(folder: Path, value: dict[str, Any], readers: Fields) -> dict[str, Any]:
    keys: Fields = {"key": parse_key, "key_file": partial(_key_file, folder), "key_env": _key_env}
    given = [name for name in _KEYS if name in value]
    if len(given) > 1:
        raise ValueError(f"{given[1]}: cannot be combined with {given[0]}")
    fields = _read(value, {"openai": _url, **readers, **keys})
    fields["url"] = fields.pop("openai")
    if given:
        fields["key"] = fields.pop(given[0])
    return fields


def _read(table: Mapping[str, Any], readers: Fields) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in table.items():
        if name not in readers:
            raise ValueError(f"{name}: is not one of {', '.join(readers)}")
        with _field(name):
            fields[name] = readers[name](value)
    return fields


@contextmanager
def _field(name: str) -> Iterator[None]:
    """Add the name of a field to the `ValueError` inside."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _address(value: Any) -> tuple[str, int]:
    """Return the host and the port of `tcp://host:port`."""
    try:
        parts = urlsplit(parse_text(value))
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or (parts.scheme, parts.path, parts.query) != ("tcp", "", ""):
        raise ValueError("must be an address like tcp://core-whisper:10300")
    if parts.username is not None or parts.fragment:
        raise ValueError("must be an address like tcp://core-whisper:10300")
    return parse_host(host), port


def _url(value: Any) -> str:
    try:
        text = parse_text(value)
        parts = urlsplit(text)
        is_valid = parts.scheme in ("http", "https") and parts.port != 0
        parse_host(parts.hostname)
    except ValueError:
        is_valid = False
    if not is_valid or not text.isprintable() or " " in text or parts.query or parts.fragment:
        raise ValueError("must be an address like http://192.168.1.9:11434/v1")
    if parts.username is not None:
        raise ValueError("must not contain a key: use key_file, key_env or key")
    return text.rstrip("/")


def _key_file(folder: Path, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be the path of a file")
    try:
        path = folder / Path(value).expanduser()
        content, _ = read_small_file(path)
        text = content.decode("utf-8-sig").strip()
    except RuntimeError:
        raise ValueError("is in the home folder of a user who does not exist") from None
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{path}: is not a text file") from None
    try:
        return parse_key(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _key_env(value: Any) -> str:
    if not isinstance(value, str) or not value or "=" in value or "\0" in value:
        raise ValueError("must be the name of an environment variable")
    if value not in os.environ:
        raise ValueError(f"the environment variable {value} is not set")
    try:
        return parse_key(os.environ[value])
    except ValueError as error:
        raise ValueError(f"the environment variable {value} {error}") from None
