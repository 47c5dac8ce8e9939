"""Brains that call tools of the home."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from agent_server.brain import Turn
from agent_server.home import HomeError
from agent_server.limits import Limits
from agent_server.registry import Engines

from .calling import call, link
from .serving import AGENT, KEY, make_engines, serving
from .test_dialogue import AE, RAW, SAID, A, E, S, pause
from .test_home_link import VAD, said
from .test_pause import PAUSE, hesitate

OFFER = {
    "answers": False,
    "prompt": "Be brief.",
    "tools": [{"name": "TurnOn", "description": "Turns on.", "parameters": {"type": "object"}}],
}


class ToolBrain:
    """Calls a tool and says its result."""

    def __init__(self, tool: str) -> None:
        self._tool = tool

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        if turn.home is None:
            yield "No home."
            return
        tools = [tool.name for tool in turn.home.tools]
        try:
            result = await turn.home.call(self._tool, {"name": turn.text})
        except HomeError as error:
            yield f"{error}."
        else:
            yield f"{turn.home.prompt} {tools} {result.data} {result.is_error}"


def engines(tool: str = "TurnOn") -> Engines:
    return replace(
        make_engines(),
        brains={"tools": lambda: ToolBrain(tool)},
        tool_brains=frozenset({"tools"}),
    )


async def test_tool_of_the_home():
    async with (
        serving(engines(), brain="tools") as (_, url),
        link(url, AGENT, KEY, offer=OFFER, **VAD) as caller,
    ):
        assert caller.of("agent")[0]["features"] == [
            "say",
            "userText",
            "phrases",
            "patience",
            "played",
            "partialTranscripts",
            "hold",
            "tools",
            "toolWords",
        ]
        await caller.say(0x10)
        called = await caller.wait("toolCall")
        assert called == {
            "type": "toolCall",
            "id": called["id"],
            "name": "TurnOn",
            "arguments": {"name": "w10"},
        }
        assert [kind for kind in caller.types if kind in {S, E, SAID, "toolCall"}] == [
            *(S, E, SAID, "toolCall")
        ]
        result = {"type": "toolResult", "id": called["id"], "data": {"on": 1}, "isError": False}
        await caller.send(result, result)
        await caller.wait(AE)
        assert " ".join(said(caller)) == "Be brief. ['TurnOn'] {'on': 1} False"


class AskingBrain:
    """Says the home's words before the result of a call."""

    async def answer(self, turn: Turn) -> AsyncGenerator[str]:
        assert turn.home is not None
        said: list[str] = []
        result = await turn.home.call("TurnOn", {}, said.append)
        yield f"{said} {result.data}"


async def test_words_of_the_home_before_a_result():
    tools = replace(engines(), brains={"tools": AskingBrain})
    async with (
        serving(tools, brain="tools", limits=Limits(home_text=20)) as (_, url),
        link(url, AGENT, KEY, offer=OFFER, **VAD) as caller,
    ):
        await caller.say(0x10)
        call_id = (await caller.wait("toolCall"))["id"]
        for words in ("", "Should I?", "x" * 20, "Really?"):
            await caller.send({"type": "answerDelta", "id": call_id, "text": words})
        await caller.send({"type": "toolResult", "id": call_id, "data": 1})
        await caller.send({"type": "answerDelta", "id": call_id, "text": "Late."})
        await caller.wait(AE)
        assert " ".join(said(caller)) == "['Should I?', 'Really?'] 1"
        assert caller.codes == []


async def test_tools_are_not_called_in_a_guess():
    async with (
        serving(engines(), brain="tools") as (_, url),
        link(url, AGENT, KEY, offer=OFFER, **VAD) as caller,
    ):
        await hesitate(caller, 0x10)
        await pause()
        assert not caller.of("toolCall")
        await caller.play(PAUSE)
        await caller.wait("toolCall")


async def test_tool_that_is_not_offered():
    async with (
        serving(engines("Unlock"), brain="tools") as (_, url),
        link(url, AGENT, KEY, offer=OFFER) as caller,
    ):
        await caller.say(0x10)
        await caller.wait(AE)
        assert said(caller) == ["the home has no tool Unlock."]
        assert not caller.of("toolCall")


async def test_tool_that_does_not_answer():
    limits = Limits(home_tool=0.2)
    async with (
        serving(engines(), brain="tools", limits=limits) as (_, url),
        link(url, AGENT, KEY, offer=OFFER) as caller,
    ):
        await caller.say(0x10)
        call_id = (await caller.wait("toolCall"))["id"]
        await caller.wait(AE)
        assert said(caller) == ["the tool TurnOn does not answer."]
        assert caller.of("cancel") == [{"type": "cancel", "id": call_id}]
        late = {"type": "toolResult", "id": call_id, "data": None, "isError": True}
        await caller.send(late)
        await pause()
        assert caller.codes == []


async def test_speaking_cancels_a_tool():
    async with (
        serving(engines(), brain="tools") as (_, url),
        link(url, AGENT, KEY, offer=OFFER, **VAD) as caller,
    ):
        await caller.say(0x10)
        call_id = (await caller.wait("toolCall"))["id"]
        await caller.say(0x11)
        second = await caller.wait("toolCall", 2)
        assert caller.of("cancel") == [{"type": "cancel", "id": call_id}]
        assert second["arguments"] == {"name": "w11"}


async def test_clients_without_a_home():
    async with (
        serving(engines(), brain="tools") as (_, url),
        call(url, AGENT, KEY, **RAW) as caller,
    ):
        await caller.say(0x10)
        await caller.wait(A)
        assert said(caller) == ["No home."]
