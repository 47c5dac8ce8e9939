"""Over the wire: the client reports the heard part of a reply, and the agent remembers it."""

from typing import Any

import pytest

from agent_server.brain import Exchange
from agent_server.limits import Limits

from .calling import Caller, call, eventually, link
from .serving import AGENT, KEY, make_engines, serving
from .test_dialogue import AE, RAW, SAID, N

VAD: dict[str, Any] = {"enableVad": True, **RAW}
FIRST, SECOND = "One two three four.", "Five six seven eight nine ten eleven twelve."
WORD = 250
"""Milliseconds of a word."""


async def played(caller: Caller, ms: float, stream: int = 1, **fields: Any) -> None:
    await caller.send({"type": "played", "stream": stream, "ms": ms, **fields})


async def test_the_answer_ends_at_the_words_that_were_heard():
    engines = make_engines(lambda _: f"{FIRST} {SECOND}")
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        assert "played" in caller.of("agent")[0]["features"]
        await caller.say(0x20)
        await caller.wait(AE)
        await caller.say(0x21)
        await caller.wait("onAgentInterrupted")
        await played(caller, 6 * WORD + 10, isStopped=True)
        await caller.wait(SAID, 2)
        await eventually(lambda: len(engines.brain.histories) == 2)
    (exchange,) = engines.brain.histories[-1]
    assert exchange == Exchange("w20", f"{FIRST} Five six", SECOND)


async def test_positions_while_it_plays_decide_what_is_interrupted():
    engines = make_engines(lambda _: f"{FIRST} {SECOND}")
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x20)
        await caller.wait(AE)
        await played(caller, 100_000)  # Everything.
        await caller.say(0x21)
        await caller.wait(AE, 2)
        assert caller.of("onAgentInterrupted") == []
    (exchange,) = engines.brain.histories[-1]
    assert exchange == Exchange("w20", f"{FIRST} {SECOND}")


@pytest.mark.parametrize(
    "fields",
    [
        {"stream": 1},
        {"stream": 0, "ms": 1},
        {"stream": 2, "ms": 1},
        {"stream": True, "ms": 1},
        {"stream": "1", "ms": 1},
        {"stream": 1, "ms": -1},
        {"stream": 1, "ms": 0.5},
        {"stream": 1, "ms": 1e300},
        {"stream": 1, "ms": None},
        {"stream": 1, "ms": 1, "isStopped": "yes"},
    ],
    ids=str,
)
async def test_invalid_position_costs_an_error(fields: dict[str, Any]):
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        await caller.send({"type": "played", **fields})
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (4400, False)
        await caller.say(0x11)
        await caller.wait(N, 2)


async def test_flood_of_positions_is_ended():
    limits = Limits(take_back=0.0, home_messages=50.0, home_rate=1.0)
    async with serving(limits=limits) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        for ms in range(100):
            await played(caller, ms)
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (4400, True)
        await caller.wait_closed()


async def test_client_without_a_home_link_cannot_report():
    async with serving() as (_, url), call(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        await played(caller, 10)
        assert (await caller.wait("error"))["code"] == 4400
