"""Reads which model an engine of this process uses."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ..models import DIGEST_LENGTHS, Model, ModelFile
from ..models.catalogue import find, names
from .fields import parse_host, parse_name, parse_text

_MOST_FILES: Final = 20
_SHA256: Final = re.compile(f"[0-9a-fA-F]{{{DIGEST_LENGTHS['sha256']}}}")


def parse_model_name(folder: Path, value: Any) -> str | Path:
    """Return the name of a model or, with a slash, its path; raises `ValueError`."""
    text = parse_text(value)
    if "/" not in text:
        return _file_name(text)
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        raise ValueError("is in the home folder of a user who does not exist") from None


def parse_model_url(value: Any) -> str:
    """Return the address of a folder of files, with a slash at its end; raises `ValueError`."""
    try:
        text = parse_text(value)
        parts = urlsplit(text)
        is_valid = parts.scheme == "https" and parts.port != 0
        parse_host(parts.hostname)
    except ValueError:
        is_valid = False
    if not is_valid or not text.isprintable() or " " in text or parts.query or parts.fragment:
        raise ValueError("must be an address like https://example.org/models/small/")
    if parts.username is not None:
        raise ValueError("must not contain a key")
    return text.rstrip("/") + "/"


def parse_digests(value: Any) -> dict[str, str]:
    """Return the SHA-256 of each file of a model, by name; raises `ValueError`."""
    if not isinstance(value, dict) or not 0 < len(value) <= _MOST_FILES:
        raise ValueError(f'must be a table of 1 to {_MOST_FILES} files, like "model.bin" = "58af…"')
    for digest in value.values():
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise ValueError("must be a table of file names with 64 hexadecimal digits each")
    return {_file_name(name): digest.lower() for name, digest in value.items()}


def find_model(
    kind: str, name: str | Path, url: str | None = None, sha256: Mapping[str, str] | None = None
) -> Model | Path:
    """Return a model to download, or the path of one; raises `ValueError`."""
    is_downloaded = url is not None or sha256 is not None
    if isinstance(name, Path):
        if is_downloaded:
            raise ValueError("a path cannot be combined with url and sha256")
        return name
    if not is_downloaded:
        if (known := find(kind, name)) is None:
            raise ValueError(
                f"must be a path with a slash, or one of {', '.join(names(kind))}; "
                "others need url and sha256"
            )
        return known
    if url is None or sha256 is None:
        raise ValueError("url and sha256 belong together")
    files = [ModelFile(file, url + file, f"sha256:{digest}") for file, digest in sha256.items()]
    return Model(kind, name, tuple(files))


def _file_name(text: str) -> str:
    name = parse_name(text)
    if name.startswith("."):
        raise ValueError("must be a name that does not begin with a dot")
    return name
