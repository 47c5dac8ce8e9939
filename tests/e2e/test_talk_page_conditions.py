"""A talk in Chromium under difficult conditions, and for people who do not use a mouse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness.browser import PATIENCE, frontend, screenshot, speak
from tests.harness.home import Home
from tests.harness.proxy import Proxy
from tests.harness.talk_page import (
    AXE,
    LONG,
    LONG_ANSWER,
    RECORDER,
    find_view,
    open_card,
    played,
    sent_audio,
    tab_to,
    talk_home,
    violations,
)
from tests.harness.versions import FRONTENDS
from tests.recordings import REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

TURN_ON_LAMP = REQUESTS["turn-on-lamp"].pcm
HARNESS = Path(__file__).parents[1] / "harness"
BLOCKED_SOUND = HARNESS / "blocked_sound.js"
BUSY_STATES = HARNESS / "busy_states"
LOG_IN_ID = """async () => {
  const { hass } = document.querySelector("home-assistant");
  const tokens = await hass.callWS({ type: "auth/refresh_tokens" });
  return tokens.find((token) => token.is_current).id;
}"""
BLOCK_PAGE = """() => setInterval(() => {
  const end = performance.now() + 300;
  while (performance.now() < end);
}, 700)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("talk-conditions") / "home"
    async with talk_home(folder, request.param, [BUSY_STATES]) as home:
        yield home


@asynccontextmanager
async def busy_states(home: Home) -> AsyncIterator[None]:
    """Change 1500 states a second, or as many as Home Assistant can."""
    await home.api.post("/api/services/busy_states/start", {})
    try:
        yield
    finally:
        await home.api.post("/api/services/busy_states/stop", {})


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run scripts/frontend --tools")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_accessibility(home, browser, scheme):
    async with frontend(browser, home) as page:
        await page.emulate_media(color_scheme=scheme)
        view = await open_card(page)
        await page.evaluate(AXE.read_text("utf-8"))
        assert await violations(view) == []
        await screenshot(page, f"talk-idle-{scheme}")
        await view.start()
        assert await violations(view) == []
        await screenshot(page, f"talk-listening-{scheme}")
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await screenshot(page, f"talk-speaking-{scheme}")
        assert await violations(view) == []
        await page.keyboard.press("Escape")
        await expect(view.unheard).to_contain_text("the day and the night")
        await view.button("Mute").click()
        await expect(view.status).to_have_text("Muted")
        assert await violations(view) == []
        await screenshot(page, f"talk-muted-{scheme}")
        await view.button("Settings").click()
        await view.place.locator("summary").click()
        assert await violations(view) == []
        await screenshot(page, f"talk-settings-{scheme}")
        await view.button("Close settings").click()
        await view.button("Enlarge").click()
        dialog = await find_view(page, "playai-dialog")
        assert await violations(dialog) == []
        await page.set_viewport_size({"width": 360, "height": 640})
        assert await violations(dialog) == []
        await screenshot(page, f"talk-dialog-narrow-{scheme}")


async def test_keyboard_only(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/playai")
        view = await find_view(page, "playai-panel-view")
        await tab_to(page, view.button("Talk"))
        await page.keyboard.press("Enter")
        await expect(view.status).to_have_text("Listening")
        await tab_to(page, view.button("Type"))
        await page.keyboard.press("Enter")
        await expect(view.place.get_by_role("textbox", name="Message")).to_be_focused()
        await page.keyboard.type(LONG)
        await page.keyboard.press("Enter")
        await expect(view.answers).to_contain_text("It is late")
        await page.keyboard.press("Escape")
        await expect(view.unheard).to_contain_text("the day and the night")
        await tab_to(page, view.button("Settings"))
        await page.keyboard.press("Enter")
        settings = view.place.get_by_role("group", name="Settings")
        await expect(settings).to_be_focused()
        await expect(view.place.locator(".talk")).to_have_js_property("inert", True)
        await tab_to(page, view.place.get_by_label("Volume"))
        await page.keyboard.press("Escape")
        await expect(settings).to_have_count(0)
        await expect(view.button("Settings")).to_be_focused()
        await tab_to(page, view.button("End"))
        await page.keyboard.press("Space")
        await expect(view.status).to_have_text("Tap to talk")


async def test_held_with_the_space_bar(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page, "Hold")
        await tab_to(page, view.button("Talk"))
        await page.keyboard.press("Enter")
        await expect(view.status).to_have_text("Hold to speak")
        await page.keyboard.down("Space")
        await speak(page, TURN_ON_LAMP)
        await page.keyboard.up("Space")
        await view.expect_question("turn on the living room lamp")
        await expect(view.answers).to_have_text("Turned on the light")


async def test_toggle(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page, "Toggle")
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Tap to speak")
        button = view.button("Tap to speak")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")
        await expect(view.place).to_contain_text("Tap when you are done")
        await speak(page, TURN_ON_LAMP)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "false")
        await expect(view.answers).to_have_text("Turned on the light")
        await expect(view.questions).to_have_count(1)


async def test_blocked_sound(home, browser):
    async with frontend(browser, home) as page:
        await page.add_init_script(path=BLOCKED_SOUND)
        view = await open_card(page)
        await view.button("Talk").click()
        await expect(view.button("Tap to hear")).to_be_visible()
        await view.button("Tap to hear").click()
        await expect(view.notice).to_have_count(0)
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")


async def test_outage(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        proxy.refuses = True
        proxy.cut()
        # The page tries at once, and then every second: it is away for three.
        await proxy.wait_opened(5)
        await expect(view.status).to_have_text("Reconnecting…")
        await screenshot(page, "talk-reconnecting")
        proxy.refuses = False
        await expect(view.answers).to_have_text(LONG_ANSWER.strip())
        await view.type("turn on the kitchen light")
        await expect(view.answers.last).to_have_text("Turned on the light")
        await expect(view.answers).to_have_count(2)


async def test_revoked_login(home, browser):
    # The frontend would leave the page at its next connection.
    async with (
        Proxy(home.url, "/api/websocket") as proxy,
        frontend(browser, home, url=proxy.url) as page,
    ):
        view = await open_card(page)
        await view.start()
        login = await page.evaluate(LOG_IN_ID)
        proxy.refuses = True
        await home.api.command("auth/delete_refresh_token", refresh_token_id=login)
        await expect(view.notice).to_contain_text("You have been logged out")
        await expect(view.status).to_have_text("Tap to talk")
        await screenshot(page, "talk-logged-out")


async def test_busy_page(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        await page.add_init_script(path=RECORDER)
        view = await open_card(page)
        await view.start()
        await page.wait_for_function("window.testRecorder")
        await page.evaluate(BLOCK_PAGE)
        async with busy_states(home):
            await view.type("what is on my shopping list")
            await expect(view.answers).to_have_text("On your shopping list: Eggs, Bread.")
            await expect(view.status).to_have_text("Listening")
        heard, sent = await played(page), sent_audio(bytes(proxy.received), 1)
        assert sent.size > 24_000
        np.testing.assert_array_equal(heard[heard != 0], sent[sent != 0])
