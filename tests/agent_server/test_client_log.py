"""Clients cannot fill the log."""

import logging
from types import SimpleNamespace

import pytest

from agent_server.wire import client_log
from agent_server.wire.client_log import ClientLog


class Clock:
    now = 1_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(client_log, "asyncio", SimpleNamespace(get_running_loop=lambda: clock))
    return clock


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
