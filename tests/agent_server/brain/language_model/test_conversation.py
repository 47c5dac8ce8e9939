"""Conversations with an agent whose brain is a language model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from agent_server.brain.home import AutoBrain
from agent_server.config import LanguageModel
from tests.agent_server.calling import PATIENCE, call, eventually, link
from tests.agent_server.openai import KEY as MODEL_KEY
from tests.agent_server.openai import Handler
from tests.agent_server.programs import ended, line, started
from tests.agent_server.serving import AGENT, KEY, make_engines, serving
from tests.agent_server.test_dialogue import AE, RAW, A
from tests.agent_server.test_home_link import VAD, asked, delta, end, said
from tests.agent_server.test_played import played

from .serving import Script, calls, make_brain, model_server, respond, words

OFFER: dict[str, Any] = {
    "answers": False,
    "prompt": "The home has a lamp.",
    "tools": [{"name": "TurnOn", "description": "Turns on.", "parameters": {"type": "object"}}],
}


@asynccontextmanager
async def talking(handler: Handler, *, tools: bool = False) -> AsyncIterator[str]:
    """Serve an agent with a language model; yield its address."""
    async with model_server(handler) as url:
        engine = LanguageModel(url, tools=tools)
        engines = replace(
            make_engines(),
            brains={engine: partial(AutoBrain, make_brain(url, tools=tools))},
            tool_brains=frozenset({engine} if tools else ()),
        )
        async with serving(engines, brain=engine) as (_, address):
            yield address


async def test_tool_of_the_home():
    script = Script(calls(("TurnOn", '{"name": "lamp"}')), words("The **lamp** is on. ", "Bye."))
    async with (
        talking(script, tools=True) as url,
        link(url, AGENT, KEY, offer=OFFER, **VAD) as caller,
    ):
        assert "tools" in caller.of("agent")[0]["features"]
        await caller.say(0x10)
        called = await caller.wait("toolCall")
        assert (called["name"], called["arguments"]) == ("TurnOn", {"name": "lamp"})
        result = {"type": "toolResult", "id": called["id"], "data": {"on": 1}, "isError": False}
        await caller.send(result)
        await caller.wait(AE)
        assert said(caller) == ["The **lamp** is on.", "Bye."]
    assert script.messages[-1]["content"] == '{"on": 1}'


async def test_home_that_answers_comes_first():
    script = Script(words("From the model."))
    async with talking(script) as url, link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        call_id = await asked(caller)
        await delta(caller, call_id, "From the home.")
        await end(caller, call_id)
        await caller.wait(AE)
        await played(caller, 100_000)  # Everything.
        await caller.say(0x11)
        await end(caller, await asked(caller, 2), error="not_understood")
        await caller.wait(AE, 2)
        assert said(caller) == ["From the home.", "From the model."]
    contents = [message["content"] for message in script.messages[1:]]
    assert contents == ["w10", "From the home.", "w11"]


async def test_failure_costs_one_turn():
    broken, works = respond(429, "{}"), Script(words("Hello."))
    is_broken = True

    async def handler(request: web.Request) -> web.StreamResponse:
        handle: Handler = broken if is_broken else works
        return await handle(request)

    async with talking(handler) as url, call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        assert (await caller.wait("error"))["code"] == 3003
        is_broken = False
        await caller.say(0x11)
        await caller.wait(A)


async def test_interruption_closes_the_connection():
    script = Script(words("One. ", "Two. ", "Three."))
    script.hold = 2
    async with talking(script) as url, call(url, AGENT, KEY, **RAW) as caller:
        await caller.say(0x10)
        await caller.wait(A)
        await caller.say(0x11)
        async with asyncio.timeout(PATIENCE):
            await script.is_cancelled.wait()


async def test_agent_warms_its_model_up_and_keeps_the_key(tmp_path: Path):
    script = Script(words("Hello."))
    async with model_server(script) as url:
        config = tmp_path / "agents.toml"
        (tmp_path / "key").write_text(MODEL_KEY)
        server = f"openai = '{url}/v1', key_file = 'key'"
        config.write_text(
            f"port = 0\nstate_dir = '{tmp_path / 'state'}'\n[[agents]]\nid = 'jarvis'\n"
            f"brain = {{ {server}, model = 'small', tools = true }}\n"
            f"stt = {{ {server} }}\ntts = {{ {server} }}\n"
        )
        async with started("--config", str(config)) as process:
            assert (await line(process)).startswith("ws://")
            await eventually(lambda: bool(script.requests))
            assert script.headers[0]["Authorization"] == f"Bearer {MODEL_KEY}"
            process.terminate()
            code, out, err = await ended(process)
    assert code == 0
    assert MODEL_KEY not in out + err
    assert "HTTP Request" not in err
