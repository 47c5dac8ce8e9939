"""A talk in Home Assistant's frontend, in a real Chromium, with the real agent."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness.browser import PATIENCE, frontend, screenshot, speak
from tests.harness.home import Home
from tests.harness.proxy import Proxy
from tests.harness.talk_page import (
    AGENT,
    LONG,
    LONG_ANSWER,
    RECORDER,
    find_view,
    open_card,
    played,
    sent_audio,
    spoken_audio,
    talk_home,
)
from tests.harness.versions import FRONTENDS
from tests.recordings import REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

RECORD_WORDS = """view => {
  const captions = view.shadowRoot.querySelector("playai-captions").shadowRoot;
  window.testWords = [];
  new MutationObserver(() => {
    const last = [...captions.querySelectorAll("p.user")].at(-1);
    const said = captions.querySelector("[aria-live=polite]").textContent;
    if (last) testWords.push([last.textContent, last.matches(".partial"), said]);
  }).observe(captions, { childList: true, subtree: true, characterData: true, attributes: true });
}"""
NEW_CARDS = """agent => {
  const { hass } = document.querySelector("home-assistant");
  const card = window.customCards.find(({ type }) => type === "playai-card");
  const stub = customElements.get("playai-card").getStubConfig(hass);
  return [stub, card.getEntitySuggestion(hass, agent).config];
}"""
TURN_ON_LAMP = REQUESTS["turn-on-lamp"].pcm
LAMP = "light.living_room_lamp"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("talk-page") / "home"
    async with talk_home(folder, request.param) as home:
        yield home


@asynccontextmanager
async def agent_at(home: Home, url: str) -> AsyncIterator[None]:
    """Let the integration reach the agent at another address."""
    await reconfigure(home, url)
    try:
        yield
    finally:
        await reconfigure(home, home.agent.url)


async def reconfigure(home: Home, url: str) -> None:
    (entry,) = await home.api.command("config_entries/get", domain="playai")
    path = "/api/config/config_entries/flow"
    form = await home.api.post(path, {"handler": "playai", "entry_id": entry["entry_id"]})
    data = {"url": url, "agent_id": home.agent.agent_id, "output_format": "wav"}
    done = await home.api.post(f"{path}/{form['flow_id']}", data)
    assert done.get("reason") == "reconfigure_successful", done
    # Home Assistant reloads the entry after its answer; this waits for that, and reloads once more.
    await home.api.post("/api/services/homeassistant/reload_config_entry", {"entity_id": AGENT})


async def is_on(home, entity_id) -> bool:
    states = await home.api.command("get_states")
    return any(each["entity_id"] == entity_id and each["state"] == "on" for each in states)


async def test_spoken_turn(home, browser):
    await home.api.post("/api/services/light/turn_off", {"entity_id": LAMP})
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await screenshot(page, "talk-card-idle")
        await view.start()
        await speak(page, TURN_ON_LAMP)
        await view.expect_question("turn on the living room lamp")
        await expect(view.actions).to_contain_text("Turn on · Living room lamp")
        await expect(view.answers).to_have_text("Turned on the light")
        assert await is_on(home, LAMP)
        await expect(view.status).to_have_text("Listening")
        await screenshot(page, "talk-card")
        await view.button("End").click()
        await expect(view.status).to_have_text("Tap to talk")


async def test_words_are_shown_while_the_user_speaks(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.type("turn on the kitchen light")  # Only then are there captions.
        await expect(view.answers).to_have_text("Turned on the light")
        await view.place.evaluate(RECORD_WORDS)
        for turns in range(2, 5):
            await expect(view.status).to_have_text("Listening")
            await speak(page, TURN_ON_LAMP)
            await expect(view.answers.nth(turns - 1)).to_be_visible()
            await expect(view.place.locator("p.user.partial")).to_have_count(0)
            recorded = await page.evaluate("testWords")
            partial = {text for text, is_partial, _ in recorded if is_partial}
            if partial:
                break
        else:
            pytest.skip("this machine is too slow for words in a pause")
        aloud = {said for _, is_partial, said in recorded if is_partial}
        assert not aloud & {f"You: {text}" for text in partial}, (
            "screen readers get whole sentences"
        )


async def test_interrupted_by_voice(home, browser):
    await home.api.post("/api/services/light/turn_off", {"entity_id": LAMP})
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await speak(page, TURN_ON_LAMP)
        await expect(view.unheard).to_contain_text("the day and the night")
        await expect(view.answers.last).to_have_text("Turned on the light")
        assert await is_on(home, LAMP)


async def test_interrupted_by_key(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await page.keyboard.press("Escape")
        await expect(view.unheard).to_contain_text("the day and the night")
        await expect(view.status).to_have_text("Listening")


async def test_interrupted_by_tap(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await view.button("Interrupt").click()
        await expect(view.unheard).to_contain_text("the day and the night")
        await view.type("turn on the kitchen light")
        await expect(view.answers.last).to_have_text("Turned on the light")


async def test_new_conversation(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await view.button("Settings").click()
        await screenshot(page, "talk-settings")
        await view.button("New conversation").click()
        await view.button("Close settings").click()
        await expect(view.unheard).to_contain_text("the day and the night")
        await view.type("turn on the kitchen light")
        await expect(view.answers.last).to_have_text("Turned on the light")


async def test_hold_to_speak(home, browser):
    await home.api.post("/api/services/light/turn_off", {"entity_id": LAMP})
    async with frontend(browser, home) as page:
        view = await open_card(page, "Hold")
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Hold to speak")
        await view.button("Hold to speak").hover()
        await page.mouse.down()
        await speak(page, TURN_ON_LAMP)
        await page.mouse.up()
        await expect(view.answers).to_have_text("Turned on the light")
        assert await is_on(home, LAMP)


async def test_mute(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.button("Mute").click()
        await expect(view.status).to_have_text("Muted")
        assert not await page.evaluate("testMicrophone.isOpen()")
        await view.button("Unmute").click()
        await expect(view.status).to_have_text("Listening")
        await speak(page, TURN_ON_LAMP)
        await expect(view.answers).to_have_text("Turned on the light")


async def test_dialog_and_other_views(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/talk-views/tile")
        await page.locator("playai-feature-view").get_by_role("button").click()
        view = await find_view(page, "playai-dialog")
        await expect(view.status).to_have_text("Listening")
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await screenshot(page, "talk-dialog")
        # Words are selected with a movement that ends outside of the dialog.
        await view.answers.hover()
        await page.mouse.down()
        await page.mouse.move(5, 5)
        await page.mouse.up()
        await expect(view.button("Close")).to_be_visible()
        await page.mouse.click(5, 5)
        await expect(page.locator("playai-dialog")).to_have_count(0)
        await page.get_by_role("tab", name="Other").click()
        pill = page.locator("playai-pill")
        await expect(pill).to_contain_text("Voice agent · Speaking")
        await screenshot(page, "talk-pill")
        await pill.get_by_role("button", name=re.compile("Voice agent")).click()
        view = await find_view(page, "playai-dialog")
        await expect(view.answers).to_contain_text("It is late")
        await view.button("End").click()
        await view.button("Close").click()
        await expect(pill.get_by_role("button")).to_have_count(0)


async def test_page(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/playai")
        view = await find_view(page, "playai-panel-view")
        await view.start()
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size({"width": 400, "height": 760})
        await expect(view.status).to_be_visible()
        await screenshot(page, "talk-page-narrow")


async def test_lost_connection(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        proxy.cut()
        await expect(view.answers).to_have_text(LONG_ANSWER.strip())
        assert proxy.count >= 2
        await view.type("turn on the kitchen light")
        await expect(view.answers.last).to_have_text("Turned on the light")


async def test_agent_is_reloaded(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        view = await open_card(page)
        await view.start()
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")
        await home.api.post("/api/services/homeassistant/reload_config_entry", {"entity_id": AGENT})
        await proxy.wait_opened(2)
        await expect(view.status).to_have_text("Listening")
        await view.type("turn off the kitchen light")
        await expect(view.answers.last).to_have_text("Turned off the light")
        await expect(view.answers).to_have_count(2)


async def test_right_to_left(home, browser):
    async with frontend(browser, home) as page:
        await page.add_init_script("""localStorage.selectedLanguage = '"he"'""")
        view = await open_card(page)
        await view.start()
        await view.button("Enlarge").click()
        dialog = await find_view(page, "playai-dialog")
        await dialog.type("turn on the kitchen light")
        await expect(dialog.answers).to_have_text("Turned on the light")
        question = await dialog.questions.bounding_box()
        answer = await dialog.answers.bounding_box()
        assert question is not None
        assert answer is not None
        assert question["x"] < answer["x"]
        await screenshot(page, "talk-right-to-left")


async def test_answer_is_heard_as_it_was_sent(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        await page.add_init_script(path=RECORDER)
        view = await open_card(page)
        await view.start()
        await page.wait_for_function("window.testRecorder")
        await view.type("what is on my shopping list")
        await expect(view.answers).to_have_text("On your shopping list: Eggs, Bread.")
        await expect(view.status).to_have_text("Listening")
        heard, sent = await played(page), sent_audio(bytes(proxy.received), 1)
        # A busy machine may play late, which inserts silence and loses nothing.
        assert sent.size > 24_000
        np.testing.assert_array_equal(heard[heard != 0], sent[sent != 0])


async def test_agent_is_heard_as_it_has_spoken(home, browser):
    async with (
        Proxy(home.agent.url, "/") as proxy,
        agent_at(home, proxy.url.replace("http", "ws")),
        frontend(browser, home) as page,
    ):
        await page.add_init_script(path=RECORDER)
        view = await open_card(page)
        await view.start()
        await page.wait_for_function("window.testRecorder")
        await view.type("what is on my shopping list")
        await expect(view.answers).to_have_text("On your shopping list: Eggs, Bread.")
        await expect(view.status).to_have_text("Listening")
        heard, spoken = await played(page), spoken_audio(bytes(proxy.received))
        assert spoken.size > 24_000
        np.testing.assert_array_equal(heard[heard != 0], spoken[spoken != 0])


async def test_nothing_is_heard_after_an_interruption(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        await page.add_init_script(path=RECORDER)
        view = await open_card(page)
        await view.start()
        await page.wait_for_function("window.testRecorder")
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        await page.keyboard.press("Escape")
        await expect(view.unheard).to_contain_text("the day and the night")
        before = await played(page)
        await view.type("turn on the kitchen light")
        await expect(view.answers.last).to_have_text("Turned on the light")
        await expect(view.status).to_have_text("Listening")
        after = (await played(page))[before.size :]
        answer = sent_audio(bytes(proxy.received), 2)
        np.testing.assert_array_equal(after[after != 0], answer[answer != 0])


async def test_refused_websocket(home, browser):
    await home.api.post("/api/services/light/turn_off", {"entity_id": LAMP})
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        proxy.refuses = True
        view = await open_card(page)
        await view.start()
        assert proxy.count == 2
        await speak(page, TURN_ON_LAMP)
        await view.expect_question("turn on the living room lamp")
        await expect(view.answers).to_have_text("Turned on the light")
        assert await is_on(home, LAMP)
        await expect(view.status).to_have_text("Listening")  # The first answer was heard.
        await view.type(LONG)
        await expect(view.answers.last).to_contain_text("It is late")
        await speak(page, TURN_ON_LAMP)
        await expect(view.unheard).to_contain_text("the day and the night")
        await expect(view.answers.last).to_have_text("Turned on the light")
        await view.button("Settings").click()
        await view.place.locator("summary").click()
        figures = view.place.locator("dl")
        await expect(figures).to_contain_text("ConnectionHome Assistant")
        await expect(figures).to_contain_text(re.compile(r"To Home Assistant and back\d+ ms"))
        await screenshot(page, "talk-refused-websocket")
        await view.button("Close settings").click()
        await view.button("End").click()
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Listening")
        assert proxy.count == 2, "a proxy that has refused sockets is not asked again"


async def test_refused_websocket_and_lost_connection(home, browser):
    # Both ways of a talk: its own address, and that of the frontend.
    async with (
        Proxy(home.url) as outer,
        Proxy(outer.url, "/api/websocket") as proxy,
        frontend(browser, home, url=proxy.url) as page,
    ):
        outer.refuses = True
        view = await open_card(page)
        await view.start()
        await view.type(LONG)
        await expect(view.answers).to_contain_text("It is late")
        opened = proxy.count
        proxy.cut()
        await proxy.wait_opened(opened + 1)
        await expect(view.answers).to_have_text(LONG_ANSWER.strip())
        await view.type("turn on the kitchen light")
        await expect(view.answers.last).to_have_text("Turned on the light")


async def test_denied_microphone(home, browser):
    async with frontend(browser, home, has_test_microphone=False, permissions=[]) as page:
        view = await open_card(page)
        await view.button("Talk").click()
        await expect(view.notice).to_contain_text("The microphone is not allowed")
        await view.button("Type instead").click()
        await expect(view.status).to_have_text("Type a message")
        await view.type("turn on the kitchen light")
        await expect(view.answers).to_have_text("Turned on the light")


async def test_card_is_suggested(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/talk-views/other?edit=1")
        await page.get_by_role("button", name="Add card").click()
        await page.get_by_placeholder("Search entities").fill("Voice agent")
        await page.get_by_text("Conversation", exact=True).last.click()
        view = await find_view(page, "playai-card-view")
        await expect(view.status).to_have_text("Tap to talk")
        await expect(view.button("Talk")).to_be_disabled()
        await screenshot(page, "talk-suggested")


async def test_editor_shows_that_the_microphone_stays_open(home, browser):
    async with frontend(browser, home) as page:
        await page.goto("/talk-views/card?edit=1")
        await page.get_by_role("button", name="Edit", exact=True).first.click()
        await expect(page.get_by_text("How you speak")).to_be_visible()
        hint = page.get_by_text("If nothing is chosen, the microphone stays open.")
        await expect(hint).to_be_visible()
        for config in await page.evaluate(NEW_CARDS, AGENT):
            assert config["agent"] == AGENT
            assert config["mode"] == "open"


async def test_two_pages(home, browser):
    async with frontend(browser, home) as one, frontend(browser, home) as other:
        first, second = await open_card(one), await open_card(other)
        await first.start()
        await second.start()
        await first.type(LONG)
        await second.type("turn on the kitchen light")
        await expect(second.answers).to_have_text("Turned on the light")
        await expect(first.answers).to_contain_text("It is late")
        await first.button("End").click()
        await expect(second.status).to_have_text("Listening")
        await expect(second.questions).to_have_count(1)
