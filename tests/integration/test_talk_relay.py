"""Talks over Home Assistant's own connection: the same tests, and its special cases."""

import pytest
from homeassistant.components.websocket_api import const as websocket
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant

from custom_components.playai.talk import limits, relay, socket, talks
from tests.agent.talk import AE, N, pcm, speech, until

from .agents import hear_out
from .talking import HELLO, answers_at_length, waits
from .test_talk import (
    test_page_gets_no_more_than_it_can_play,
    test_speech_interrupts_the_reply,
    test_talk,
)
from .test_talk_faults import (
    no_refill,
    test_agent_that_hangs_up,
    test_agent_that_is_not_loaded,
    test_flood_of_audio,
    test_flood_of_empty_frames,
    test_flood_of_messages,
    test_limits_of_talks,
    test_old_page,
    test_page_that_does_not_read_loses_its_socket,
    test_page_that_has_missed_too_much,
    test_ping_is_answered,
    test_reload_ends_the_talk,
    test_second_socket_takes_over,
    test_talk_is_resumed,
    test_talk_that_is_not_resumed_ends,
    test_ticket_is_for_a_short_time,
    test_ticket_is_for_one_socket,
    test_two_talks_at_once_hear_their_own_replies,
    test_unknown_messages_and_frames_are_ignored,
    test_user_who_loses_the_right_after_the_ticket,
    test_wrong_hello,
    test_wrong_message,
)

__all__ = [
    "no_refill",
    "test_agent_that_hangs_up",
    "test_agent_that_is_not_loaded",
    "test_flood_of_audio",
    "test_flood_of_empty_frames",
    "test_flood_of_messages",
    "test_limits_of_talks",
    "test_old_page",
    "test_page_gets_no_more_than_it_can_play",
    "test_page_that_does_not_read_loses_its_socket",
    "test_page_that_has_missed_too_much",
    "test_ping_is_answered",
    "test_reload_ends_the_talk",
    "test_second_socket_takes_over",
    "test_speech_interrupts_the_reply",
    "test_talk",
    "test_talk_is_resumed",
    "test_talk_that_is_not_resumed_ends",
    "test_ticket_is_for_a_short_time",
    "test_ticket_is_for_one_socket",
    "test_two_talks_at_once_hear_their_own_replies",
    "test_unknown_messages_and_frames_are_ignored",
    "test_user_who_loses_the_right_after_the_ticket",
    "test_wrong_hello",
    "test_wrong_message",
]


@pytest.fixture
def has_relay() -> bool:
    return True


def open_talks(hass: HomeAssistant) -> list[talks.Talk]:
    return list(hass.data[talks.TALKS])


async def test_page_has_one_handler(browse, hass):
    browser = await browse(*[waits] * 5)
    for _ in range(3):
        page = await browser.talk()
        await page.speak(0.1)
        await page.send("bye")
        assert await page.closed() == 4000
        # Late frames are not for the next talk.
        await browser.relay.send(page.socket.number, 2, b"\x01\x00\x00\x00\xff")
    page = await browser.talk()
    assert browser.relay.handler == 1
    assert not page.is_closed


async def test_unknown_operations_and_sockets_are_ignored(browse):
    browser = await browse(waits)
    page = await browser.talk()
    number = page.socket.number
    for frame in (b"", b"\x01", bytes([99, 1]), bytes([number, 77]), b"\x00\x04\x01", b"\x63\x03"):
        await browser.relay.connection.send_bytes(bytes([browser.relay.handler]) + frame)
    await browser.relay.acknowledge(10_000)
    await page.send("bye")
    assert await page.closed() == 4000


@pytest.mark.parametrize(
    ("operation", "content", "code"),
    [(1, b"\xff\xfe", 4400), (1, b"a" * 70_000, 1009), (2, b"\x01" * 70_000, 1009)],
    ids=["no text", "long text", "long data"],
)
async def test_wrong_frames_close_the_socket(browse, operation, content, code):
    browser = await browse(waits)
    page = await browser.talk()
    await browser.relay.send(page.socket.number, operation, content)
    assert await page.closed() == code


@pytest.mark.usefixtures("no_refill")
async def test_burst_is_judged_by_the_limits_of_a_talk(browse, hass):
    browser = await browse(waits)
    page = await browser.talk()
    frame = bytes([browser.relay.handler, page.socket.number, 2]) + b"\x01\x00\x00\x00"
    (active,) = open_talks(hass)
    # More frames than may wait to be read for one socket.
    for _ in range(2 * limits.RELAY_RECEIVED):
        await browser.relay.connection.send_bytes(frame)
    assert await page.closed() == 4008
    assert active.is_over


async def test_frames_that_nobody_reads_are_limited(browse):
    browser = await browse(waits)
    await browser.talk()
    unread = relay.RelayedSocket(browser.relay, 9)
    for _ in range(1000):
        unread.push(relay.Operation.BINARY, bytes(limits.MAX_FRAME))
    kept = unread._received.qsize()
    assert kept * limits.MAX_FRAME == limits.RELAY_WAITING
    for _ in range(kept):
        await unread.receive()
    unread.push(relay.Operation.TEXT, b"{}")
    assert (await unread.receive()).data == "{}"


