"""The agent of an app is announced to the Supervisor, which may be away or refuse."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from agent_server.app.supervisor import DELAYS, SERVICE, Supervisor
from agent_server.config import Agent

from .calling import PATIENCE

TOKEN = "token-0123456789"
KEY = "ak-0123456789abcdef"
AGENT = Agent("kitchen", KEY)
SOON = (0.001,) * 3


class FakeSupervisor:
    """Answers with the statuses of the test first, then as the Supervisor does."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[object] = []
        self.messages: dict[str, object] = {}
        self.url = ""

    async def discovery(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        body = await request.json()
        self.bodies.append(body)
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            headers = {"Location": f"{self.url}/elsewhere"} if status == 302 else {}
            return web.json_response(
                {"result": "error", "message": f"not with {TOKEN}"}, status=status, headers=headers
            )
        self.messages[body["service"]] = body["config"]
        return web.json_response({"result": "ok", "data": {"uuid": "0" * 32}})


@pytest.fixture
async def fake() -> AsyncIterator[FakeSupervisor]:
    fake = FakeSupervisor()
    app = web.Application()
    app.router.add_post("/discovery", fake.discovery)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISOR_TOKEN", TOKEN)


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_true():  # noqa: ASYNC110 (the log has no event)
            await asyncio.sleep(0.005)


def says(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    texts = [record.getMessage() for record in log.records]
    assert not any(secret in text for text in texts for secret in (TOKEN, KEY))
    return [
        record.getMessage()
        for record in log.records
        if record.levelno == level and record.name == "agent_server.app.supervisor"
    ]


async def test_agent_is_announced(fake, log):
    supervisor = Supervisor(fake.url)
    supervisor.start(AGENT, 8765)
    await until(lambda: says(log, logging.INFO) != [])
    await supervisor.stop()
    assert fake.bodies == [
        {
            "service": SERVICE,
            "config": {
                "host": socket.gethostname(),
                "port": 8765,
                "agent_id": "kitchen",
                "api_key": KEY,
            },
        }
    ]
    assert says(log, logging.WARNING) == []


async def test_changed_key_replaces_the_announcement(fake, log):
    for key in ("ak-old-0123456789", KEY):
        supervisor = Supervisor(fake.url)
        supervisor.start(Agent("kitchen", key), 8765)
        await until(lambda: fake.messages.get(SERVICE, {}).get("api_key") == key)  # noqa: B023
        await supervisor.stop()
    assert fake.messages[SERVICE]["api_key"] == KEY


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
async def test_supervisor_that_is_not_ready(fake, log, status):
    fake.statuses = [status, status]
    supervisor = Supervisor(fake.url, SOON)
    supervisor.start(AGENT, 8765)
    await until(lambda: says(log, logging.INFO) != [])
    await supervisor.stop()
    assert len(fake.bodies) == 3
    [warning] = says(log, logging.WARNING)
    assert f"status {status}" in warning


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
async def test_supervisor_that_refuses_is_not_asked_again(fake, log, status):
    fake.statuses = [status]
    supervisor = Supervisor(fake.url, SOON)
    supervisor.start(AGENT, 8765)
    await until(lambda: says(log, logging.ERROR) != [])
    await supervisor.stop()
    assert len(fake.bodies) == 1
    [error] = says(log, logging.ERROR)
    assert f"status {status}" in error


async def test_attempts_end(fake, log):
    fake.statuses = [503] * 10
    supervisor = Supervisor(fake.url, SOON)
    supervisor.start(AGENT, 8765)
    await until(lambda: says(log, logging.ERROR) != [])
    await supervisor.stop()
    assert len(fake.bodies) == len(SOON) + 1
    assert len(says(log, logging.WARNING)) == 1


async def test_no_supervisor(log, unused_tcp_port):
    supervisor = Supervisor(f"http://127.0.0.1:{unused_tcp_port}", SOON)
    supervisor.start(AGENT, 8765)
    await until(lambda: says(log, logging.ERROR) != [])
    await supervisor.stop()
    assert "cannot be reached" in says(log, logging.ERROR)[0]


async def test_stop_while_waiting_for_the_next_attempt(fake, log):
    fake.statuses = [503]
    supervisor = Supervisor(fake.url, (3600.0,))
    supervisor.start(AGENT, 8765)
    await until(lambda: says(log, logging.WARNING) != [])
    await supervisor.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_without_a_token_nobody_is_asked(fake, log, monkeypatch):
    monkeypatch.delenv("SUPERVISOR_TOKEN")
    supervisor = Supervisor(fake.url)
    supervisor.start(AGENT, 8765)
    await supervisor.stop()
    assert fake.bodies == []
    assert len(says(log, logging.WARNING)) == 1


def test_attempts_last_a_quarter_of_an_hour():
    assert 15 * 60 <= sum(DELAYS) <= 20 * 60
    assert max(DELAYS) == 60
