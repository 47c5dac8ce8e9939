"""What all tests share."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.clock import VirtualClockLoop

LIBRARY = Path(__file__).parent / "agent"


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the asynchronous tests of the library on a clock that does not make them wait."""
    if LIBRARY in item.path.parents:
        return {"virtual_clock": VirtualClockLoop}
    return {"real_clock": asyncio.new_event_loop}
