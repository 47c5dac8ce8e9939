"""What all tests share."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.clock import VirtualClockLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every asynchronous test on a clock that does not make it wait."""
    return {"virtual_clock": VirtualClockLoop}
