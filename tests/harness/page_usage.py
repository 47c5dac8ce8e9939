"""Memory, nodes and listeners of a page of the frontend, measured by Chromium's own tools.

async with watched(page) as watch:
    before = await watch.look()
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import CDPSession, Page

_MEGABYTE: Final = 1e6
_COLLECTIONS: Final = 3
"""An object that a collection frees may keep others alive until the next one."""


@dataclass(frozen=True, slots=True)
class PageUsage:
    """Usage of a page after a garbage collection."""

    heap: float
    """Megabytes of JavaScript in the page."""

    nodes: int
    """Nodes of the DOM, also those that are not shown."""

    listeners: int
    """Listeners of events."""


class PageWatch:
    """Looks at one page; `watched` creates it."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self._page = page
        self._session = session

    async def look(self) -> PageUsage:
        """Collect garbage and measure."""
        for _ in range(_COLLECTIONS):
            await self._session.send("HeapProfiler.collectGarbage")
        found = await self._session.send("Performance.getMetrics")
        values = {each["name"]: each["value"] for each in found["metrics"]}
        return PageUsage(
            values["JSHeapUsedSize"] / _MEGABYTE,
            round(values["Nodes"]),
            round(values["JSEventListeners"]),
        )

    async def renderer(self) -> float:
        """Return the anonymous megabytes of Chromium's largest process for pages."""
        browser = self._page.context.browser
        assert browser is not None
        session = await browser.new_browser_cdp_session()
        try:
            found: dict[str, Any] = await session.send("SystemInfo.getProcessInfo")
        finally:
            await session.detach()
        return max(
            anonymous(each["id"]) for each in found["processInfo"] if each["type"] == "renderer"
        )


@asynccontextmanager
async def watched(page: Page) -> AsyncIterator[PageWatch]:
    """Watch a page."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    try:
        yield PageWatch(page, session)
    finally:
        await session.detach()


def anonymous(pid: int) -> float:
    """Return the megabytes of a process in memory that are not of a file."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024 / _MEGABYTE
    return 0.0
