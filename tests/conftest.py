"""Configuration of all tests."""

import asyncio
import faulthandler
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.clock import VirtualClockLoop

LIBRARY = Path(__file__).parent / "agent"
IN_REAL_TIME = LIBRARY / "test_real_time.py"
END_TO_END = Path(__file__).parent / "e2e"
IDLE_TALKS = Path(__file__).parent / "integration" / "test_talk_idle.py"

TEARDOWN_SECONDS: Final = 300


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the asynchronous tests of the library, and of single rules, on a virtual clock."""
    is_library = LIBRARY in item.path.parents and item.path != IN_REAL_TIME
    if is_library or item.path.stem.endswith("_rules"):
        return {"virtual_clock": VirtualClockLoop}
    return {"real_clock": asyncio.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first; the others fill the rest of the time."""
    items.sort(key=lambda item: END_TO_END not in item.path.parents and item.path != IDLE_TALKS)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    """End the process if a teardown hangs, with the stacks of all threads.

    pytest-timeout stops its timer when a test fails, and the cleaning up may wait for something
    that only the rest of the test would have done.
    """
    faulthandler.dump_traceback_later(TEARDOWN_SECONDS, exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
