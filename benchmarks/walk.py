"""Times each step of a new user from nothing to the first spoken answer, and counts their inputs.

    scripts/bench walk [--new] [--pictures FOLDER]

Four walks: the demo; the agent on a computer whose address is typed, and one that is discovered;
and the agent of an app. All but the demo use a Home Assistant that knows nothing of the agent but
has the integration, in a real Chromium. The person of the walk needs no time to read or decide.

With --new, the first two walks begin with a clone of the repository, so that the first start also
downloads and installs. With --pictures, the page is saved after each step.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Locator, Page

from benchmarks.usage import machine
from tests.harness import ROOT
from tests.harness.announced import LOOPBACK_ZEROCONF, start_announced, start_app
from tests.harness.browser import frontend, speak, wait_playing
from tests.harness.home import Home, HomeError
from tests.harness.own_agent import OwnAgent, read_identity
from tests.harness.supervisor import NAME, TOKEN, fake_supervisor
from tests.harness.talk_page import quiet_chromium
from tests.recordings import REQUESTS

WALKS: Final = ("demo", "computer", "network", "app")
CLONES: Final = ("demo", "computer")
"""The walks that begin with a clone of the repository."""

_QUESTION: Final = REQUESTS["what-time"]
_NOBODY: Final = OwnAgent("", "", "", 0)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a walk, with counts of the person's inputs."""

    walk: str
    what: str
    seconds: float
    commands: int = 0
    clicks: int = 0
    fields: int = 0


class Walk:
    """Counts a person's inputs, and measures the time."""

    def __init__(self, name: str, pictures: Path | None) -> None:
        self.steps: list[Step] = []
        self._name = name
        self._pictures = pictures
        self._page: Page | None = None
        self.begin()

    def begin(self) -> None:
        """Begin a step."""
        self._commands = self._clicks = self._fields = 0
        self._since = time.perf_counter()

    def sit_down(self, page: Page) -> None:
        """Use a page from now on."""
        self._page = page
        self.begin()

    def command(self) -> None:
        """Enter a command."""
        self._commands += 1

    async def click(self, target: Locator) -> None:
        """Click something."""
        self._clicks += 1
        await target.click()

    async def fill(self, target: Locator, text: str) -> None:
        """Type a text, or paste it."""
        self._fields += 1
        await target.fill(text)

    async def end_step(self, what: str) -> None:
        """End a step."""
        seconds = time.perf_counter() - self._since
        counts = (self._commands, self._clicks, self._fields)
        self.steps.append(Step(self._name, what, seconds, *counts))
        if self._pictures is not None and self._page is not None:
            path = self._pictures / f"{self._name}-{len(self.steps)}.png"
            await self._page.screenshot(path=path)
        self.begin()


async def walk_demo(walk: Walk, copy: Path, folder: Path) -> None:
    """Speak a request at the demo home."""
    walk.command()
    await _run(copy / "scripts" / "demo", "--folder", str(folder / "demo"))
    await walk.end_step("`scripts/demo` saves the answer")


async def walk_computer(walk: Walk, browser: Browser, copy: Path, folder: Path) -> None:
    """Enter the address and key that the agent prints."""
    async with _home(folder / "home", browser) as (home, page):
        walk.begin()
        walk.command()
        agent = await _start_agent(home, copy)
        await walk.end_step("`scripts/agent` prints its address")
        walk.sit_down(page)
        await _open_integrations(walk, page)
        await walk.click(page.get_by_role("button", name="Add integration"))
        await walk.fill(page.get_by_placeholder("Search for a brand name"), "PlayAI")
        await walk.click(page.get_by_text("PlayAI Voice Agent"))
        await page.get_by_role("textbox", name="API key").wait_for()
        await walk.end_step("the form is found")
        for name, text in (
            ("Address", agent.url),
            ("API key", agent.key),
            ("Agent ID", agent.agent_id),
        ):
            await walk.fill(page.get_by_role("textbox", name=name), text)
        await _submit(walk, page)
        await _talk(walk, page)


async def walk_network(walk: Walk, browser: Browser, folder: Path) -> None:
    """Enter the key of an agent that is discovered."""
    async with _home(folder / "home", browser, components=[LOOPBACK_ZEROCONF]) as (home, page):
        walk.begin()
        walk.command()
        agent = await start_announced(home, folder)
        await walk.end_step("the agent starts")
        walk.sit_down(page)
        await _open_integrations(walk, page)
        await _add_discovered(walk, page, agent.agent_id)
        await walk.end_step("the form is found")
        await walk.fill(page.get_by_role("textbox", name="API key"), agent.key)
        await _submit(walk, page)
        await _talk(walk, page)


async def walk_app(walk: Walk, browser: Browser, folder: Path) -> None:
    """Confirm the agent of an app."""
    async with fake_supervisor() as supervisor:
        variables = {"SUPERVISOR": supervisor.host, "SUPERVISOR_TOKEN": TOKEN}
        async with _home(folder / "home", browser, environment=variables) as (home, page):
            walk.begin()
            await start_app(home, supervisor, folder)
            await walk.end_step("the app starts")
            walk.sit_down(page)
            await _open_integrations(walk, page)
            await _add_discovered(walk, page, NAME)
            await walk.end_step("the form is found")
            await _submit(walk, page)
            await _talk(walk, page)


