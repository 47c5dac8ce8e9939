"""Wrong keys delay the next attempts from the same address."""

from types import SimpleNamespace

import pytest

from agent_server.wire import key_backoff
from agent_server.wire.key_backoff import KeyBackoff


class Clock:
    now = 1_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(key_backoff, "asyncio", SimpleNamespace(get_running_loop=lambda: clock))
    return clock


def test_delays_grow_and_end(clock: Clock):
    backoff = KeyBackoff()
    delays = []
    for _ in range(12):
        delays.append(backoff.delay("192.0.2.1"))
        backoff.failed("192.0.2.1")
    assert delays[:5] == [0] * 5
    assert delays[5:] == sorted(delays[5:])
    assert delays[-1] == 2
    assert backoff.delay("192.0.2.2") == 0
    clock.now += 61
    assert backoff.delay("192.0.2.1") == 0


def test_addresses_are_forgotten(clock: Clock):
    backoff = KeyBackoff()
    for number in range(2_000):
        backoff.succeeded(str(number))
    assert not backoff.is_trusted("0")
    assert backoff.is_trusted("1999")
