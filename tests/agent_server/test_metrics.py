"""The page /metrics, read by the parser of prometheus_client and compared with real turns."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from agent_server import VERSION
from agent_server.audio import mulaw_encode
from agent_server.conversation import events
from agent_server.home import Handled, Say, UserText
from agent_server.limits import Limits
from agent_server.metrics.conversations import ConversationMetrics, Kind, Stage, TurnMetrics
from agent_server.wire.messages.errors import ErrorCode
from agent_server.wire.monitoring import is_private
from tests.recordings import RECORDINGS

from .calling import PATIENCE, call, eventually, link
from .programs import ended, line, started
from .serving import AGENT, KEY, OTHER_AGENT, OTHER_KEY, make_engines, serving

AE = "audioStreamEnd"
PREFIX = "playai_agent_"

type Values = dict[str, float]
"""The value of each series, by `name` or `name{label="value"}`."""


def parse(text: str) -> Values:
    """Return the values of all series without the prefix of their names."""
    return dict(_series(text))


def _series(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for name, labels, value, *_ in family.samples:
            shown = ",".join(f'{label}="{labels[label]}"' for label in sorted(labels))
            yield name.removeprefix(PREFIX) + (f"{{{shown}}}" if shown else ""), value


async def get(url: str, **headers: str) -> tuple[int, str]:
    """Return the status and the text of /metrics."""
    address = url.replace("ws:", "http:").replace("/v1/agent-conversation", "/metrics")
    async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as response:
        if response.status == 200:
            assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return response.status, await response.text()


async def values(url: str) -> Values:
    status, text = await get(url)
    assert status == 200
    return parse(text)


async def test_all_series_exist_from_the_start():
    async with serving(max_connections=7) as (server, url):
        found = await values(url)
        assert found["ready"] == 0
        server.mark_warm()
        assert (await values(url))["ready"] == 1
    assert found[f'build_info{{version="{VERSION}"}}'] == 1
    assert (found["conversations"], found["max_conversations"]) == (0, 7)
    for code in ErrorCode:
        assert found[f'errors_total{{code="{code.value}"}}'] == 0
    for stage in Stage:
        assert found[f'turn_seconds_count{{stage="{stage}"}}'] == 0
    for kind in Kind:
        assert found[f'turns_total{{kind="{kind}"}}'] == 0
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert found["process_open_fds"] > 0


async def test_a_turn_is_counted_and_timed():
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        found = await values(url)
    assert (found["conversations"], found["conversations_opened_total"]) == (1, 1)
    assert found['turns_total{kind="spoken"}'] == found["replies_total"] == 1
    assert found["interruptions_total"] == 0
    sums = []
    for stage in Stage:
        assert found[f'turn_seconds_count{{stage="{stage}"}}'] == 1
        sums.append(found[f'turn_seconds_sum{{stage="{stage}"}}'])
    assert sums == sorted(sums)
    assert sums[0] > 0.1  # The pause after which the turn was over.


async def test_open_conversations_and_all_of_them():
    async with serving() as (server, url):
        for number in (1, 2):
            async with call(url, AGENT, KEY) as caller:
                await caller.wait("init")
                assert (await values(url))["conversations"] == 1
            await eventually(lambda: server.conversations == 0)
            found = await values(url)
            assert (found["conversations"], found["conversations_opened_total"]) == (0, number)


@pytest.mark.parametrize(
    ("byte", "code"), [(0x31, 3001), (0x32, 3003)], ids=["speech-to-text", "brain"]
)
async def test_failures_of_a_turn_are_counted_by_code(byte: int, code: int):
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        await caller.say(byte)
        await caller.wait("error")
        found = await values(url)
    errors = {name: value for name, value in found.items() if name.startswith("errors_total")}
    assert {name for name, value in errors.items() if value} == {f'errors_total{{code="{code}"}}'}
    assert found["replies_total"] == 0
    assert found['turn_seconds_count{stage="first_audio"}'] == 0


async def test_refused_clients_are_counted_by_code():
    async with serving(max_connections=1) as (_, url), call(url, AGENT, KEY) as caller:
        await caller.wait("init")
        async with call(url, AGENT, "ak-wrong") as wrong, call(url, AGENT, KEY) as one_more:
            await wrong.wait_closed()
            await one_more.wait_closed()
        found = await values(url)
    assert found['errors_total{code="2002"}'] == found['errors_total{code="4429"}'] == 1
    assert found["conversations_opened_total"] == 1


async def test_typed_turns_and_announcements():
    limits = Limits(take_back=0.0)
    async with serving(limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        await caller.send({"type": "userText", "text": "hello"})
        await caller.wait(AE)
        await caller.send({"type": "say", "text": "Dinner ", "isFinal": False})
        await caller.send({"type": "say", "text": "is ready."})
        await caller.wait(AE, 2)
        found = await values(url)
    assert found['turns_total{kind="typed"}'] == found['turns_total{kind="announcement"}'] == 1
    assert found['turns_total{kind="spoken"}'] == 0
    assert found["replies_total"] == 2
    # Nobody has spoken.
    assert found['turn_seconds_count{stage="first_audio"}'] == 0


async def test_work_that_waits_for_a_thread():
    engines = make_engines()
    engines.voice.hold.clear()
    async with serving(engines) as (_, url), AsyncExitStack() as stack:
        assert (await values(url))["engine_waiting"] == 0
        for _ in range((os.process_cpu_count() or 1) + 1):
            caller = await stack.enter_async_context(call(url, AGENT, KEY))
            await caller.say(0x10)
        async with asyncio.timeout(PATIENCE):
            while (await values(url))["engine_waiting"] != 1:
                pass
        engines.voice.hold.set()


async def test_nothing_that_was_said_and_no_secret_is_shown():
    engines = make_engines(lambda _: "strawberry")
    async with (
        serving(engines, greeting="raspberry") as (_, url),
        link(url, AGENT, KEY) as caller,
        call(url, OTHER_AGENT, OTHER_KEY) as other,
    ):
        await other.wait("init")
        await caller.say(0x10)
        await caller.wait("onAgentTranscript")
        _, text = await get(url)
    for secret in (KEY, OTHER_KEY, AGENT, OTHER_AGENT, "strawberry", "raspberry", "w10"):
        assert secret not in text


async def test_the_program_measures_its_engines():
    speech = next(each for each in RECORDINGS if each.name == "goforward")
    options = ("--port", "0", "--agent-id", "a", "--api-key", "ak-1")
    async with started(*options) as process:
        url = await line(process)
        async with call(url, "a", "ak-1") as caller:
            await caller.play(mulaw_encode(speech.pcm) + b"\xff" * 32_000)
            await caller.wait(AE)
            found = await values(url)
        process.terminate()
        assert (await ended(process))[0] == 0
    for stage, engine in (("stt", "builtin"), ("brain", "auto"), ("tts", "builtin")):
        labels = f'{{engine="{engine}",number="1",stage="{stage}"}}'
        assert found[f"engine_up{labels}"] == 1
        assert found[f"engine_seconds_count{labels}"] >= 1
    assert found['turn_seconds_count{stage="first_audio"}'] >= 1


# Who may read it.


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_a_request_through_a_proxy_needs_the_key(header: str):
    async with serving() as (_, url):
        forwarded = {header: "127.0.0.1"}
        assert (await get(url, **forwarded))[0] == 401
        assert (await get(url, **forwarded, Authorization="Bearer ak-wrong"))[0] == 401
        assert (await get(url, **forwarded, Authorization=f"Basic {KEY}"))[0] == 401
        assert (await get(url, **forwarded, Authorization=f"Bearer {KEY}"))[0] == 200
        assert (await get(url, **forwarded, Authorization=f"Bearer {OTHER_KEY}"))[0] == 200


@pytest.mark.parametrize("key", [b"", "ä".encode(), b"two words", b"\xff"])
async def test_a_key_that_cannot_be_one(key: bytes, caplog: pytest.LogCaptureFixture):
    async with serving() as (_, url):
        host, port = url.removeprefix("ws://").partition("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: a\r\nVia: a\r\nAuthorization: Bearer " + key)
        writer.write(b"\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
        writer.close()
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("169.254.1.1", True),
        ("172.16.0.1", True),
        ("10.1.2.3", True),
        ("192.168.1.5", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:192.168.1.5", True),
        ("8.8.8.8", False),
        ("2a00:1450::1", False),
        ("::ffff:8.8.8.8", False),
        ("2002:808:808::1", False),
        ("2001::1", False),
        ("203.0.113.5", False),
        ("", False),
        (None, False),
    ],
)
def test_only_private_networks_need_no_key(remote: str | None, expected: bool):
    assert is_private(remote, {}) is expected


# Which times count.


class Conversation:
    """A conversation whose events come at times that the test chooses."""

    def __init__(self) -> None:
        self.now = 100.0
        self.registry = CollectorRegistry()
        self.metrics = ConversationMetrics(TurnMetrics(self.registry), lambda: self.now)

    def happen(self, after: float, event: events.Event) -> None:
        self.now += after
        self.metrics.happened(event)

    def speak(self) -> None:
        self.happen(1.0, events.SpeechStarted())
        self.happen(2.0, events.SpeechEnded(0.4))

    def answer(self) -> None:
        self.happen(0.1, events.UserSaid("hello"))
        self.happen(0.2, events.AgentSaid("Good day."))
        self.happen(0.3, events.ReplyStarted())
        self.happen(0.0, events.AgentSaid("How are you?"))
        self.happen(1.0, events.ReplyEnded())

    def announcements(self) -> float | None:
        return self.registry.get_sample_value(f"{PREFIX}turns_total", {"kind": "announcement"})

    def times(self) -> dict[str, Any]:
        """The number and the sum of the times of each stage that has any."""
        found = {
            str(stage): tuple(
                self.registry.get_sample_value(f"{PREFIX}turn_seconds_{what}", {"stage": stage})
                for what in ("count", "sum")
            )
            for stage in Stage
        }
        return {stage: pytest.approx(value) for stage, value in found.items() if value[0]}


ONE_TURN = {
    "end_of_turn": (1, 0.4),
    "transcript": (1, 0.5),
    "first_sentence": (1, 0.7),
    "first_audio": (1, 1.0),
}


def test_each_stage_counts_once_from_the_end_of_speech():
    conversation = Conversation()
    conversation.speak()
    conversation.answer()
    assert conversation.times() == ONE_TURN
    conversation.happen(5.0, events.AgentSaid("By the way."))  # An announcement.
    conversation.happen(0.1, events.ReplyStarted())
    assert conversation.times() == ONE_TURN


def test_answer_of_the_home_is_no_announcement():
    conversation = Conversation()
    conversation.speak()
    conversation.happen(0.1, events.UserSaid("lights on"))
    for message in (Handled(), Say("It is ", is_final=False), Say("on.")):
        conversation.metrics.received(message)
    assert conversation.announcements() == 0
    conversation.metrics.received(Say("Dinner is ready."))
    assert conversation.announcements() == 1
    conversation.metrics.received(Handled())
    conversation.speak()  # The home has said nothing about the turn.
    conversation.metrics.received(Say("Dinner is ready."))
    assert conversation.announcements() == 2


def test_noise_is_not_timed():
    conversation = Conversation()
    conversation.speak()
    conversation.happen(5.0, events.AgentSaid("By the way."))
    conversation.happen(0.1, events.ReplyStarted())
    assert conversation.times() == {}


def test_turn_that_is_taken_back_is_timed_once_the_user_has_finished():
    conversation = Conversation()
    conversation.speak()
    conversation.happen(0.1, events.UserSaid("turn on"))
    conversation.happen(0.2, events.Interrupted(""))
    conversation.speak()
    conversation.answer()
    times = conversation.times()
    assert times["first_audio"] == ONE_TURN["first_audio"]
    assert times["transcript"] == (2, 1.0)


def test_turn_that_fails_has_no_first_audio():
    conversation = Conversation()
    conversation.speak()
    conversation.happen(0.1, events.UserSaid("hello"))
    conversation.happen(0.1, events.Failed(events.Fault.BRAIN, Exception(), is_expected=True))
    conversation.happen(5.0, events.ReplyStarted())
    assert "first_audio" not in conversation.times()


def test_text_that_interrupts_a_spoken_turn_is_not_timed():
    conversation = Conversation()
    conversation.speak()
    conversation.happen(0.1, events.UserSaid("hello"))
    conversation.metrics.received(UserText("good night"))
    conversation.happen(5.0, events.ReplyStarted())
    assert "first_audio" not in conversation.times()
