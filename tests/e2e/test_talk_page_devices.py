"""Microphones and speakers of a talk in Chromium, which come and go, and its echo meter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness import ROOT
from tests.harness.browser import LEAD, PATIENCE, frontend, screenshot, speak
from tests.harness.home import Home
from tests.harness.talk_page import AXE, TalkView, open_card, talk_home, violations
from tests.harness.versions import FRONTENDS
from tests.recordings import RATE, REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

HARNESS = ROOT / "tests" / "harness"
TURN_ON_LAMP = REQUESTS["turn-on-lamp"].pcm


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("talk-devices") / "home"
    async with talk_home(folder, request.param) as home:
        yield home


@asynccontextmanager
async def card(home: Home, browser: Browser, script: str) -> AsyncIterator[tuple[Page, TalkView]]:
    """Show a card in a page with a script of the harness."""
    async with frontend(browser, home) as page:
        await page.add_init_script(path=HARNESS / script)
        yield page, await open_card(page)


@asynccontextmanager
async def middle_of_sentence(page: Page) -> AsyncIterator[None]:
    """Speak; the block runs after about a third of the sentence."""
    speaking = asyncio.create_task(speak(page, TURN_ON_LAMP))
    await page.wait_for_function("testMicrophone.isSpeaking")
    await asyncio.sleep(LEAD + TURN_ON_LAMP.size / RATE / 3)
    yield
    await speaking


def microphone(view: TalkView) -> Locator:
    return view.place.get_by_role("combobox", name="Microphone")


async def test_microphone_is_unplugged_while_the_user_speaks(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        await view.start()
        async with middle_of_sentence(page):
            await page.evaluate("testDevices.plug({ microphones: ['Headset'] })")
        await expect(view.notice).to_have_text(
            "The microphone was disconnected. Headset is used now."
        )
        await screenshot(page, "talk-microphone-replaced")
        await expect(view.answers).to_have_text("Turned on the light")
        assert await page.evaluate("testDevices.open()") == ["Headset"]


async def test_microphone_is_chosen_while_the_user_speaks(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        await view.start()
        await view.button("Settings").click()
        await expect(microphone(view)).to_have_value("")
        async with middle_of_sentence(page):
            await microphone(view).select_option("Headset")
        await view.expect_question("turn on the living room lamp")
        await expect(view.answers).to_have_text("Turned on the light")
        assert await page.evaluate("testDevices.open()") == ["Headset"]
        again = await open_card(page)
        await again.start()
        assert await page.evaluate("testDevices.open()") == ["Headset"]


async def test_last_microphone_is_unplugged(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        await view.start()
        await page.evaluate("testDevices.plug({ microphones: [] })")
        await expect(view.notice).to_contain_text("there is no other one")
        await expect(view.status).to_have_text("No microphone")
        await screenshot(page, "talk-no-microphone")
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")
        await page.evaluate("testDevices.plug({ microphones: ['Headset'] })")
        await expect(view.notice).to_contain_text("Headset is used now")
        await expect(view.status).to_have_text("Listening")
        await speak(page, TURN_ON_LAMP)
        await expect(view.questions).to_have_count(2)


async def test_microphone_is_muted_by_the_system(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        await view.start()
        await page.evaluate("testDevices.mute(true)")
        await expect(view.notice).to_contain_text("has muted the microphone")
        await page.evaluate("testDevices.mute(false)")
        await expect(view.notice).to_have_count(0)


async def test_speaker_is_unplugged(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        await view.button("Settings").click()
        speaker = view.place.get_by_role("combobox", name="Speaker")
        await speaker.select_option("Headset")
        await view.button("Close settings").click()
        await view.start()
        await page.wait_for_function("testDevices.speaker === 'Headset'")
        await page.evaluate("testDevices.plug({ speakers: ['Built-in'] })")
        await expect(view.notice).to_contain_text("The default one is used")
        assert not await page.evaluate("testDevices.speaker")
        await view.button("Settings").click()
        await expect(speaker.locator("option:checked")).to_have_text("Headset (not connected)")
        await page.evaluate("testDevices.plug({ speakers: ['Built-in', 'Headset'] })")
        await page.wait_for_function("testDevices.speaker === 'Headset'")
        await expect(view.notice).to_have_count(0)


async def test_microphone_is_switched_off(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        indicator = view.place.get_by_role("img", name="The microphone is open")
        await view.start()
        await expect(indicator).to_be_visible()
        await view.button("Settings").click()
        await view.button("Switch the microphone off").click()
        await page.wait_for_function("testDevices.open().length === 0")
        await expect(indicator).to_have_count(0)
        await view.button("Close settings").click()
        await expect(view.status).to_have_text("Microphone off")
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")
        await page.get_by_role("tab", name="Other").click()
        pill = page.locator("playai-pill")
        await expect(pill.locator(".dot.off")).to_be_visible()
        await pill.get_by_role("button", name="Unmute").click()
        await page.wait_for_function("testDevices.open().length === 1")
        await speak(page, TURN_ON_LAMP)
        await page.get_by_role("tab", name="Card").click()
        await expect(view.questions).to_have_count(2)


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ({"plain": 0, "cancelled": 0}, "The microphone does not hear the speaker"),
        ({"plain": 0.3, "cancelled": 0.001}, "cancels the echo well enough"),
        ({"plain": 0.3, "cancelled": 0.02}, "Some echo is left"),
        ({"plain": 0.3, "cancelled": 0.3}, "The echo is too loud"),
    ],
)
async def test_echo_meter(home, browser, gains, verdict):
    async with card(home, browser, "echo.js") as (page, view):
        await page.evaluate("gains => Object.assign(testEcho, gains)", gains)
        await view.button("Settings").click()
        await view.place.locator("summary").click()
        await view.button("Test the echo").click()
        await expect(view.place.get_by_role("status")).to_contain_text("You will hear chirps")
        await expect(view.place.get_by_role("status")).to_contain_text(verdict)
        await expect(view.button("Test the echo")).to_be_enabled()
        await screenshot(page, "talk-echo")


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run scripts/frontend --tools")
async def test_accessibility_of_the_settings(home, browser):
    async with card(home, browser, "devices.js") as (page, view):
        await page.evaluate(AXE.read_text("utf-8"))
        await view.button("Settings").click()
        await view.place.locator("summary").click()
        assert await violations(view) == []
        await view.button("Close settings").click()
        await view.start()
        await page.evaluate("testDevices.plug({ microphones: [] })")
        await expect(view.status).to_have_text("No microphone")
        await view.button("Settings").click()
        assert await violations(view) == []
