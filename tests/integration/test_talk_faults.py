"""Pages that break the rules of a talk, and talks that are broken off."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import WSServerHandshakeError
from homeassistant.components import assist_pipeline
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.components.http.auth import async_sign_path
from homeassistant.const import EVENT_HOMEASSISTANT_STOP

from custom_components.playai.talk import controls, limits, socket, talk, talks
from tests.agent.talk import AE, N, pcm, speech, until
from tests.harness.page import Page

from .agents import hear_out, says
from .satellite import Satellite
from .talking import HELLO, greets_back, waits

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: home\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n"
)
HELLO_OF_A_PAGE = b'{"type": "hello", "protocol": 1}'


async def test_ticket_is_for_one_socket(browse):
    browser = await browse(waits)
    path = await browser.path()
    page = await browser.connect(path)
    await page.hello()
    await page.wait("ready")
    assert await (await browser.connect(path)).closed() == 4004
    assert not page.is_closed


async def test_ticket_is_for_a_short_time(browse, monkeypatch):
    monkeypatch.setattr(talks, "TICKET_SECONDS", 0.0)
    browser = await browse(waits)
    assert await (await browser.connect(await browser.path())).closed() == 4004


async def test_ticket_that_was_never_given(browse, hass, hass_ws_client):
    browser = await browse(waits)
    path = (await browser.path()).partition("?")[0]
    with pytest.raises(WSServerHandshakeError) as caught:
        await browser.client.ws_connect(path)
    assert caught.value.status == 401


async def test_ticket_of_another_user(browse, hass, hass_admin_user):
    browser = await browse(waits)
    token = (await browser.path()).partition("?")[0].rpartition("/")[2]
    other = await hass.auth.async_create_user("Other")
    refresh = await hass.auth.async_create_refresh_token(other, "https://example.com/")
    signed = async_sign_path(
        hass,
        f"/api/playai/talk/{token}",
        timedelta(seconds=10),
        refresh_token_id=refresh.id,
    )
    assert await (await browser.connect(signed)).closed() == 4004


async def test_resumption_by_another_user(browse, hass):
    browser = await browse(waits)
    page = await browser.talk()
    token = page.of("ready")[0]["resume"]["path"].partition("?")[0].rpartition("/")[2]
    other = await hass.auth.async_create_user("Other", group_ids=["system-admin"])
    refresh = await hass.auth.async_create_refresh_token(other, "https://example.com/")
    signed = async_sign_path(
        hass,
        f"/api/playai/talk/{token}",
        timedelta(seconds=10),
        refresh_token_id=refresh.id,
    )
    assert await (await browser.connect(signed)).closed() == 4004
    await page.send("bye")
    assert await page.closed() == 4000


async def test_user_without_rights(browse, hass, hass_admin_user):
    browser = await browse(waits)
    hass_admin_user.groups = []
    hass_admin_user.invalidate_cache()
    answer = await browser.command("open", agent=browser.agent)
    assert answer["error"]["code"] == "unauthorized"
    answer = await browser.command("agents")
    assert answer["result"] == {"protocol": 1, "agents": []}


async def test_user_who_loses_the_right_after_the_ticket(browse, hass_admin_user):
    browser = await browse(waits)
    path = await browser.path()
    hass_admin_user.groups = []
    hass_admin_user.invalidate_cache()
    assert await (await browser.connect(path)).closed() == 4003


async def test_agents(browse):
    browser = await browse(waits)
    answer = await browser.command("agents")
    assert answer["result"]["agents"] == [
        {
            "entity_id": browser.agent,
            "entry_id": browser.entry.entry_id,
            "name": "Voice agent",
            "available": True,
            "languages": ["*"],
            "features": [],
        }
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"agent": "conversation.nobody"}, "not_found"),
        ({"agent": "conversation.home_assistant"}, "not_found"),
        ({"area_id": "nowhere"}, "unknown_place"),
        ({"device_id": "nothing"}, "unknown_place"),
        ({"language": 1}, "invalid_format"),
        ({"language": "../en"}, "invalid_format"),
        ({"agent": 1}, "invalid_format"),
    ],
)
async def test_wrong_fields(browse, allowed_in_log, fields, code):
    allowed_in_log.append("invalid_format")
    browser = await browse(waits)
    answer = await browser.command("open", **{"agent": browser.agent, **fields})
    assert answer["error"]["code"] == code


async def test_agent_that_is_not_loaded(browse, hass):
    browser = await browse(waits)
    path = await browser.path()
    await hass.config_entries.async_unload(browser.entry.entry_id)
    answer = await browser.command("open", agent=browser.agent)
    assert answer["error"]["code"] == "not_ready"
    assert await (await browser.connect(path)).closed() == 4004


async def test_limits_of_talks(browse, monkeypatch):
    monkeypatch.setattr(talks, "MAX_TALKS_OF_USER", 1)
    browser = await browse(waits)
    late = await browser.path()
    await browser.talk()
    answer = await browser.command("open", agent=browser.agent)
    assert answer["error"]["code"] == "too_many_talks"
    assert await (await browser.connect(late)).closed() == 4004


async def test_limit_of_tickets(browse):
    browser = await browse(waits)
    for _ in range(limits.MAX_TICKETS):
        await browser.path()
    answer = await browser.command("open", agent=browser.agent)
    assert answer["error"]["code"] == "too_many_talks"


async def test_old_page(browse):
    browser = await browse(waits)
    page = await browser.connect(await browser.path())
    await page.send("hello", protocol=2)
    assert await page.closed() == 4426


@pytest.mark.parametrize(
    "first", ["[]", "{", '{"type": "bye"}', '{"type": "hello"}', '{"type": 1}', b"\x01\x00\x00\x00"]
)
async def test_wrong_hello(browse, hass, first):
    browser = await browse(waits)
    page = await browser.connect(await browser.path())
    send = page.socket.send_bytes if isinstance(first, bytes) else page.socket.send_str
    await send(first)
    assert await page.closed() == 4400
    assert list(hass.data[talks.TALKS]) == []


async def test_no_hello(browse, hass, monkeypatch):
    monkeypatch.setattr(socket, "HELLO_SECONDS", 0.1)
    browser = await browse(waits)
    page = await browser.connect(await browser.path())
    assert await page.closed() == 4004
    assert list(hass.data[talks.TALKS]) == []


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x01\x00",
        b"\x01" + bytes(8200),
        "no JSON",
        '{"type": "hello", "protocol": 1}',
        '{"type": "text", "text": ""}',
        '{"type": "played", "reply": 1}',
        '{"type": "played", "reply": 1, "ms": -1}',
        '{"type": "played", "reply": 70000, "ms": 1}',
        '{"type": "mode", "value": "loud"}',
        '{"type": "ping", "sent": "now"}',
        '{"type": "place", "language": "no tag"}',
        "[" * 30_000,
        '{"type": ' + '{"a":' * 5_000 + "1" + "}" * 5_001,
        '{"type": "text", "text": "' + "a" * 33_000 + '"}',
    ],
)
async def test_wrong_message(browse, hass, frame):
    browser = await browse(waits)
    page = await browser.talk()
    send = page.socket.send_bytes if isinstance(frame, bytes) else page.socket.send_str
    await send(frame)
    assert await page.closed() == 4400
    assert list(hass.data[talks.TALKS]) == []


async def test_huge_message(browse, hass):
    browser = await browse(waits)
    page = await browser.talk()
    await page.socket.send_str("a" * 70_000)
    assert await page.closed() == 1009


async def test_unknown_messages_and_frames_are_ignored(browse):
    browser = await browse(waits)
    page = await browser.talk()
    await page.send("dance", speed=3)
    await page.socket.send_bytes(b"\x09\x00\x00\x00")
    await page.send("bye", politely=True)
    assert await page.closed() == 4000


async def test_ping_is_answered(browse):
    browser = await browse(waits)
    page = await browser.talk()
    for sent in (0, 1234.5):
        await page.send("ping", sent=sent)
    await page.wait("pong", 2)
    # It has no number, so a page that resumes does not get it again.
    assert page.of("pong") == [{"type": "pong", "sent": sent} for sent in (0, 1234.5)]


@pytest.fixture
def no_refill(monkeypatch):
    """Limit the amount that a page sends, not its rate: a busy machine is too slow for a flood."""
    for name in ("MICROPHONE_BYTES", "MESSAGES"):
        burst, _ = getattr(limits, name)
        monkeypatch.setattr(socket, name, (burst, 0))


@pytest.mark.usefixtures("no_refill")
async def test_audio_that_has_waited_for_a_busy_home_assistant_is_no_flood(browse):
    browser = await browse(waits)
    page = await browser.talk()
    await page.speak(25.0)
    for sent in range(250):
        await page.send("ping", sent=sent)
    await page.wait("pong", 250)
    assert not page.is_closed


@pytest.mark.usefixtures("no_refill")
async def test_flood_of_audio(browse):
    browser = await browse(waits)
    page = await browser.talk()
    with suppress(ConnectionError):
        while not page.is_closed:
            await page.speak(1.0)
    assert await page.closed() == 4008


@pytest.mark.usefixtures("no_refill")
async def test_flood_of_empty_frames(browse):
    browser = await browse(waits)
    page = await browser.talk()
    with suppress(ConnectionError):
        while not page.is_closed:
            await page.send_frame(b"")
            await asyncio.sleep(0)  # Sending alone does not let the other side read.
    assert await page.closed() == 4008


async def test_flood_of_new_conversations(browse, servers, monkeypatch):
    monkeypatch.setattr(controls, "NEW_CONVERSATIONS", (10, 0))
    browser = await browse(*[waits] * 20)
    page = await browser.talk()
    for number in range(1, 11):
        await page.send("again")
        await page.wait("restarted", number)
    await page.send("again")
    assert await page.closed() == 4008


@pytest.mark.usefixtures("no_refill")
async def test_flood_of_messages(browse):
    browser = await browse(waits)
    page = await browser.talk()
    for _ in range(limits.MESSAGES[0] + 1):
        await page.send("played", reply=1, ms=0)
    assert await page.closed() == 4008


async def test_page_that_does_not_read_loses_its_socket(browse, monkeypatch):
    monkeypatch.setattr(socket, "QUEUED", 2)
    browser = await browse(greets_back)
    page = await browser.talk()
    for _ in range(20):
        await page.send("text", text="Hello.")
    assert await page.closed() == 4013


async def test_revoked_login_ends_the_talk(browse, hass, hass_access_token):
    browser = await browse(waits)
    page = await browser.talk()
    refresh = hass.auth.async_validate_access_token(hass_access_token)
    hass.auth.async_remove_refresh_token(refresh)
    assert await page.closed() == 4003
    assert list(hass.data[talks.TALKS]) == []


async def test_login_of_the_latest_socket_counts(browse, hass, hass_access_token):
    browser = await browse(waits)
    page = await browser.talk()
    first = hass.auth.async_validate_access_token(hass_access_token)
    second = await hass.auth.async_create_refresh_token(first.user, "https://example.com/app")
    (active,) = hass.data[talks.TALKS]
    token = page.of("ready")[0]["resume"]["path"].partition("?")[0].rpartition("/")[2]
    assert hass.data[talks.TALKS].async_take(token, first.user.id, second.id) is active
    hass.auth.async_remove_refresh_token(first)
    await hass.async_block_till_done()
    assert not active.is_over
    hass.auth.async_remove_refresh_token(second)
    await until(lambda: active.is_over)


async def test_page_has_time_to_answer_the_close(browse, hass, hass_access_token):
    # If the connection were dropped earlier, audio in transit would reset it, and the page might
    # never see why the talk has ended.
    browser = await browse(waits)
    server = browser.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(UPGRADE.format(path=await browser.path()).encode() + masked(1, HELLO_OF_A_PAGE))
    await reader.readuntil(b"\r\n\r\n")
    while b'"ready"' not in (await read_frame(reader))[1]:
        pass
    refresh = hass.auth.async_validate_access_token(hass_access_token)
    hass.auth.async_remove_refresh_token(refresh)
    opcode = 0
    while opcode != 8:
        opcode, content = await read_frame(reader)
    assert content == (4003).to_bytes(2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await reader.read(1)
    writer.write(masked(8, content))
    assert await reader.read() == b""
    writer.close()


def masked(opcode, content):
    """Return a frame of a page."""
    return bytes([0x80 | opcode, 0x80 | len(content)]) + bytes(4) + content


async def read_frame(reader):
    """Return the opcode and the content of a frame of Home Assistant."""
    first, size = await reader.readexactly(2)
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    return first & 0x0F, await reader.readexactly(size)


@pytest.mark.parametrize("change", [{"group_ids": []}, {"is_active": False}])
async def test_user_who_loses_the_right_during_the_talk(browse, hass, hass_admin_user, change):
    browser = await browse(waits)
    page = await browser.talk()
    await hass.auth.async_update_user(hass_admin_user, name="Renamed")
    await hass.async_block_till_done()
    assert len(list(hass.data[talks.TALKS])) == 1
    await hass.auth.async_update_user(hass_admin_user, **change)
    assert await page.closed() == 4003
    assert list(hass.data[talks.TALKS]) == []


async def test_reload_ends_the_talk(browse, hass):
    browser = await browse(waits, waits, waits)
    page = await browser.talk()
    await hass.config_entries.async_reload(browser.entry.entry_id)
    assert await page.closed() == 4001
    await browser.talk()


async def test_stop_of_home_assistant_ends_the_talk(browse, hass):
    browser = await browse(waits)
    page = await browser.talk()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    assert await page.closed() == 1001


async def test_agent_that_hangs_up(browse):
    async def script(peer):
        await hear_out(peer)
        await peer.close()

    browser = await browse(script)
    page = await browser.talk()
    await page.speak(0.3)
    assert await page.closed() == 4000
    assert page.of("end")[0]["reason"] in ("agent", "error")


async def test_agent_that_is_away(browse, servers):
    browser = await browse(waits)
    await servers[-1].stop()
    page = await browser.connect(await browser.path())
    await page.hello()
    assert await page.closed() == 4000
    (end,) = page.of("end")
    assert (end["reason"], end["key"]) == ("error", "cannot_connect")


async def test_longest_talk(browse, monkeypatch):
    monkeypatch.setattr(talk, "TALK_SECONDS", 0.2)
    browser = await browse(waits)
    page = await browser.connect(await browser.path())
    await page.hello()
    assert await page.closed() == 4000
    assert page.of("end")[0]["reason"] == "limit"


def last_n(page: Page) -> int:
    return max(message.get("n", 0) for message in page.messages)


async def test_talk_is_resumed(browse):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, N, speech(10, 100), AE)
        await hear_out(peer)
        await peer.send(HELLO, N, speech(0.2, 200), AE)
        await peer.closed.wait()

    browser = await browse(script)
    page = await browser.talk()
    page.plays = False
    await page.speak(0.3)
    await page.until(lambda: len(page.audio.get(1, b"")) >= 48_000)
    received, n = page.audio[1], last_n(page)
    path = page.of("ready")[0]["resume"]["path"]
    await page.stop()
    again = await browser.connect(path)
    again.audio[1] = received
    await again.hello(resume={"n": n, "reply": 1, "samples": len(received) // 2})
    await again.wait("ready")
    await again.send("played", reply=1, ms=500)
    await again.until(lambda: len(again.audio[1]) > len(received))
    await again.wait("reply_end")
    assert again.audio[1] == pcm(10, 100)
    assert all(message["n"] > n for message in again.messages if "n" in message)
    assert again.of("ready")[0]["resume"]["path"] != path
    await again.speak(0.3)
    await again.wait("reply_end", 2)


async def test_talk_that_is_not_resumed_ends(browse, hass, monkeypatch):
    monkeypatch.setattr(talk, "RESUME_SECONDS", 0.2)
    browser = await browse(waits)
    page = await browser.talk()
    path = page.of("ready")[0]["resume"]["path"]
    await page.stop()
    await until(lambda: list(hass.data[talks.TALKS]) == [])
    assert await (await browser.connect(path)).closed() == 4004
    await until(lambda: browser.entry.runtime_data.data.conversations == 0)


async def test_second_socket_takes_over(browse):
    browser = await browse(waits)
    page = await browser.talk()
    other = await browser.connect(page.of("ready")[0]["resume"]["path"])
    await other.hello(resume={"n": 0, "reply": 0, "samples": 0})
    assert await page.closed() == 4009
    await other.wait("phase")
    await asyncio.sleep(0.1)
    assert not other.is_closed


async def test_page_that_has_missed_too_much(browse, hass, monkeypatch):
    browser = await browse(waits)
    page = await browser.talk()
    (each,) = hass.data[talks.TALKS]
    for _ in range(limits.KEPT_MESSAGES + 1):
        each.link.send("error", key="internal")
    await page.until(lambda: len(page.of("error")) > limits.KEPT_MESSAGES)
    other = await browser.connect(page.of("ready")[0]["resume"]["path"])
    await other.hello(resume={"n": 0, "reply": 0, "samples": 0})
    assert await other.closed() == 4004
    assert list(hass.data[talks.TALKS]) == []


async def test_two_talks_at_once_hear_their_own_replies(browse):
    async def script(peer):
        await hear_out(peer)
        await peer.send(HELLO, N, speech(0.2, peer.voice[-1]), AE)
        await peer.closed.wait()

    browser = await browse(script)
    first, second = await browser.talk(), await browser.talk()
    await first.speak(0.3, 0x11)
    await second.speak(0.3, 0x22)
    await first.wait("reply_end")
    await second.wait("reply_end")
    assert (first.audio, second.audio) == ({1: pcm(0.2, 0x11)}, {1: pcm(0.2, 0x22)})


async def test_public_id_of_a_talk_gives_no_access_to_it(browse, hass, servers):
    browser = await browse(greets_back, says())
    page = await browser.talk()
    await page.speak(0.3)
    await page.wait("reply_end")
    public_id = page.of("ready")[0]["conversation_id"]
    activity = next(each for each in hass.states.async_all("event"))
    assert activity.attributes["conversation_id"] == public_id
    assert public_id not in hass.data[DATA_CHAT_LOGS]
    pipeline = assist_pipeline.async_get_pipeline(hass, browser.entry.data["pipeline_id"])
    satellite = Satellite(hass, browser.entry, servers[-1], pipeline)
    assert (await satellite.ask(conversation_id=public_id)).audio
    await page.speak(0.3, 0x22)
    await page.wait("reply_end", 2)
    assert page.audio == {1: pcm(0.5, 100), 2: pcm(0.5, 200)}


async def test_talk_is_ended_by_its_public_id(browse, hass):
    browser = await browse(waits)
    page = await browser.talk()
    await page.phase("listening")
    data = {"conversation_id": page.of("ready")[0]["conversation_id"]}
    await hass.services.async_call("playai", "end_conversation", data, blocking=True)
    assert await page.closed() == 4000


async def test_pipeline_in_the_conversation_of_a_talk_ends_the_talk(browse, hass, servers):
    browser = await browse(waits, says())
    page = await browser.talk()
    pipeline = assist_pipeline.async_get_pipeline(hass, browser.entry.data["pipeline_id"])
    satellite = Satellite(hass, browser.entry, servers[-1], pipeline)
    [conversation] = browser.entry.runtime_data.conversations
    run = await satellite.ask(conversation_id=conversation.conversation_id)
    assert run.audio
    assert await page.closed() == 4000
    assert page.of("end")[0]["reason"] == "agent"
