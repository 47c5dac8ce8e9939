"""Ends the programs that tests start."""

import asyncio
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Final

_STOP_SECONDS: Final = 30.0


async def stop(process: Process) -> None:
    """Terminate a program, and kill it if it does not end."""
    for end in (process.terminate, process.kill):
        with suppress(ProcessLookupError):
            end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await process.communicate()
                return
