"""A button that the user holds to talk."""

import asyncio
from functools import partial

import pytest

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import Handled, Hold
from custom_components.playai.talk import page_microphone
from custom_components.playai.talk.page_microphone import PageMicrophone
from custom_components.playai.talk.talk_button import PAUSE_BYTES, TalkButton
from tests.agent.talk import AE, E, N, S, speech, until, voice

from .talking import HELLO, answers_at_length, greets_back, waits

QUIET = b"\xff" * 320
LOUD = voice(0.02)
SOFT = 0xFE
"""A byte of audio that is quieter than a voice."""

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"hold"}))


class Heard:
    """A call whose agent does not know the button."""

    knows_button = False

    def __init__(self):
        self.heard = asyncio.Queue()
        self.holds = []

    def hear(self, mulaw):
        self.heard.put_nowait(mulaw)

    def hold(self, *, is_held):
        self.holds.append(is_held)


# An agent that does not know the button.


async def test_button_is_held_to_talk(browse, servers):
    browser = await browse(greets_back)
    page = await browser.talk()
    await page.send("mode", value="hold")
    await page.speak(0.3, 0x33)
    await page.send("hold", on=True)
    await page.speak(0.3)
    await page.send("hold", on=False)
    await page.speak(0.2, 0x33)
    await page.wait("reply_end")
    assert 0x33 not in servers[-1].peers[-1].voice
    await page.send("mode", value="open")
    await page.speak(0.3, 0x44)
    await page.wait("reply_end", 2)


async def test_button_interrupts(browse):
    browser = await browse(answers_at_length)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: 1 in page.audio)
    await page.send("mode", value="hold")
    await page.send("hold", on=True)
    assert (await page.wait("flush"))["reply"] == 1


def test_long_pause_is_not_heard_while_the_button_is_held():
    button = TalkButton()
    hear = partial(button.hear, is_known=False)
    assert hear(LOUD) == QUIET
    button.press(is_held=True)
    assert hear(LOUD) == LOUD
    heard = b"".join(hear(QUIET) for _ in range(150))
    assert heard == b"\xff" * PAUSE_BYTES
    assert hear(LOUD) == LOUD
    assert hear(QUIET) == QUIET
    assert hear(b"") == b""
    button.press(is_held=False)
    assert hear(LOUD) == QUIET


@pytest.mark.parametrize("is_known", [True, False])
async def test_press_counts_for_a_minute(hass, is_known):
    call = Heard()
    call.knows_button = is_known
    microphone = PageMicrophone(hass, call)
    microphone.has_button = True
    for _ in range(2):
        microphone.hold(is_held=True)
        for _ in range(60 * 50):
            microphone.push(LOUD)
            assert call.heard.get_nowait() == LOUD
        for _ in range(60 * 50 + 1):
            microphone.push(LOUD)
            assert call.heard.get_nowait() == QUIET
    assert call.holds == [True, False] * 2


async def test_silence_in_place_of_a_stalled_microphone_waits_for_the_button(hass, monkeypatch):
    monkeypatch.setattr(page_microphone, "STALLED_SECONDS", 0)
    call = Heard()
    microphone = PageMicrophone(hass, call)
    ticks = 0

    def tick():
        nonlocal ticks
        ticks += 1
        microphone.hold(is_held=ticks < 3)
        return True

    keeping = asyncio.create_task(microphone.keep_time(tick))
    async with asyncio.timeout(30):
        assert set(await call.heard.get()) == {0xFF}
    keeping.cancel()
    assert ticks >= 3


# An agent that knows it.


async def held(browse, servers, script=waits):
    """Begin a talk in which the user holds the button."""
    browser = await browse(script, features=FEATURES)
    page = await browser.talk()
    await page.send("mode", value="hold")
    await page.send("hold", on=True)
    await until(lambda: servers and servers[-1].peers)
    peer = servers[-1].peers[-1]
    await page.speak(0.1)
    await peer.receive(Hold)
    return browser, page, peer


async def released(peer, number=2):
    """Wait for the release."""
    assert await peer.receive(Hold, number) == Hold(is_held=False)


