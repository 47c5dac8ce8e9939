"""Starts the server of llama.cpp with a small language model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp

from .. import ROOT
from ..api import HomeError
from ..ports import free_port

_FOLDER: Final = ROOT / ".envs" / "llama"
_START_SECONDS: Final = 120.0


def is_installed() -> bool:
    """Return whether `scripts/llama-cpp` has installed it."""
    return (_FOLDER / "stamp").exists()


@asynccontextmanager
async def llama(log: Path) -> AsyncIterator[str]:
    """Run the server and yield its address; raises `HomeError` if it does not start.

    It uses one thread: two on two busy cores are slower. From its working directory, it loads the
    backend that suits the processor.
    """
    port = free_port()
    [loader] = _FOLDER.glob("usr/lib/*/ld-linux-*")
    libraries = loader.parent
    [backends] = libraries.glob("ggml/backends*")
    [model] = _FOLDER.glob("model/*/*.gguf")
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            loader,
            *("--library-path", f"{libraries}:{libraries / 'llama'}"),
            str(_FOLDER / "usr" / "bin" / "llama-server"),
            *("--model", str(model), "--ctx-size", "2048", "--parallel", "1", "--threads", "1"),
            *("--host", "127.0.0.1", "--port", str(port), "--no-warmup"),
            stdout=file,
            stderr=file,
            cwd=backends,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(_START_SECONDS):
            await _until_ready(url, process, log)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def is_working(url: str) -> bool:
    """Return whether the model is producing an answer."""
    async with aiohttp.ClientSession() as http, http.get(f"{url}/slots") as response:
        return any(slot["is_processing"] for slot in await response.json())


async def _until_ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with aiohttp.ClientSession() as http:
        while process.returncode is None:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{url}/health") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise HomeError(f"llama.cpp does not start, see {log}")
