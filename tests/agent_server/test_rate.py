"""The rate limit for messages of the home."""

import asyncio

import pytest

from agent_server.limits import Limits
from agent_server.wire.rate import MessageRate


async def test_rate_of_messages(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    rate = MessageRate(Limits(home_messages=4, home_rate=2))
    assert [rate.take(0) for _ in range(5)] == [True] * 4 + [False]
    now += 1.0
    assert [rate.take(0) for _ in range(2)] == [True, False]
    now += 100.0
    assert [rate.take(4096) for _ in range(3)] == [True, True, False]