async def _open_integrations(walk: Walk, page: Page) -> None:
    await walk.click(page.get_by_role("link", name="Settings"))
    await walk.click(page.get_by_role("link", name="Devices & services"))
    await page.get_by_role("button", name="Add integration").wait_for()


async def _add_discovered(walk: Walk, page: Page, name: str) -> None:
    card = page.locator("ha-config-flow-card").filter(has_text=name)
    await walk.click(card.get_by_role("button", name="Add"))
    await page.get_by_role("button", name="Submit").wait_for()


async def _submit(walk: Walk, page: Page) -> None:
    await walk.click(page.get_by_role("button", name="Submit"))
    await page.get_by_text("Home Assistant now has a voice assistant").wait_for()
    await walk.end_step("the form is submitted, and the assistant exists")


async def _talk(walk: Walk, page: Page) -> None:
    """Ask the new assistant, which is not the preferred one."""
    await walk.click(page.get_by_role("button", name="Skip and finish"))
    await walk.click(page.get_by_role("link", name="Overview"))
    await walk.click(page.get_by_role("button", name="Assist (A)"))
    await walk.click(page.get_by_role("button", name="Home Assistant", exact=True))
    await walk.click(page.get_by_role("menuitem", name="Voice agent"))
    await walk.click(page.get_by_role("button", name="Start listening"))
    await page.wait_for_function("testMicrophone.isOpen()")
    await walk.end_step("Assist listens")
    await speak(page, _QUESTION.pcm)
    await wait_playing(page)
    await walk.end_step(f"“{_QUESTION.words}” is said, and the answer begins")


@asynccontextmanager
async def _home(
    folder: Path,
    browser: Browser,
    *,
    components: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[tuple[Home, Page]]:
    """Run a Home Assistant that knows no agent; yield it, and a page with its dashboard."""
    async with (
        Home(folder, agent=_NOBODY, components=components, environment=environment) as home,
        frontend(browser, home) as page,
    ):
        await page.goto("/")
        await page.get_by_role("button", name="Assist (A)").wait_for()
        yield home, page


async def _start_agent(home: Home, copy: Path) -> OwnAgent:
    state = home.folder / "state"
    process = await home.start(
        copy / "scripts" / "agent",
        *("--port", "0", "--state-dir", str(state)),
        log=home.folder / "agent.log",
        stdout=asyncio.subprocess.PIPE,
    )
    url = await process.stdout.readline() if process.stdout is not None else b""
    if not url:
        raise HomeError(f"the agent did not start, see {home.folder / 'agent.log'}")
    return read_identity(url.decode().strip(), state / "identity.json", process.pid)


async def _run(*command: Path | str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise HomeError(f"{command[0]} failed")


async def measure(folder: Path, *, is_new: bool, pictures: Path | None) -> list[Step]:
    """Take the walks, one after the other."""
    steps: list[Step] = []
    async with quiet_chromium(folder) as browser:
        for name in WALKS:
            walk = Walk(name, pictures)
            place = folder / name
            place.mkdir()
            copy = await _clone(walk, place) if is_new and name in CLONES else ROOT
            match name:
                case "demo":
                    await walk_demo(walk, copy, place)
                case "computer":
                    await walk_computer(walk, browser, copy, place)
                case "network":
                    await walk_network(walk, browser, place)
                case "app":
                    await walk_app(walk, browser, place)
            steps += walk.steps
    return steps


async def _clone(walk: Walk, folder: Path) -> Path:
    walk.command()
    await _run("git", "clone", "--quiet", str(ROOT), str(folder / "copy"))
    await walk.end_step("`git clone`")
    return folder / "copy"


def print_table(steps: Sequence[Step]) -> None:
    """Print the steps, and the sum of each walk."""
    print("| walk | step | s | commands | clicks | typed fields |\n|---|---|--:|--:|--:|--:|")
    for name in WALKS:
        own = [step for step in steps if step.walk == name]
        for step in own:
            _print_row(step)
        _print_row(
            Step(
                name,
                "**all**",
                sum(step.seconds for step in own),
                sum(step.commands for step in own),
                sum(step.clicks for step in own),
                sum(step.fields for step in own),
            )
        )


def _print_row(step: Step) -> None:
    counts = " | ".join(str(each or "") for each in (step.commands, step.clicks, step.fields))
    print(f"| {step.walk} | {step.what} | {step.seconds:.1f} | {counts} |")


def main() -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench walk", description=__doc__)
    parser.add_argument("--new", action="store_true", help="with the installation")
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each step")
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    print(machine(os.process_cpu_count() or 1), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), is_new=arguments.new, pictures=arguments.pictures)
        print_table(asyncio.run(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
