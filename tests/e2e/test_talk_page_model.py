"""A language model of the home answers in a talk in Chromium, and asks before it opens a door."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness import ROOT
from tests.harness.browser import PATIENCE, frontend, pictures, speak
from tests.harness.home import Home
from tests.harness.models.answering import add_ollama, answer_with
from tests.harness.models.scripted import MODEL, ModelRequest, ScriptedModel, ToolCall
from tests.harness.talk_page import (
    AXE,
    TalkView,
    open_card,
    talk_home,
    violations,
)
from tests.harness.versions import FRONTENDS
from tests.recordings import RECORDINGS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

DOOR = "lock.front_door"
SLOW_USERS = ROOT / "tests" / "harness" / "slow_users"
STORY = "Once upon a time, there was a small lamp in a kitchen. " * 8
HOLD_MICROPHONE = """() => {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia;
  const released = new Promise((resolve) => (window.releaseMicrophone = resolve));
  mediaDevices.getUserMedia = async (...options) => (await released, open(...options));
}"""
SPEECH = max((recording.pcm for recording in RECORDINGS), key=len)


@dataclass
class Butler:
    """Opens the door if the user asks for it; otherwise tells a story once `may_tell` is set."""

    may_tell: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: ModelRequest) -> AsyncGenerator[str | ToolCall]:
        if request.tool_results:
            yield "Done." if '"error":false' in request.tool_results[-1] else "I did not do it."
        elif "door" in request.question:
            names = [tool["function"]["name"] for tool in request.body["tools"]]
            [turn_off] = [name for name in names if name.endswith("HassTurnOff")]
            yield ToolCall(turn_off, {"name": "Front door", "domain": ["lock"]})
        else:
            await self.may_tell.wait()
            yield STORY


@pytest.fixture(scope="module")
def butler() -> Butler:
    return Butler()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory, butler) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("talk-model") / "home"
    async with (
        ScriptedModel(butler.answer) as model,
        talk_home(folder, request.param, [SLOW_USERS]) as home,
    ):
        await answer_with(home, await add_ollama(home, model.url, MODEL, api="playai_assist"))
        yield home


@asynccontextmanager
async def locked_door(home: Home, browser: Browser) -> AsyncIterator[tuple[Page, TalkView]]:
    """Ask for the door to be opened; the card asks back."""
    await home.api.post("/api/services/lock/lock", {"entity_id": DOOR})
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.type("open the door")
        await expect(question(view)).to_contain_text("May the agent do this? Unlock · Front door")
        await expect(view.answers).to_contain_text("Should I unlock Front door?")
        yield page, view


def question(view: TalkView) -> Locator:
    return view.place.get_by_role("alertdialog")


async def is_locked(home: Home) -> bool:
    states = await home.api.command("get_states")
    return any(each["entity_id"] == DOOR and each["state"] == "locked" for each in states)


async def test_door_stays_locked_if_the_user_does_not_allow_it(home, browser):
    async with locked_door(home, browser) as (page, view):
        await pictures(page, "talk-question")
        await view.button("Don't allow").click()
        await expect(question(view)).to_have_count(0)
        await expect(view.answers.last).to_contain_text("I did not do it.")
        assert await is_locked(home)


async def test_door_is_opened_if_the_user_allows_it_with_a_key(home, browser):
    async with locked_door(home, browser) as (page, view):
        for name in ("Don't allow", "Allow"):  # From the box of the message backwards.
            await page.keyboard.press("Shift+Tab")
            await expect(view.button(name)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(view.answers.last).to_contain_text("Done.")
        assert not await is_locked(home)


async def test_typed_yes_opens_the_door(home, browser):
    async with locked_door(home, browser) as (_, view):
        await view.type("yes, please")
        await expect(view.answers.last).to_contain_text("Done.")
        assert not await is_locked(home)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run scripts/frontend --tools")
async def test_accessibility_of_the_question(home, browser):
    async with locked_door(home, browser) as (page, view):
        await page.evaluate(AXE.read_text("utf-8"))
        assert await violations(view) == []


async def test_phases(home, browser, butler):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await pictures(page, "talk-phase-idle")
        await page.evaluate(HOLD_MICROPHONE)
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Connecting…")
        await pictures(page, "talk-phase-connecting")
        await page.evaluate("releaseMicrophone()")
        await expect(view.status).to_have_text("Listening")
        await pictures(page, "talk-phase-listening")
        butler.may_tell.clear()
        async with repeating(page):
            await expect(view.status).to_have_text("Hearing you")
            await pictures(page, "talk-phase-hearing")
        await expect(view.status).to_have_text("Thinking…")
        await pictures(page, "talk-phase-thinking")
        butler.may_tell.set()
        await expect(view.status).to_have_text("Speaking")
        await pictures(page, "talk-phase-speaking")


@asynccontextmanager
async def repeating(page: Page) -> AsyncIterator[None]:
    """Speak for as long as the block takes, and to the end of the sentence."""
    is_over = asyncio.Event()

    async def talk() -> None:
        while not is_over.is_set():
            await speak(page, SPEECH)

    talking = asyncio.create_task(talk())
    try:
        yield
    finally:
        is_over.set()
        await talking
