"""Measures memory and CPU time of a long talk in the browser, every minute.

    scripts/bench talk --minutes 30

A card in Home Assistant's frontend, in Chromium, talks with the real agent in the demo home: a
spoken command, a typed question, and a long answer that is interrupted, one after the other. A
script in the page runs these turns, because tools that control a browser from outside allocate
memory in its process. The page is measured after a garbage collection. Processes are measured by
their anonymous memory, without mapped files such as programs. A turn without the expected answer is
counted as lost: on a busy machine Chromium's audio has gaps, and words are misheard.
"""

import argparse
import asyncio
import base64
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, expect

from benchmarks.usage import load_average
from tests.harness import HOME_ASSISTANTS, ROOT
from tests.harness.browser import PATIENCE, as_wav, frontend
from tests.harness.home import Home, HomeError
from tests.harness.page_usage import PageUsage, PageWatch, anonymous, watched
from tests.harness.talk_page import LONG, TalkView, open_card, quiet_chromium, talk_home
from tests.recordings import REQUESTS

PERMISSIONS: Final = ("microphone", "clipboard-read", "clipboard-write")
MINUTE: Final = 60.0
WARM_UP: Final = 10
"""Minutes after which the list of captions is full."""

TURN: Final = 60.0
"""Seconds that an answer may take."""

MORE: Final = (1.0, 1000, 0, 10.0)
"""How much more a page may have in the end: megabytes of JavaScript, nodes (the number of captions
varies), listeners, and megabytes of its process."""

COMPARED: Final = 5
"""Minutes after the warm-up, and at the end, that are compared."""

_COMMAND: Final = REQUESTS["turn-on-lamp"].pcm
_TAKE_TURNS: Final = Path(__file__).with_name("talker.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Minute:
    """The usage at the end of a minute."""

    minute: int
    turns: int
    lost: int
    page: PageUsage
    figures: dict[str, float]
    """Measurements of the card: the page's own diagnostics."""

    renderer: float
    home_assistant: float
    agent: float


class Talker:
    """Talks through a card."""

    def __init__(self, page: Page, view: TalkView) -> None:
        self._page = page
        self._view = view
        self.count = 0
        self.lost = 0

    async def talk(self, seconds: float, most: int = 1000) -> None:
        """Take turns for `seconds`, but at most `most`; the agent listens afterwards."""
        speech = base64.b64encode(as_wav(_COMMAND)).decode()
        limits = {"seconds": seconds, "most": most, "turnSeconds": TURN}
        arguments = {**limits, "speech": speech, "long": LONG}
        taken = await self._view.place.evaluate(_TAKE_TURNS, arguments)
        self.count += taken["turns"]
        self.lost += taken["lost"]

    async def figures(self) -> dict[str, float]:
        """Return the numbers of the diagnostics that the card copies."""
        view, page = self._view, self._page
        await view.button("Settings").click()
        await view.place.locator("summary").click()
        await view.button("Copy diagnostics").click()
        await expect(view.button("Copied")).to_be_visible()
        copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
        await view.button("Close settings").click()
        return {key: value for key, value in copied.items() if isinstance(value, int | float)}


async def hold(page: Page, home: Home, minutes: int, report: Callable[[Minute], None]) -> None:
    """Talk for a number of minutes, and report each of them."""
    view = await open_card(page)
    await view.start()
    talker = Talker(page, view)
    begin = time.monotonic()
    async with watched(page) as watch:
        for minute in range(minutes + 1):
            await talker.talk(begin + minute * MINUTE - time.monotonic())
            report(await _look(watch, talker, home, minute))
    await view.button("End").click()
    await expect(view.status).to_have_text("Tap to talk")


async def _look(watch: PageWatch, talker: Talker, home: Home, minute: int) -> Minute:
    figures = await talker.figures()
    return Minute(
        minute,
        talker.count,
        talker.lost,
        await watch.look(),
        figures,
        await watch.renderer(),
        anonymous(home.hass_pid),
        anonymous(home.agent.pid),
    )


def has_grown(rows: Sequence[Minute]) -> bool:
    """Return whether the page uses more in all of the last minutes than after the warm-up."""
    begin = min(WARM_UP, len(rows) - 1)
    before, after = _least(rows[begin:][:COMPARED]), _least(rows[-COMPARED:])
    return any(more > less + limit for less, more, limit in zip(before, after, MORE, strict=True))


def _least(rows: Sequence[Minute]) -> tuple[float, ...]:
    """Return the minimum of each figure: more may be garbage that is not collected yet."""
    used = [(row.page.heap, row.page.nodes, row.page.listeners, row.renderer) for row in rows]
    return tuple(map(min, zip(*used, strict=True)))


def print_row(row: Minute) -> None:
    """Print a line of the table."""
    page, figures = row.page, row.figures
    cells = [
        f"{row.minute}",
        f"{row.turns}",
        f"{row.lost}",
        f"{page.heap:.1f}",
        f"{page.nodes}",
        f"{page.listeners}",
        f"{figures.get('waitingMs', 0):.0f}",
        f"{figures.get('underruns', 0):.0f}",
        f"{row.renderer:.0f}",
        f"{row.home_assistant:.0f}",
        f"{row.agent:.0f}",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


async def measure(folder: Path, version: str, minutes: int) -> list[Minute]:
    """Talk in a demo home with one version of Home Assistant; raises `HomeError`."""
    rows: list[Minute] = []

    def report(row: Minute) -> None:
        rows.append(row)
        print_row(row)

    async with (
        talk_home(folder / "home", version) as home,
        quiet_chromium(folder) as browser,
        frontend(browser, home, permissions=PERMISSIONS) as page,
    ):
        await hold(page, home, minutes, report)
    return rows


def main() -> int:
    """Measure, print and return the exit code: 1 if the page has grown or the talk has failed."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench talk",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home-assistant", choices=HOME_ASSISTANTS, default=HOME_ASSISTANTS[-1])
    parser.add_argument("--minutes", type=int, default=30)
    arguments = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    print(
        "| minute | turns | lost | page, MB of JavaScript | DOM nodes | listeners "
        "| player's queue, ms | underruns | renderer, MB | Home Assistant, MB | agent, MB |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    folder = ROOT / ".envs" / "bench-talk"
    folder.mkdir(exist_ok=True)
    try:
        rows = asyncio.run(measure(folder, arguments.home_assistant, arguments.minutes))
    except (HomeError, BrowserError, AssertionError, TimeoutError, aiohttp.ClientError) as error:
        print(f"bench: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    print(f"\nLoad of the machine at the end: {load_average()}.")
    if has_grown(rows):
        print("\nThe page has grown.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
