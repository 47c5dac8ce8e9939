"""Fixtures of several files of end-to-end tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.agent_server.conftest import transcriber
from tests.harness.talk_page import quiet_chromium

__all__ = ["browser", "transcriber"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory) -> AsyncIterator[Browser]:
    """A browser whose microphone hears only the audio of the test."""
    async with quiet_chromium(tmp_path_factory.mktemp("microphone")) as browser:
        yield browser
