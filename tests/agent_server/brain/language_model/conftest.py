"""Closes the connections of a test."""

from collections.abc import AsyncIterator

import pytest

from .serving import SERVERS


@pytest.fixture(autouse=True)
async def close_servers() -> AsyncIterator[None]:
    yield
    while SERVERS:
        await SERVERS.pop().aclose()
