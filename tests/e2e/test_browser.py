"""The agent in Home Assistant's frontend, in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.harness.browser import (
    as_wav,
    chromium,
    frontend,
    open_assist,
    screenshot,
    seconds_heard,
    wait_playing,
    wait_stopped,
)
from tests.harness.demo_home import demo_home
from tests.harness.home import Home
from tests.harness.options import change_options
from tests.harness.versions import FRONTENDS
from tests.recordings import RECORDINGS, REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

TURN_ON_LAMP = REQUESTS["turn-on-lamp"].pcm
BEST_OF_TIMES = next(each.pcm for each in RECORDINGS if each.name == "dickens-best")
LONG_ANSWER = "It is late. " + "This is a long answer about the day and the night. " * 15
LAMP = "light.living_room_lamp"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("browser") / "home"
    async with demo_home(folder, hass=request.param) as home:
        yield home


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory) -> AsyncIterator[Browser]:
    microphone = tmp_path_factory.mktemp("microphone") / "turn-on-lamp.wav"
    microphone.write_bytes(as_wav(TURN_ON_LAMP, lead=2.0))
    async with chromium(microphone) as browser:
        yield browser


async def state_of(home, entity_id) -> dict[str, Any]:
    states = await home.api.command("get_states")
    return next(state for state in states if state["entity_id"] == entity_id)


async def wait_state(home, entity_id, is_reached) -> None:
    async with asyncio.timeout(120):
        while True:
            if is_reached(await state_of(home, entity_id)):
                return
            await asyncio.sleep(0.1)


async def wait_on(home, light) -> None:
    await wait_state(home, light, lambda state: state["state"] == "on")


async def test_typed_questions(home, browser):
    async with frontend(browser, home) as page:
        dialog = await open_assist(page)
        await dialog.ask("turn on the kitchen light")
        await dialog.expect_answer("Turned on the light")
        await wait_on(home, "light.kitchen_light")
        await dialog.ask("what's on my shopping list")
        await dialog.expect_answer("On your shopping list: Eggs, Bread.")
        # Home Assistant does not understand this; the agent's own brain answers.
        await dialog.ask("what is the capital of France?")
        await dialog.expect_answer("The capital of France is Paris.")
        await screenshot(page, "assist-typed")


async def test_spoken_question(home, browser):
    await home.api.post("/api/services/light/turn_off", {"entity_id": LAMP})
    async with frontend(browser, home, has_test_microphone=False) as page:
        dialog = await open_assist(page)
        await dialog.start_listening()
        await dialog.expect_question("Turn on the living room lamp")
        await dialog.expect_answer("Turned on the light")
        await wait_on(home, LAMP)
        assert await wait_stopped(page) > 0.5
        await screenshot(page, "assist-spoken")


@pytest_asyncio.fixture(loop_scope="module")
async def default_options(home) -> AsyncIterator[None]:
    """Undo the change of an option in the home of all tests."""
    yield
    await change_options(home, keep_listening="when_asked")


@pytest.mark.usefixtures("default_options")
async def test_follow_up(home, browser):
    await home.api.post("/api/services/light/turn_off", {"entity_id": LAMP})
    async with frontend(browser, home) as page:
        await page.goto("/config/integrations/integration/playai")
        await page.get_by_role("button", name="Configure").first.click()
        always = page.get_by_role("radio", name="Always")
        await always.click()
        await always.evaluate("radio => radio.scrollIntoView({block: 'center'})")
        await screenshot(page, "options")
        await page.get_by_role("button", name="Submit").click()
        await page.get_by_role("button", name="Finish").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        dialog = await open_assist(page)
        await dialog.start_listening()
        # Not a local command: Home Assistant does not keep listening after those.
        await dialog.speak_until_closed(BEST_OF_TIMES)
        # Without words there is no answer, and nothing to follow up.
        await dialog.expect_earlier_question("best of times")
        # Nobody presses a button now: the dialog listens after the answer.
        await dialog.speak(TURN_ON_LAMP)
        await dialog.expect_answer("Turned on the light")
        await wait_on(home, LAMP)


async def test_try_voice(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/config/voice-assistants/assistants")
        await page.get_by_role("button", name="Voice agent").first.click()
        await page.get_by_role("button", name="Try voice").click()
        await page.get_by_role("button", name="Play").wait_for()
        await screenshot(page, "try-voice")
        await page.get_by_role("button", name="Play").click()
        assert await wait_stopped(page) > 1.0


async def test_end_conversation(home, browser):
    automation = {
        "alias": "Long answer",
        "triggers": [{"trigger": "conversation", "command": ["what time is it"]}],
        "actions": [{"set_conversation_response": LONG_ANSWER}],
    }
    await home.api.post("/api/config/automation/config/long_answer", automation)
    async with frontend(browser, home) as page:
        dialog = await open_assist(page)
        await dialog.start_listening()
        await dialog.speak(REQUESTS["what-time"].pcm)
        await wait_playing(page, seconds=1)
        button = {"entity_id": "button.voice_agent_end_conversation"}
        await home.api.post("/api/services/button/press", button)
        before = await seconds_heard(page)
        # The browser plays the audio that it has received, usually 2 s. The answer takes 40 s.
        heard = await wait_stopped(page) - before
        assert heard < 10
