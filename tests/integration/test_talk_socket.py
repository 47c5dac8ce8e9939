"""The socket of a page that does not read, or is gone."""

import asyncio
import json

import pytest

from custom_components.playai.talk import socket
from custom_components.playai.talk.page_link import CloseCode, PageLink
from custom_components.playai.talk.socket import PageSocket


class Stuck:
    """A socket whose other side reads nothing."""

    def __init__(self):
        self.code = None

    async def send_str(self, _):
        await asyncio.sleep(60)

    async def close(self, *, code):
        if self.code is None:  # The first one counts.
            self.code = code

    async def receive(self):
        await asyncio.sleep(60)


class Taking(Stuck):
    """A socket whose other side reads everything."""

    def __init__(self):
        super().__init__()
        self.sent = []

    async def send_str(self, text):
        self.sent.append(text)


class Lost(Stuck):
    """A socket that is lost; aiohttp keeps its heartbeat until it is closed."""

    async def send_str(self, _):
        raise ConnectionResetError


class Controlled:
    """A talk that records how its page comes and goes."""

    is_over = False

    def __init__(self):
        self.detached = []
        self.codes = []

    def detach(self, page):
        self.detached.append(page)

    def close(self, code):
        self.codes.append(code)


async def test_page_that_does_not_read_may_resume(monkeypatch):
    monkeypatch.setattr(socket, "SEND_SECONDS", 0.05)
    stuck, talk = Stuck(), Controlled()
    page = PageSocket(stuck)
    page.send({"type": "phase"})
    await page.run(talk)
    assert stuck.code == CloseCode.SLOW
    assert talk.detached == [page]
    assert talk.codes == []


@pytest.mark.parametrize("value", ["\ud800", 2**70, [2**70], {"a": object()}])
async def test_any_text_and_number_can_be_shown(value):
    taking, talk = Taking(), Controlled()
    page = PageSocket(taking)
    page.send({"type": "tool", "arguments": {"a": value}})
    page.close(CloseCode.ENDED)
    await page.run(talk)
    assert taking.code == CloseCode.ENDED
    assert json.loads(taking.sent[0])["type"] == "tool"


@pytest.mark.parametrize("received", [0, 2, 3])
def test_page_gets_what_it_has_missed(received):
    link = PageLink()
    for value in range(3):
        link.send("phase", value=value)
    page = Collected()
    assert link.attach(page, {"type": "ready"}, received)
    assert [message.get("n") for message in page.sent] == [None, *range(received + 1, 4)]


def test_page_that_has_missed_too_much():
    link = PageLink()
    for value in range(600):
        link.send("phase", value=value)
    page = Collected()
    assert not link.attach(page, {"type": "ready"}, 0)
    assert page.code == CloseCode.GONE
    assert not link.is_open


def test_later_socket_replaces_an_earlier_one():
    link, first, second = PageLink(), Collected(), Collected()
    link.attach(first, {}, 0)
    link.attach(second, {}, 0)
    assert first.code == CloseCode.REPLACED
    assert not link.detach(first)
    assert link.is_open
    assert link.detach(second)
    link.send_audio(b"lost")
    assert second.sent == [{}]


class Collected:
    """A page that keeps its messages."""

    def __init__(self):
        self.sent = []
        self.code = None

    def send(self, message):
        self.sent.append(message)

    def close(self, code):
        self.code = code


async def test_socket_that_is_lost_is_closed():
    lost, talk = Lost(), Controlled()
    page = PageSocket(lost)
    page.send({"type": "phase"})
    await page.run(talk)
    assert lost.code == CloseCode.GONE
    assert talk.detached == [page]


async def test_socket_of_a_request_that_is_cancelled_is_closed():
    stuck, talk = Stuck(), Controlled()
    running = asyncio.create_task(PageSocket(stuck).run(talk))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert stuck.code == CloseCode.GONE
