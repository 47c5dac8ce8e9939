"""Checks and completes the address of an agent."""

import re
from ipaddress import IPv6Address
from typing import Final

from yarl import URL

from .const import DEFAULT_URL

_MAX_PORT: Final = 65535
_IPV6: Final = re.compile(r"\[([^]%]*)(?:%[^]]*)?](?::(.*))?")


class InvalidUrlError(ValueError):
    """The text is not the address of an agent; `key` is the form's error."""

    def __init__(self, key: str) -> None:
        """`key` is one of `invalid_url`, `invalid_host`, `invalid_ipv6`, `invalid_port`."""
        super().__init__(key)
        self.key = key


def complete_url(text: str) -> str:
    """Return an address with the default path if it has none; raises `InvalidUrlError`.

    >>> complete_url("ws://192.168.1.5:8765")
    'ws://192.168.1.5:8765/v1/agent-conversation'
    """
    scheme, separator, rest = text.partition("://")
    if scheme.lower() not in ("ws", "wss") or not separator:
        raise InvalidUrlError("invalid_url")
    host_and_port = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    _check(host_and_port)
    try:
        url = URL(text).with_fragment(None)
        if url.path in ("", "/") and not url.query_string:
            return str(url.with_path(URL(DEFAULT_URL).path))
    except ValueError:
        raise InvalidUrlError("invalid_host") from None
    return text


def shown_url(url: str) -> str:
    """Return an address without the parts that may be secret: user, password and query."""
    return str(URL(url).with_user(None).with_query(None))


def _check(host_and_port: str) -> None:
    if match := _IPV6.fullmatch(host_and_port):
        host, port = match.groups()
        try:
            IPv6Address(host)
        except ValueError:
            raise InvalidUrlError("invalid_ipv6") from None
    elif "[" in host_and_port or host_and_port.count(":") > 1:
        raise InvalidUrlError("invalid_ipv6")
    else:
        host, separator, port = host_and_port.partition(":")
        port = port if separator else None
    if not host or re.search(r"\s", host):
        raise InvalidUrlError("invalid_host")
    if port is not None and not _is_port(port):
        raise InvalidUrlError("invalid_port")


def _is_port(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,5}", text)) and 0 < int(text) <= _MAX_PORT
