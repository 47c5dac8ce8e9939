"""Agents that Home Assistant discovers are set up in its frontend, in a real Chromium."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness.announced import LOOPBACK_ZEROCONF, start_announced, start_app
from tests.harness.browser import PATIENCE, frontend, go
from tests.harness.devices import agent_device
from tests.harness.home import Home
from tests.harness.supervisor import NAME, TOKEN, fake_supervisor
from tests.harness.talk_page import quiet_chromium
from tests.harness.versions import FRONTENDS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

DASHBOARD = "/config/integrations/dashboard"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory) -> AsyncIterator[Browser]:
    async with quiet_chromium(tmp_path_factory.mktemp("microphone")) as browser:
        yield browser


def discovered(page: Page, name: str) -> Locator:
    """The card of something that was discovered."""
    return page.locator("ha-config-flow-card").filter(has_text=name)


async def expect_agent(page: Page, home: Home) -> None:
    """The agent is set up, and its device has entities."""
    await page.get_by_text("Home Assistant now has a voice assistant").wait_for()
    await page.get_by_role("button", name="Skip and finish").click()
    await go(page, "/config/voice-assistants/assistants")
    await page.get_by_role("button", name="Voice agent").wait_for()
    # Not through the page of the integration: it was seen without entries for two minutes, when
    # the entry of the fake Supervisor changed as the page opened.
    await go(page, f"/config/devices/device/{await agent_device(home)}")
    await page.get_by_text("Response time", exact=True).wait_for()


@pytest.mark.parametrize("hass", FRONTENDS)
async def test_app(tmp_path, browser, hass):
    """One click, and nothing to enter."""
    async with (
        fake_supervisor() as supervisor,
        Home(
            tmp_path / "home",
            hass=hass,
            environment={"SUPERVISOR": supervisor.host, "SUPERVISOR_TOKEN": TOKEN},
        ) as home,
        frontend(browser, home) as page,
    ):
        await go(page, DASHBOARD)
        agent = await start_app(home, supervisor, tmp_path)
        await discovered(page, NAME).get_by_role("button", name="Add").click()
        await page.get_by_text("runs a voice agent. Do you want to use it").wait_for()
        await expect(page.get_by_role("textbox", name="API key")).to_have_count(0)
        await page.get_by_role("button", name="Submit").click()
        await expect_agent(page, home)
        await go(page, DASHBOARD)
        await page.get_by_text("PlayAI Voice Agent").first.wait_for()
        await expect(discovered(page, NAME)).to_have_count(0)
        assert agent.key not in await page.content()


@pytest.mark.parametrize("hass", FRONTENDS)
async def test_agent_in_the_network(tmp_path, browser, hass):
    """The announcement of the real server has everything but the key."""
    async with (
        Home(tmp_path / "home", hass=hass, components=[LOOPBACK_ZEROCONF]) as home,
        frontend(browser, home) as page,
    ):
        await go(page, DASHBOARD)
        agent = await start_announced(home, tmp_path)
        card = discovered(page, agent.agent_id)
        await expect(card).to_contain_text("127.0.0.1")
        await card.get_by_role("button", name="Add").click()
        await page.get_by_text("was discovered at").wait_for()
        key = page.get_by_role("textbox", name="API key")
        await key.fill("wrong")
        await page.get_by_role("button", name="Submit").click()
        await page.get_by_text("The server does not accept this key.").wait_for()
        await key.fill(agent.key)
        await page.get_by_role("button", name="Submit").click()
        await expect_agent(page, home)
        await go(page, DASHBOARD)
        await page.get_by_text("PlayAI Voice Agent").first.wait_for()
        await expect(discovered(page, agent.agent_id)).to_have_count(0)
