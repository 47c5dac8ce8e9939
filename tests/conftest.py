"""Configuration of all tests."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.clock import VirtualClockLoop

LIBRARY = Path(__file__).parent / "agent"
IN_REAL_TIME = LIBRARY / "test_real_time.py"
END_TO_END = Path(__file__).parent / "e2e"
IDLE_TALKS = Path(__file__).parent / "integration" / "test_talk_idle.py"


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
