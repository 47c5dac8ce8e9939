"""Runs Home Assistant with the agent set up, for use in a browser: user demo, password demo.

scripts/develop [--port 8123]
"""

import argparse
import asyncio
import signal
import sys
from typing import Final

from tests.harness import ROOT
from tests.harness.demo_home import demo_home
from tests.harness.home import PASSWORD, USER, HomeError

THINGS_TO_SAY: Final = (
    "Turn on the living room lamp",
    "What's on my shopping list?",
    "What's the weather like tomorrow?",
)


def main() -> int:
    """Run until interrupted and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    arguments = parser.parse_args()
    try:
        asyncio.run(_develop(arguments.port))
    except (HomeError, TimeoutError) as error:
        print(f"develop: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    return 0


async def _develop(port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("starting the agent and Home Assistant …", file=sys.stderr)
    async with demo_home(ROOT / "develop", port=port) as home:
        print(guide(home.url), flush=True)
        await stop.wait()


def guide(url: str) -> str:
    """Return the login of the home, and a few things to try there."""
    sentences = ", ".join(f'"{each}"' for each in THINGS_TO_SAY)
    return f"""\
{url} user {USER}, password {PASSWORD}; Ctrl-C stops it
  Assist: the button at the top of each page. Click its microphone, or type.
  Talk: {url}/playai. The microphone stays open, and you can interrupt.
  Say: {sentences}"""


if __name__ == "__main__":
    sys.exit(main())
