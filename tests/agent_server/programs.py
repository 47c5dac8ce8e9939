"""Starts the server from the command line."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from .calling import PATIENCE

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def started(
    *arguments: str, wrapper: tuple[str, ...] = (), **environment: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Start the program, and kill it after the block."""
    process = await asyncio.create_subprocess_exec(
        *wrapper,
        sys.executable,
        "-m",
        "agent_server",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    """Return the next line of standard output."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    """Wait until it ends; return exit code, the rest of standard output, standard error."""
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
