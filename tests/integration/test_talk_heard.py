"""How much of the agent a page has heard: the server and the home's conversation agent know."""

import pytest
from homeassistant.components.conversation import AssistantContent, ChatLog, UserContent

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.agent.messages import AgentTranscript, Ask, Played
from custom_components.playai.assist.chat import async_cut_answer
from tests.agent.talk import N, S, speech, until

from .agents import hear_out
from .other_engines import StreamingAgent, set_up
from .talking import HELLO, waits

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"say", "userText", "played"}))


def peer_of(servers):
    """The server's side of the latest conversation."""
    return servers[-1].peers[-1]


async def test_position_of_the_page_reaches_the_agent(browse, servers):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, N, speech(20, 100))
        await peer.receive(Played)
        await peer.send(S)
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 48_000)
    await page.send("played", reply=1, ms=500)
    await page.wait("flush")
    await page.send("flushed", reply=1, ms=625)
    await page.wait("interrupted")
    peer = peer_of(servers)
    await until(lambda: Played(1, 625, True) in peer.received(Played))
    assert peer.received(Played)[0] == Played(1, 500)
    assert all(report.is_stopped for report in peer.received(Played)[1:])


async def test_agent_that_was_stopped_knows_how_far_it_was_heard(browse, servers):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, N, speech(20, 100))
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 48_000)
    await page.send("interrupt", reply=1, ms=750)
    peer = peer_of(servers)
    await until(lambda: any(report.is_stopped for report in peer.received(Played)))
    assert peer.received(Played)[-1].ms >= 750


async def test_agent_of_the_home_reads_what_was_heard_of_its_answer(hass_with_assist, browse):
    model = StreamingAgent("The lamp", " is on now.")
    await set_up(hass_with_assist, "conversation", model)

    async def script(peer):
        for number in ("1", "2"):
            await hear_out(peer)
            await peer.send(HELLO, Ask(number, "Hello."))
            async for _ in peer.answer(number):
                pass
            await peer.send(AgentTranscript("The lamp is on now."), N, speech(20, 100))
        await peer.closed.wait()

    browser = await browse(script, features=FEATURES, answer_with=model.entity_id)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 48_000)
    await page.send("interrupt", reply=1, ms=650)
    heard = (await page.wait("interrupted"))["text"]
    assert heard in {"The", "The lamp"}
    await page.speak(0.3)
    await until(lambda: len(model.logs) == 2)
    answers = [each.content for each in model.logs[1] if isinstance(each, AssistantContent)]
    assert answers == [f"{heard} [interrupted]"]


@pytest.mark.parametrize(
    ("said", "heard", "kept"),
    [
        ("The lamp is on.", "The lamp", "The lamp [interrupted]"),
        ("The lamp", "The", "The [interrupted]"),  # More words were to come.
        ("The lamp is on.", "", "[interrupted]"),
        ("The lamp is on.", "The lamp is on.", "The lamp\nis on."),
        ("Good morning.", "Good", "The lamp\nis on."),
        ("", "", "The lamp\nis on."),
    ],
)
def test_cutting_an_answer(said, heard, kept):
    log = ChatLog(None, "1")
    log.content = [AssistantContent("a", "The lamp\nis on."), UserContent("And now?")]
    async_cut_answer(log, said, heard)
    assert log.content[0].content == kept


async def test_microphone_that_hears_the_agent(browse, servers):
    browser = await browse(waits, features=FEATURES)
    page = await browser.talk()
    await page.phase("listening")
    await until(lambda: hears_agent(servers) == [False])
    await page.send("microphone", echo=True)
    await until(lambda: hears_agent(servers) == [True])
    await page.send("again")
    await page.wait("restarted")
    await until(lambda: hears_agent(servers) == [True, True])
    await page.send("microphone", echo=False)
    await until(lambda: hears_agent(servers) == [True, False])


def hears_agent(servers):
    """The flag of the last offer in each connection that has one."""
    offers = [peer.offer for peer in servers[-1].peers]
    return [offer.hears_agent for offer in offers if offer is not None]
