"""The program, started and stopped from the command line."""

import asyncio
import signal
import socket
import stat
from pathlib import Path

from .calling import call, connect
from .programs import ended, line, started


async def test_first_start_and_second(tmp_path: Path):
    identities = []
    for _ in range(2):
        async with started("--port", "0", XDG_STATE_HOME=str(tmp_path)) as process:
            url = await line(process)
            assert url.startswith("ws://127.0.0.1:")
            assert url.endswith("/v1/agent-conversation")
            process.send_signal(signal.SIGTERM)
            code, out, err = await ended(process)
            assert (code, out) == (0, "")
            identities.append([row for row in err.splitlines() if "key" in row])
    (path,) = (tmp_path / "playai-agent").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # The key is shown once, by the first start.
    (row,) = identities[0]
    assert "ak-" in row
    assert identities[1] == []


async def test_both_signals_end_conversations():
    for number in (signal.SIGTERM, signal.SIGINT):
        async with started("--port", "0", "--agent-id", "a", "--api-key", "ak-1") as process:
            url = await line(process)
            async with call(url, "a", "ak-1") as caller, connect(url, "a") as unauthenticated:
                await caller.wait("init")
                process.send_signal(number)
                assert await caller.wait_closed() == 1001
                assert await unauthenticated.wait_closed() == 1001
                code, _, err = await ended(process)
                assert code == 0
                assert "Traceback" not in err


async def test_a_signal_while_the_models_load():
    async with started("--port", "0", "--agent-id", "a", "--api-key", "ak-1") as process:
        await asyncio.sleep(0.6)
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
        assert code == 0 or code == -signal.SIGTERM  # noqa: PLR1714 (before the handlers exist)
        assert "Traceback" not in err


async def test_bad_configuration(tmp_path: Path):
    path = tmp_path / "agents.toml"
    path.write_text("prot = 5", encoding="utf-8")
    async with started("--config", str(path)) as process:
        code, out, err = await ended(process)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert str(path) in err
    assert "prot" in err


async def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with started("--port", port, "--agent-id", "a", "--api-key", "ak-1") as process:
            code, out, err = await ended(process)
    assert (code, out) == (1, "")
    assert port in err
    assert "Traceback" not in err
