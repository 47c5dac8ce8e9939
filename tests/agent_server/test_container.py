"""Needs of the container: a health check, and no permissions of root."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from agent_server.config import ConfigError
from agent_server.identity import FILE_NAME
from agent_server.privileges import drop_root

from .calling import PATIENCE
from .programs import ROOT

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


def python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.check_output(command, cwd=ROOT, text=True, timeout=200)  # noqa: S603


async def health_check(port: int | str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent_server.healthcheck", str(port)),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        _, err = await process.communicate()
    return process.returncode, err.decode()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (302, 1)])
async def test_health_check_asks_the_server(status, code):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/health", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        assert await health_check(runner.addresses[0][1]) == (code, "")
    finally:
        await runner.cleanup()


async def test_health_check_without_a_server(unused_tcp_port):
    code, err = await health_check(unused_tcp_port)
    assert code == 1
    assert err.startswith("healthcheck: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("port", ["", "http", "-1", "0", "65536", "٨٧٦٥", "8765\n"])
async def test_health_check_of_an_invalid_port(port):
    code, err = await health_check(port)
    assert (code, err) == (
        1,
        f"healthcheck: {port!r} is not a port: a number from 1 to 65535 is expected\n",
    )


def test_health_check_loads_no_libraries():
    code = "import sys, agent_server.healthcheck; print({'aiohttp', 'numpy'} & {*sys.modules})"
    assert python(code) == "set()\n"


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_root_becomes_a_user_who_owns_the_state(tmp_path):
    state = tmp_path / "data" / "agent"
    state.mkdir(parents=True)
    (state / FILE_NAME).write_text("{}")
    (state / "link").symlink_to(tmp_path / "data")
    code = (
        "import json, os, pathlib, sys\n"
        "from agent_server.privileges import drop_root\n"
        "drop_root(int(sys.argv[1]), pathlib.Path(sys.argv[2]))\n"
        "print(json.dumps([os.getresuid(), os.getresgid(), os.getgroups()]))"
    )
    ids = json.loads(python(code, str(NOBODY), str(state)))
    assert ids == [[NOBODY] * 3, [NOBODY] * 3, []]
    assert {path.lstat().st_uid for path in (state, *state.iterdir())} == {NOBODY}
    assert state.parent.stat().st_uid == 0


def test_nobody_else_becomes_another_user(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    drop_root(NOBODY, tmp_path / "agent")
    assert not (tmp_path / "agent").exists()


def test_user_that_root_cannot_become(monkeypatch, tmp_path):
    def refuse(_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    monkeypatch.setattr(os, "setgroups", refuse)
    with pytest.raises(ConfigError, match="--run-as: cannot become user 1000: Operation"):
        drop_root(1000, tmp_path / "agent")


def test_state_that_cannot_be_handed_over(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="Not a directory"):
        drop_root(1000, Path(tmp_path / "file" / "agent"))


def test_check_of_the_engines_has_no_rights_of_root(tmp_path):
    (tmp_path / "agents.toml").write_text('[[agents]]\nid = "kitchen"\n')
    code = (
        "import sys\n"
        "from agent_server import __main__, diagnose\n"
        "async def check(settings):\n"
        "    print('checks')\n"
        "    return True\n"
        "diagnose.diagnose = check\n"
        "__main__.drop_root = lambda user, folder: print('becomes', user)\n"
        "sys.exit(__main__.main())"
    )
    arguments = ("--run-as", "1000", "--check", str(tmp_path / "agents.toml"))
    assert python(code, *arguments).split("\n") == ["becomes 1000", "checks", ""]
