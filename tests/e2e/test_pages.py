"""The pages of Home Assistant that show the agent, in a real Chromium."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.harness.browser import PATIENCE, as_wav, chromium, frontend, go, screenshot
from tests.harness.demo_home import demo_home
from tests.harness.devices import agent_device
from tests.harness.home import Home
from tests.harness.ports import free_port
from tests.harness.talk_page import AGENT, add_dashboard, find_view, open_card
from tests.harness.versions import FRONTENDS
from tests.recordings import REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

PHONE = {"width": 390, "height": 844}
PATH = "/v1/agent-conversation"
ENTITIES = ("Activity", "Speaking", "Status", "Voice activity", "Last error", "Response time")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("pages") / "home"
    async with demo_home(folder, hass=request.param) as home:
        await add_dashboard(home)
        yield home


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory) -> AsyncIterator[Browser]:
    microphone = tmp_path_factory.mktemp("microphone") / "silence.wav"
    microphone.write_bytes(as_wav(REQUESTS["turn-on-lamp"].pcm[:0], lead=1.0))
    async with chromium(microphone) as browser:
        yield browser


class AgentForm:
    """The form in which a person adds an agent."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def submit(self, *, address: str, agent_id: str, key: str) -> None:
        for name, value in (("Address", address), ("Agent ID", agent_id), ("API key", key)):
            await self._page.get_by_role("textbox", name=name).fill(value)
        await self._page.get_by_role("button", name="Submit").click()

    async def expect_error(self, text: str) -> None:
        await expect(self._page.get_by_text(text)).to_be_visible()


@pytest.mark.parametrize("hass", FRONTENDS)
async def test_add_agent(tmp_path, browser, hass):
    async with Home(tmp_path / "home", hass=hass) as home, frontend(browser, home) as page:
        await page.goto("/config/integrations/dashboard")
        await page.get_by_role("button", name="Add integration").click()
        await page.get_by_placeholder("Search for a brand name").fill("PlayAI")
        await page.get_by_text("PlayAI Voice Agent").click()
        form = AgentForm(page)
        right = {"address": home.agent.url, "agent_id": home.agent.agent_id, "key": home.agent.key}
        await form.submit(**right | {"address": "192.168.1.5:8765"})
        await form.expect_error("The address must start with ws:// or wss://.")
        await form.submit(**right | {"address": f"ws://127.0.0.1:{free_port()}{PATH}"})
        await form.expect_error("cannot be reached at this address (Connection refused)")
        await form.submit(**right | {"address": f"ws://127.0.0.1:{home.port}{PATH}"})
        await form.expect_error("The server at this address is not a voice agent")
        await form.submit(**right | {"agent_id": "agent-of-nobody"})
        await form.expect_error("The server does not recognize this agent ID.")
        await form.submit(**right | {"key": "wrong"})
        await form.expect_error("The server does not accept this key.")
        await form.submit(**right)
        await page.get_by_text("Name and assign").wait_for()
        await page.get_by_text("Home Assistant now has a voice assistant").wait_for()
        await page.get_by_role("button", name="Skip and finish").click()
        await go(page, "/config/voice-assistants/assistants")
        await page.get_by_role("button", name="Voice agent").wait_for()
        await open_device(page)
        for name in ENTITIES:
            await expect(page.get_by_text(name, exact=True).first).to_be_visible()
        await expect(page.get_by_role("button", name="Press")).to_be_visible()
        await screenshot(page, "device")


async def open_device(page: Page) -> None:
    await go(page, "/config/integrations/integration/playai")
    await page.locator("ha-config-entry-device-row").first.click()
    await page.get_by_text("Response time", exact=True).wait_for()


async def test_editor_finds_trigger(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/config/automation/edit/new")
        await page.get_by_role("button", name="Add trigger").first.click()
        await page.get_by_placeholder("Search").last.fill("reply finished")
        await page.get_by_text("Triggers when an agent has spoken its whole reply.").click()
        row = page.locator("ha-automation-trigger-row")
        await expect(row).to_contain_text("Reply finished")


async def test_logbook_of_the_device(home, browser):
    """Both on the page of the device and in the logbook, where a device means its entities."""
    question = {"agent_id": AGENT, "text": "what is the capital of France?"}
    await home.api.post("/api/services/conversation/process", question)
    line = "“what is the capital of France?” → “The capital of France is Paris.”"
    async with frontend(browser, home) as page:
        await open_device(page)
        await page.get_by_text(line).first.wait_for()
        await page.goto(f"/logbook?device_id={await agent_device(home)}")
        await page.get_by_text(line).first.wait_for()
        await page.goto(f"/logbook?entity_id={AGENT}")
        await page.get_by_text(line).first.wait_for()


async def test_editor_counts_targets(home, browser):
    target = {"device_id": [await agent_device(home)]}
    automation = {
        "alias": "After a reply",
        "triggers": [{"trigger": "playai.reply_finished", "target": target}],
        "conditions": [
            {
                "condition": "playai.agent_is_speaking",
                "target": target,
                "options": {"behavior": "any"},
            }
        ],
        "actions": [],
    }
    await home.api.post("/api/config/automation/config/after_a_reply", automation)
    async with frontend(browser, home) as page:
        await page.goto("/config/automation/edit/after_a_reply")
        trigger = page.locator("ha-automation-trigger-row")
        await expect(trigger).to_contain_text("Reply finished")
        # The device has twelve entities; one of them has the events, one is on while it speaks.
        await expect(trigger).to_contain_text("Voice agent (1)")
        condition = page.locator("ha-automation-condition-row")
        await expect(condition).to_contain_text("Agent is speaking")
        await expect(condition).to_contain_text("Voice agent (1)")


async def fits(page: Page) -> bool:
    """Return whether nothing is wider than the screen."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def lightness(page: Page, element: str, style: str) -> float:
    """Return how light a colour of an element is, from 0 to 255."""
    colour = await page.locator(element).first.evaluate(f"each => getComputedStyle(each).{style}")
    parts = [float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(parts) / 3


async def test_page_on_a_dark_phone(home, browser):
    async with frontend(browser, home) as page:
        await page.set_viewport_size(PHONE)
        await page.emulate_media(color_scheme="dark")
        await page.goto("/playai")
        view = await find_view(page, "playai-panel-view")
        assert await fits(page)
        assert await lightness(page, "playai-panel-view", "backgroundColor") < 64
        assert await lightness(page, "playai-conversation", "color") > 192
        # The settings leave their own button free.
        await view.button("Settings").click()
        microphones = page.get_by_role("combobox", name="Microphone")
        await expect(microphones).to_be_visible()
        await view.button("Close settings").click()
        await expect(microphones).to_have_count(0)
        await view.start()
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")
        await expect(page.get_by_role("button", name="Sidebar toggle")).to_be_visible()
        await screenshot(page, "talk-phone")


async def test_card_on_a_dark_phone(home, browser):
    async with frontend(browser, home) as page:
        await page.set_viewport_size(PHONE)
        await page.emulate_media(color_scheme="dark")
        view = await open_card(page)
        assert await fits(page)
        assert await lightness(page, "playai-conversation", "color") > 192
        await view.start()
        await view.button("Enlarge").click()
        dialog = await find_view(page, "playai-dialog")
        await expect(dialog.status).to_have_text("Listening")
        await dialog.button("Settings").click()
        await dialog.button("Close settings").click()
        await dialog.button("Close").click()
        await view.button("End").click()


async def test_device_on_a_phone(home, browser):
    async with frontend(browser, home) as page:
        await page.set_viewport_size(PHONE)
        await open_device(page)
        assert await fits(page)
