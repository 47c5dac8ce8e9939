"""The dialogs with which a person solves a problem of an agent, in a real Chromium."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import ErrorMessage
from custom_components.playai.agent.testing import Peer, ScriptedServer
from tests.harness import ROOT
from tests.harness.browser import PATIENCE, frontend, go
from tests.harness.home import Home
from tests.harness.own_agent import OwnAgent
from tests.harness.spoken_turn import ask
from tests.harness.stores import config_entries, pipelines
from tests.harness.versions import FRONTENDS
from tests.harness.wyoming import add_engines
from tests.recordings import REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

QUICK_HEALTH: Final = ROOT / "tests" / "harness" / "quick_health"
AGENT_ID: Final = "agent-1"
KEY: Final = "ak-right"
ENTRY: Final = "voice_agent"
APP_ENTRY: Final = "app_agent"
PIPELINE: Final = "pipeline_of_the_agent"
FEATURES: Final = AgentFeatures("Agent")
GONE: Final = "tts.gone"
INVALID_KEY: Final = 1001
UNKNOWN_AGENT: Final = 1002
NO_CREDITS: Final = 1005
TOO_MANY_CONNECTIONS: Final = 4429


@dataclass
class Agent:
    """An agent whose server can be stopped, or refuse each conversation."""

    server: ScriptedServer
    agent_id: str = AGENT_ID
    key: str = KEY
    refusal: int | None = None

    @classmethod
    async def start(cls) -> Agent:
        agent = cls(ScriptedServer(()))
        await agent.restart()
        return agent

    async def restart(self, port: int = 0) -> None:
        self.server = await ScriptedServer.start(self.talk, port=port, features=FEATURES)

    def refuse(self, code: int | None) -> None:
        """Refuse each conversation with an error before anything else; None: accept them."""
        self.refusal = code
        self.server.features = FEATURES if code is None else None

    async def talk(self, peer: Peer) -> None:
        """Refuse, or listen and say nothing."""
        code = self.refusal
        if peer.setup.api_key != self.key:
            code = INVALID_KEY
        elif peer.query["agentId"] != self.agent_id:
            code = UNKNOWN_AGENT
        if code is not None:
            await peer.send(ErrorMessage(code, "refused"))
            await peer.close()


def stores(url: str) -> list[dict[str, Any]]:
    """Return the files of a home that an earlier version has set up.

    The agent has a fallback voice that no longer exists, and its pipeline does not use local
    commands. Another agent belongs to an app.
    """
    data = {"url": url, "api_key": KEY, "agent_id": AGENT_ID, "output_format": "wav"}
    nobody = url.replace("127.0.0.1", "127.0.0.2")
    return [
        config_entries(
            {
                "domain": "playai",
                "entry_id": ENTRY,
                "title": "Voice agent",
                "unique_id": AGENT_ID,
                "data": {**data, "pipeline_id": PIPELINE},
                "options": {"speak_with": GONE},
            },
            {
                "domain": "playai",
                "entry_id": APP_ENTRY,
                "title": "App agent",
                "unique_id": "agent-2",
                "data": {**data, "url": nobody, "agent_id": "agent-2", "app": "a_playai_agent"},
                "options": {"speak_with": None},
            },
        ),
        pipelines(
            "home",
            {"id": "home", "name": "Home Assistant"},
            {
                "id": PIPELINE,
                "name": "Voice agent",
                "conversation_engine": "conversation.voice_agent",
                "stt_engine": "stt.voice_agent_microphone",
                "stt_language": "en",
                "tts_engine": "tts.voice_agent_voice",
                "tts_language": "en",
            },
        ),
    ]


@dataclass
class Place:
    """A running home, its agent, and a browser that shows it."""

    home: Home
    agent: Agent
    page: Page


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def place(request, tmp_path_factory, browser: Browser) -> AsyncIterator[Place]:
    agent = await Agent.start()
    async with (
        Home(
            tmp_path_factory.mktemp("repairs") / "home",
            hass=request.param,
            components=[QUICK_HEALTH],
            stores=stores(agent.server.url),
            agent=OwnAgent(agent.server.url, AGENT_ID, KEY, 0),
        ) as home,
        frontend(browser, home) as page,
    ):
        # The set-up may have begun before the limits were changed.
        await reload(home, APP_ENTRY)
        await add_engines(home)
        yield Place(home, agent, page)
    await agent.server.stop()


@pytest.fixture
def home(place: Place) -> Home:
    return place.home


@pytest.fixture
def agent(place: Place) -> Agent:
    return place.agent


@pytest.fixture
def page(place: Place) -> Page:
    return place.page


async def reload(home: Home, entry: str = ENTRY) -> None:
    await home.api.post(f"/api/config/config_entries/entry/{entry}/reload", {})


async def open_issue(page: Page, title: str, text: str) -> None:
    await go(page, "/config/repairs")
    await page.get_by_text(title).click()
    await page.get_by_text(text).wait_for()


async def submit(page: Page) -> None:
    await page.get_by_role("button", name="Submit").click()


async def finish(page: Page, title: str, button: str = "Finish") -> None:
    """Close the dialog; the issue is gone."""
    await page.get_by_role("button", name=button, exact=True).last.click()
    await expect(page.get_by_text(title)).to_have_count(0)


async def test_local_commands(home, page):
    title = "Voice agent does not use local commands"
    await open_issue(page, title, "Home Assistant can handle commands")
    await submit(page)
    await finish(page, title)
    found = await home.api.command("assist_pipeline/pipeline/get", pipeline_id=PIPELINE)
    assert found["prefer_local_intents"]


async def test_fallback_voice(home, page):
    title = "Voice agent has no fallback voice"
    await open_issue(page, title, "This agent can speak only its own answers.")
    await page.get_by_text("Select an entity").click()
    await page.locator("ha-combo-box-item").filter(has_text="Text-to-speech").click()
    await submit(page)
    await finish(page, title)


async def test_uninstalled_app(home, page):
    title = "The app of App agent was uninstalled"
    await open_issue(page, title, "Submit this form to delete the agent")
    await submit(page)
    await finish(page, title)
    entries = await home.api.command("config_entries/get", domain="playai")
    assert [entry["title"] for entry in entries] == ["Voice agent"]


async def test_no_credits(home, agent, page):
    title = "Voice agent has no credits left"
    agent.refuse(NO_CREDITS)
    await reload(home)
    await open_issue(page, title, "Add credits, then submit this form")
    await submit(page)
    await page.get_by_text("The account has no credits left.").wait_for()
    agent.refuse(None)
    await submit(page)
    await finish(page, title)


async def test_too_many_connections(home, agent, page):
    title = "Voice agent has too many open connections"
    agent.refuse(TOO_MANY_CONNECTIONS)
    pipeline = await home.find_pipeline("Voice agent")
    for _ in range(3):
        turn = await ask(home, pipeline, REQUESTS["turn-on-lamp"].pcm)
        assert "too many conversations" in turn.said
    await open_issue(page, title, "Close its conversations with other programs")
    await submit(page)
    await page.get_by_text("The server has too many open connections. Close one").wait_for()
    agent.refuse(None)
    await submit(page)
    await finish(page, title)


async def test_unreachable(home, agent, page):
    title = "Voice agent can't be reached"
    port = int(agent.server.url.split(":")[2].split("/")[0])
    await agent.server.stop()
    await open_issue(page, title, "There has been no connection to the agent for ten minutes.")
    await submit(page)
    await page.get_by_text("cannot be reached at this address").wait_for()
    await agent.restart(port)
    await submit(page)
    await finish(page, title)


async def test_unknown_agent(home, agent, page):
    title = "The server of Voice agent does not recognize its agent ID"
    agent.agent_id = "agent-3"
    await reload(home)
    await open_issue(page, title, "Submit this form to enter a different one.")
    await submit(page)
    box = page.get_by_role("textbox", name="Agent ID")
    await box.fill("agent-4")
    await submit(page)
    await page.get_by_text("The server does not recognize this agent ID.").wait_for()
    await box.fill("agent-3")
    await submit(page)
    await page.get_by_text("Reconfiguration was successful").wait_for()
    await finish(page, title, "Close")


async def test_deleted_pipeline(home, page):
    title = "Voice agent has no Assist pipeline"
    pipeline = await home.find_pipeline("Voice agent")
    await home.api.command("assist_pipeline/pipeline/delete", pipeline_id=pipeline)
    await reload(home)
    await open_issue(page, title, "no longer exists. Submit this form")
    await submit(page)
    await finish(page, title)
    assert await home.find_pipeline("Voice agent") != pipeline


async def test_another_key(home, agent, page):
    agent.key = "ak-new"
    await reload(home)
    await go(page, "/config/integrations/dashboard")
    card = page.locator("ha-config-flow-card").filter(has_text="Voice agent")
    await card.get_by_role("button", name="Reconfigure").click()
    await page.get_by_text("Voice agent does not accept its key.").wait_for()
    key = page.get_by_role("textbox", name="API key")
    await key.fill("ak-wrong")
    await submit(page)
    await page.get_by_text("The server does not accept this key.").wait_for()
    await key.fill("ak-new")
    await submit(page)
    await page.get_by_text("Re-authentication was successful").wait_for()
    await page.get_by_role("button", name="Close").last.click()
    await expect(card).to_have_count(0)
