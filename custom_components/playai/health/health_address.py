"""The health address of a server: one HTTP request, without the key."""

from http import HTTPStatus
from typing import Final

import aiohttp
from yarl import URL

TIMEOUT: Final = aiohttp.ClientTimeout(total=5)


async def async_is_healthy(http: aiohttp.ClientSession, url: str, path: str) -> bool:
    """Return whether a server answers at its health path with the status 200.

    `url` is the address of its conversations. Only its scheme, host and port are used: a user
    name, a password or a query may be secret.
    """
    try:
        endpoint = URL(url)
        scheme = "https" if endpoint.scheme == "wss" else "http"
        address = URL.build(
            scheme=scheme, host=endpoint.host or "", port=endpoint.explicit_port, path=path
        )
        async with http.get(address, allow_redirects=False, timeout=TIMEOUT) as response:
            return response.status == HTTPStatus.OK
    except aiohttp.ClientError, TimeoutError, ValueError:
        return False
