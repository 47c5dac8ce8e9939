"""Wrong keys delay the next ones of an address, and clients cannot fill the log."""

import logging
from types import SimpleNamespace

import pytest

from agent_server.wire import strangers
from agent_server.wire.strangers import ClientLog, KeyBackoff


class Clock:
    now = 1_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(strangers, "asyncio", SimpleNamespace(get_running_loop=lambda: clock))
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


def test_a_flood_is_logged_in_a_few_lines(clock: Clock, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    clients = ClientLog(logging.getLogger("test"))
    for _ in range(100):
        clients.log(logging.INFO, "192.0.2.1", "is rude")
    assert caplog.messages == ["Client at 192.0.2.1: is rude"]
    for number in range(5_000):
        clients.log(logging.INFO, f"198.51.100.{number}", "is rude")
    assert len(caplog.messages) == 20
    clock.now += 61
    clients.log(logging.INFO, "192.0.2.1", "is rude")
    assert caplog.messages[-2:] == [
        "5080 such lines were left out",
        "Client at 192.0.2.1: is rude",
    ]