async def test_only_a_few_sockets_are_open_at_the_same_time(browse, monkeypatch):
    monkeypatch.setattr(relay, "RELAY_SOCKETS", 1)
    browser = await browse(waits)
    page = await browser.talk()
    before = browser.relay.events
    refused = await browser.relay.connect(await browser.path())
    await page.send("bye")
    assert await page.closed() == 4000
    assert refused.close_code is None
    assert browser.relay.events > before
    await browser.talk()


async def test_page_opens_sockets_at_a_limited_rate(browse, monkeypatch):
    monkeypatch.setattr(relay, "RELAY_OPENS", (2, 0.0))
    browser = await browse(waits)
    assert await (await browser.connect("/api/playai/talk/unknown")).closed() == 4004
    page = await browser.talk()
    await browser.relay.connect("/api/playai/talk/unknown")
    await page.send("bye")
    assert await page.closed() == 4000
    assert browser.relay.events == 2 + 2 + len(page.messages)


async def test_page_that_acknowledges_nothing_gets_few_events(browse, hass, monkeypatch):
    monkeypatch.setattr(socket, "SEND_SECONDS", 1.0)
    browser = await browse(answers_at_length)
    page = await browser.talk()
    browser.relay.acknowledges = False
    (active,) = open_talks(hass)
    for _ in range(2 * limits.RELAY_WINDOW):
        active.link.send("error", key="internal")
    assert await page.closed() == 4013
    assert browser.relay.events <= limits.RELAY_WINDOW + 2
    assert limits.RELAY_WINDOW < websocket.PENDING_MSG_PEAK
    # The connection lives, and the talk is resumed.
    await browser.relay.acknowledge(browser.relay.events)
    browser.relay.acknowledges = True
    again = await browser.connect(page.of("ready")[0]["resume"]["path"])
    await again.hello(resume={"n": page.messages[-1]["n"], "reply": 0, "samples": 0})
    await again.until(lambda: len(again.of("error")) > limits.RELAY_WINDOW)


async def test_lost_connection_is_resumed_over_another_one(browse, hass, hass_ws_client):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, N, speech(10, 100), AE)
        await peer.closed.wait()

    browser = await browse(script)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 48_000)
    await browser.relay.stop()
    await until(lambda: not open_talks(hass)[0].link.is_open)
    received, n = page.audio[1], max(each.get("n", 0) for each in page.messages)
    browser.relay = type(browser.relay)(await hass_ws_client(hass))
    await browser.relay.start()
    again = await browser.connect(page.of("ready")[0]["resume"]["path"])
    again.audio[1] = received
    await again.hello(resume={"n": n, "reply": 1, "samples": len(received) // 2})
    await again.send("played", reply=1, ms=500)
    await again.wait("reply_end")
    assert again.audio[1] == pcm(10, 100)


async def test_page_that_unsubscribes_is_gone(browse, hass):
    browser = await browse(waits)
    await browser.talk()
    await browser.relay.unsubscribe()
    await until(lambda: not open_talks(hass)[0].link.is_open)


async def test_revoked_login_ends_the_talk(browse, hass, hass_access_token):
    browser = await browse(waits)
    page = await browser.talk()
    (active,) = open_talks(hass)
    refresh = hass.auth.async_validate_access_token(hass_access_token)
    hass.auth.async_remove_refresh_token(refresh)
    await page.closed()
    await until(lambda: active.is_over)
    assert open_talks(hass) == []


async def test_user_who_loses_the_right_during_the_talk(browse, hass, hass_admin_user):
    browser = await browse(waits)
    page = await browser.talk()
    await hass.auth.async_update_user(hass_admin_user, group_ids=[])
    assert await page.closed() == 4003
    assert open_talks(hass) == []


async def test_ticket_of_another_user(browse, hass, hass_ws_client):
    browser = await browse(waits)
    page = await browser.talk()
    other = await hass.auth.async_create_user("Other", group_ids=["system-admin"])
    refresh = await hass.auth.async_create_refresh_token(other, "https://example.com/")
    connection = await hass_ws_client(hass, hass.auth.async_create_access_token(refresh))
    stranger = type(browser.relay)(connection)
    await stranger.start()
    for path in (await browser.path(), page.of("ready")[0]["resume"]["path"]):
        assert await browser.watch(await stranger.connect(path)).closed() == 4004
    await stranger.stop()
    await page.send("bye")
    assert await page.closed() == 4000


async def test_stop_of_home_assistant_ends_the_talk(browse, hass):
    browser = await browse(waits)
    page = await browser.talk()
    (active,) = open_talks(hass)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await page.closed()
    await until(lambda: active.is_over)


async def test_connection_without_handlers(browse, hass, hass_ws_client):
    await browse(waits)
    connection = await hass_ws_client(hass)
    for number in range(1, 256):
        await connection.send_json({"id": number, "type": "playai/talk/connect"})
        await connection.receive_json()
        assert (await connection.receive_json())["event"] == {"handler": number}
    await connection.send_json({"id": 256, "type": "playai/talk/connect"})
    assert (await connection.receive_json())["error"]["code"] == "not_allowed"
