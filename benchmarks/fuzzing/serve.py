"""Runs the agent server with engines that need no model, and prints its port."""

import asyncio
import logging
import signal

from tests.agent_server.serving import serving


async def main() -> None:
    """Serve until the process is terminated."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serving(max_connections=64, brain="auto") as (_, url):
        print(url.split(":")[2].split("/")[0], flush=True)
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main())