async def test_agent_hears_each_pause_and_the_release(browse, servers):
    async def script(peer):
        await released(peer)
        await peer.send(S, E, HELLO, N, speech(0.5), AE)
        await peer.closed.wait()

    _, page, peer = await held(browse, servers, script)
    await page.speak(3, SOFT)
    await page.speak(0.1)
    await page.send("hold", on=False)
    await page.speak(0.5)
    await page.wait("reply_end")
    assert len(peer.voice) == 3.2 * 16_000
    assert peer.received(Hold) == [Hold(is_held=True), Hold(is_held=False)]
    assert [message["text"] for message in page.of("heard")] == ["Hello."]


async def test_button_without_words(browse, servers):
    _, page, peer = await held(browse, servers)
    await page.send("hold", on=False)
    await page.speak(0.2)
    await released(peer)
    assert page.of("error") == page.of("heard") == []


async def test_agent_is_told_nothing_that_it_does_not_know(browse, servers):
    browser = await browse(greets_back, features=AgentFeatures("Agent", ("en",), frozenset()))
    page = await browser.talk()
    await page.send("mode", value="hold")
    await page.send("hold", on=True)
    await page.speak(0.3)
    await page.send("hold", on=False)
    await page.speak(0.1)
    await page.wait("reply_end")
    assert servers[-1].peers[-1].received(Hold) == []


async def test_mute_releases_and_drops_the_turn(browse, servers):
    async def script(peer):
        await peer.receive(Hold)
        await peer.send(S)
        await released(peer)
        await peer.send(E)
        await peer.receive(Handled)
        await peer.receive(Hold, 3)
        await peer.send(S, E, HELLO, N, speech(0.2), AE)
        await peer.closed.wait()

    _, page, peer = await held(browse, servers, script)
    await page.phase("hearing")
    await page.send("mute", on=True)
    await page.speak(0.2)
    await page.phase("listening")
    await page.send("mute", on=False)
    await page.speak(0.2)
    await peer.receive(Handled)
    assert len(peer.received(Hold)) == 2
    await page.send("hold", on=True)
    await page.speak(0.2)
    await page.wait("reply_end")
    assert page.of("error") == []


async def test_mode_without_a_button_releases(browse, servers):
    _, page, peer = await held(browse, servers)
    await page.send("mode", value="open")
    await page.speak(0.2)
    await released(peer)


async def test_lost_page_releases_and_another_one_may_hold(browse, servers):
    browser, page, peer = await held(browse, servers)
    await page.stop()
    await released(peer)
    other = await browser.connect(page.of("ready")[-1]["resume"]["path"])
    await other.hello(resume={"n": 0, "reply": 0, "samples": 0})
    await other.wait("ready")
    await other.send("hold", on=True)
    await other.speak(0.1)
    assert await peer.receive(Hold, 3) == Hold(is_held=True)


async def test_page_that_replaces_its_lost_socket_does_not_hold_the_button(browse, servers):
    browser, page, peer = await held(browse, servers)
    other = await browser.connect(page.of("ready")[-1]["resume"]["path"])
    await other.hello(resume={"n": 0, "reply": 0, "samples": 0})
    await other.wait("ready")
    await other.speak(0.1)
    await released(peer)


async def test_second_page_has_its_own_button(browse, servers):
    browser, _, peer = await held(browse, servers)
    page = await browser.talk()
    await page.phase("listening")
    await page.speak(0.2)
    await until(lambda: servers[-1].peers[-1].voice)
    assert servers[-1].peers[-1].received(Hold) == []
    assert peer.received(Hold) == [Hold(is_held=True)]


async def test_new_conversation_knows_the_button(browse, servers):
    _, page, peer = await held(browse, servers)
    await page.send("again")
    await page.wait("restarted")
    await peer.closed.wait()
    await until(lambda: servers[-1].peers[-1] is not peer)
    await page.speak(0.1)
    assert await servers[-1].peers[-1].receive(Hold) == Hold(is_held=True)
    await page.send("hold", on=False)
    await page.speak(0.1)
    await released(servers[-1].peers[-1])


async def test_talk_that_ends_while_the_button_is_held(browse, servers):
    _, page, peer = await held(browse, servers)
    await page.send("bye")
    assert await page.closed() == 4000
    await peer.closed.wait()
    assert page.of("error") == []
