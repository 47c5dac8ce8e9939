"""The controls of a talk in Chromium besides speech: copy, scroll, start again."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Worker, expect

from benchmarks.talk import PERMISSIONS, TURN, Talker
from tests.harness.browser import PATIENCE, frontend, pictures, screenshot, speak
from tests.harness.home import Home
from tests.harness.options import change_options
from tests.harness.page_usage import watched
from tests.harness.proxy import Proxy
from tests.harness.talk_page import (
    LONG,
    TalkView,
    find_view,
    open_card,
    show_other_agent,
    talk_home,
)
from tests.harness.versions import FRONTENDS
from tests.recordings import RATE, REQUESTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

expect.set_options(timeout=PATIENCE)

TURN_ON_LAMP = REQUESTS["turn-on-lamp"].pcm
PAUSE = np.zeros(3 * RATE, np.int16)
LIST = "On your shopping list: Eggs, Bread."
ASK_LIST = "what is on my shopping list"
TALK_FILE = re.compile(r"/playai/frontend/.*/talk\.js")
AUDIO_FILES = re.compile(r"/playai/frontend/.*/(worker|\w+\.worklet)\.js")
HIDE_PAGE = """
Object.defineProperty(document, "visibilityState", { value: "hidden" });
document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FRONTENDS)
async def home(request, tmp_path_factory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("talk-controls") / "home"
    async with talk_home(folder, request.param) as home:
        yield home


async def test_long_pause_in_a_loud_room_while_the_button_is_held(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page, "Hold")
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Hold to speak")
        await view.button("Hold to speak").hover()
        await page.mouse.down()
        half = TURN_ON_LAMP.size // 2
        spoken = np.concatenate([TURN_ON_LAMP[:half], PAUSE, TURN_ON_LAMP[half:]])
        noise = np.random.default_rng(5).normal(0, 500, spoken.size)
        await speak(page, np.clip(spoken + noise, -32_768, 32_767).astype(np.int16))
        await page.mouse.up()
        await expect(view.answers).to_have_count(1)
        await expect(view.status).to_have_text("Hold to speak")
        await expect(view.questions).to_have_count(1)


async def test_other_views_show_the_mode_of_the_talk(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await page.get_by_role("tab", name="Hold").click()
        await expect(view.button("Interrupt")).to_be_visible()
        await expect(view.status).to_have_text("Listening")
        await view.button("End").click()
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Hold to speak")


async def test_button_is_released_when_the_focus_goes_or_the_page_is_hidden(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page, "Hold")
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Hold to speak")
        button = view.button("Hold to speak")
        await button.focus()
        await page.keyboard.down("Space")
        await expect(button).to_have_attribute("aria-pressed", "true")
        await view.button("Settings").focus()
        await expect(button).to_have_attribute("aria-pressed", "false")
        await page.keyboard.up("Space")
        await button.hover()
        await page.mouse.down()
        await expect(button).to_have_attribute("aria-pressed", "true")
        await view.button("Settings").focus()  # Safari takes the focus from pressed buttons.
        await expect(button).to_have_attribute("aria-pressed", "true")
        await page.evaluate(HIDE_PAGE)
        await expect(button).to_have_attribute("aria-pressed", "false")
        await page.mouse.up()


async def test_copies(home, browser):
    async with frontend(browser, home, permissions=PERMISSIONS) as page:
        view = await open_card(page)
        await view.start()
        await view.type(ASK_LIST)
        await expect(view.answers).to_have_text(LIST)
        await view.button("Settings").click()
        await view.button("Copy conversation").click()
        await expect(view.button("Copied")).to_be_visible()
        words = await page.evaluate("navigator.clipboard.readText()")
        assert words == f"You: {ASK_LIST}\nVoice agent: {LIST}"
        await view.place.locator("summary").click()
        await expect(view.place.get_by_text("To Home Assistant and back")).to_be_visible()
        await view.button("Copy diagnostics").click()
        await expect(view.button("Copied")).to_have_count(2)
        copied = await page.evaluate("navigator.clipboard.readText()")
        figures = json.loads(copied)
        assert figures["underruns"] >= 0
        assert 0 < figures["roundTripMs"] <= figures["slowestRoundTripMs"]
        assert "shopping" not in copied
        assert "Eggs" not in copied


async def test_older_words(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        newest = view.button("Newest words")
        log = view.place.get_by_role("log")
        for number in range(1, 7):
            await view.type(LONG)
            await expect(view.answers).to_have_count(number)
            await expect(view.answers.last).to_contain_text("the day and the night")
            await expect(newest).to_have_count(0)
            if number > 4:
                # Chromium scrolls step by step, while words are added.
                await log.focus()
                await page.keyboard.press("Home")
                await expect(newest).to_be_visible()
                handle = await log.element_handle()
                await page.wait_for_function("log => log.scrollTop === 0", arg=handle)
            if number == 5:
                await newest.click()
            await page.keyboard.press("Escape")
        await screenshot(page, "talk-older-words")
        await view.type(ASK_LIST)
        await expect(view.answers.last).to_have_text(LIST)
        assert await log.evaluate("log => log.scrollTop") == 0
        await newest.click()
        await expect(newest).to_have_count(0)
        await expect(view.answers.last).to_be_in_viewport()


async def test_new_conversations(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        breaks = view.place.get_by_text("New conversation", exact=True)
        await view.start()
        await view.type(ASK_LIST)
        await expect(view.answers).to_have_text(LIST)
        await view.button("Settings").click()
        await view.button("New conversation").click()
        await expect(view.button("Done")).to_be_visible()
        await view.button("Close settings").click()
        await expect(breaks).to_have_count(1)
        await view.type(ASK_LIST)
        await expect(view.answers).to_have_count(2)
        await screenshot(page, "talk-new-conversation")
        await view.button("End").click()
        await view.button("Settings").click()
        await view.button("New conversation").click()
        await expect(view.answers).to_have_count(0)


async def test_page_is_older_than_the_files_of_home_assistant(home, browser):
    async with frontend(browser, home) as page:
        await page.route(TALK_FILE, lambda route: route.fulfill(status=404))
        await page.goto("/talk-views/card")
        card = page.locator("playai-card")
        await expect(card).to_contain_text("Home Assistant was updated. Please reload this page.")
        await page.unroute(TALK_FILE)
        await card.get_by_role("button", name="Reload").click()
        view = await find_view(page, "playai-card-view")
        await page.route(AUDIO_FILES, lambda route: route.fulfill(status=404))
        await view.button("Talk").click()
        await expect(view.notice).to_contain_text("Home Assistant was updated")
        await expect(view.button("Reload")).to_be_visible()
        assert not await page.evaluate("testMicrophone.isOpen()")


async def test_nobody_speaks(home, browser):
    await change_options(home, advanced={"idle_timeout": 15})
    try:
        async with frontend(browser, home) as page:
            view = await open_card(page)
            await view.start()
            await expect(view.notice).to_have_text("The conversation ended because nobody spoke.")
            await expect(view.status).to_have_text("Tap to talk")
            await pictures(page, "talk-phase-ended")
            assert not await page.evaluate("testMicrophone.isOpen()")
    finally:
        await change_options(home, advanced={"idle_timeout": 60})


async def test_words_that_were_not_sent_are_kept(home, browser):
    async with Proxy(home.url) as proxy, frontend(browser, home, url=proxy.url) as page:
        view = await open_card(page)
        box = view.place.get_by_role("textbox", name="Message")
        await view.start()
        await view.button("Type").click()
        await box.fill("turn on the")
        await view.button("End").click()
        await view.start()
        await view.button("Type").click()
        await expect(box).to_have_value("turn on the")
        proxy.refuses = True
        proxy.cut()
        await expect(view.status).to_have_text("Reconnecting…")
        await box.fill("turn on the kitchen light")
        await box.press("Enter")
        await expect(box).to_have_value("turn on the kitchen light")
        proxy.refuses = False
        await expect(view.status).to_have_text("Listening")
        await box.press("Enter")
        await expect(view.answers).to_have_text("Turned on the light")
        await expect(box).to_have_value("")
        await expect(view.questions).to_have_count(1)


async def test_talk_ends_while_the_settings_are_open(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page)
        await view.start()
        await view.button("Settings").click()
        await view.button("Mute").click()
        await expect(view.button("Unmute")).to_be_visible()
        await view.button("End").click()
        await expect(view.button("End")).to_have_count(0)
        await expect(view.place.get_by_label("Volume")).to_be_visible()
        await view.button("Close settings").click()
        await expect(view.status).to_have_text("Tap to talk")


async def test_agent_does_not_know_the_language(home, browser):
    async with frontend(browser, home) as page:
        await page.add_init_script("""localStorage.selectedLanguage = '"de"'""")
        view = await open_card(page)
        await view.button("Sprechen").click()
        await expect(view.notice).to_contain_text("Sprich bitte Englisch.")
        await expect(view.status).to_have_text("Hört zu")
        await screenshot(page, "talk-other-language")
        await view.button("Ausblenden").click()
        await expect(view.notice).to_have_count(0)


async def test_microphone_is_open_only_during_the_turn(home, browser):
    async with frontend(browser, home) as page:
        view = await open_card(page, "Toggle")
        microphone = view.place.get_by_role("img")
        await view.button("Talk").click()
        await expect(view.status).to_have_text("Tap to speak")
        await expect(microphone).to_have_accessible_name("The microphone is ready")
        await screenshot(page, "talk-ready")
        await view.button("Tap to speak").click()
        await expect(microphone).to_have_accessible_name("The microphone is open")
        await view.button("Tap to speak").click()
        await expect(microphone).to_have_accessible_name("The microphone is ready")
        await page.get_by_role("tab", name="Other").click()
        pill = page.locator("playai-pill")
        await expect(pill).to_contain_text("Voice agent · The microphone is ready")
        await expect(pill.locator(".dot.ready")).to_be_visible()
        await screenshot(page, "talk-pill-ready")
        await show_other_agent(page)
        await expect(pill.locator(".dot.ready")).to_be_visible()


async def _end(workers: list[Worker]) -> None:
    """Wait until these running workers have ended."""
    running = set(workers)
    all_ended = asyncio.Event()

    def ended(worker: Worker) -> None:
        running.discard(worker)
        if not running:
            all_ended.set()

    for worker in workers:
        worker.once("close", ended)
    async with asyncio.timeout(PATIENCE / 1000):
        if running:
            await all_ended.wait()


CHURN = """async () => {
  const captions = document.createElement("playai-captions");
  captions.text = (key) => key;
  document.body.append(captions);
  const parts = [{ atMs: 0, text: "It is late." }];
  const sayings = [
    { kind: "user", text: "words", isFinal: true },
    { kind: "agent", parts, playedMs: 9, heard: "It is" },
    { kind: "tool", name: "HassTurnOn", arguments: { name: "lamp" }, status: "done" },
    { kind: "tool", name: "HassTurnOn", arguments: { name: "lamp" }, status: "running" },
    { kind: "confirm", name: "HassTurnOff", arguments: { name: "door" }, allow: true },
    { kind: "break" },
  ];
  const count = (node) => [...node.childNodes].reduce((sum, child) => sum + count(child), 1);
  const nodes = [];
  for (let round = 0; round < 12; round++) {
    // Other sayings each time, the same kinds in another order.
    captions.sayings = [...Array(24).keys()].map((id) =>
      ({ ...sayings[(id + round) % sayings.length], key: `${round}:${id}` }));
    await captions.updateComplete;
    nodes.push(count(captions.shadowRoot.querySelector(".captions")));
  }
  captions.remove();
  return nodes;
}"""


async def test_captions_that_go_leave_nothing_behind(home, browser):
    async with frontend(browser, home) as page:
        await open_card(page)
        await page.evaluate("customElements.whenDefined('playai-captions')")
        nodes = await page.evaluate(CHURN)
        assert len(set(nodes)) == 1


async def _talk_once(view: TalkView) -> None:
    await view.start()
    await view.type(ASK_LIST)
    await expect(view.answers).to_have_text(LIST)
    await view.button("End").click()
    await expect(view.status).to_have_text("Tap to talk")
    await view.button("Settings").click()
    await view.button("New conversation").click()
    await view.button("Close settings").click()
    await expect(view.answers).to_have_count(0)


async def test_talks_leave_nothing_behind(home, browser):
    async with frontend(browser, home) as page, watched(page) as watch:
        view = await open_card(page)
        for _ in range(2):
            await _talk_once(view)
        before = await watch.look()
        for _ in range(5):
            await _talk_once(view)
        await _end(page.workers)  # A moment after the talk.
        for _ in range(20):  # A busy browser frees a view some time after the talk.
            after = await watch.look()
            if after.listeners < before.listeners + 5 and after.nodes < before.nodes + 100:
                break
            await asyncio.sleep(1)
        else:
            raise AssertionError(f"{before} has become {after}")
        assert not page.workers


async def test_turns_of_the_benchmark_are_answered(home, browser):
    async with frontend(browser, home, permissions=PERMISSIONS) as page:
        view = await open_card(page)
        await view.start()
        talker = Talker(page, view)
        await talker.talk(3 * TURN, most=3)
        assert (talker.count, talker.lost) == (3, 0)
        assert (await talker.figures())["waitingMs"] == 0
        await view.type(ASK_LIST)  # The settings are closed again.
        await expect(view.answers.last).to_have_text(LIST)
