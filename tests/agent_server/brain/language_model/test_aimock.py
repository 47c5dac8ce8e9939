"""The language model brain with the server of another project."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from agent_server.brain import BrainError
from agent_server.home import ToolResult
from tests.agent_server.openai import KEY
from tests.harness.models.aimock import MODEL, aimock, is_installed
from tests.harness.models.tap import ModelTap

from .serving import PATIENCE, FakeHome, answer, make_brain, turn

STORY = "Once upon a time there was a lamp. It stood in a small kitchen. It was friendly."
FIXTURES: list[dict[str, Any]] = [
    {
        "match": {"userMessage": "brighter", "hasToolResult": True, "toolResultContains": "lamp"},
        "response": {"content": "It is brighter now."},
    },
    {
        "match": {"userMessage": "brighter", "systemMessage": "The home has a lamp."},
        "response": {"toolCalls": [{"name": "TurnOn", "arguments": {"area": "Kitchen"}}]},
    },
    {
        "match": {"userMessage": "story"},
        "response": {"content": STORY},
        "chunkSize": 8,
        "streamingProfile": {"ttft": 10, "tps": 2},
    },
    {
        "match": {"userMessage": "guess"},
        "response": {"content": "I would say that there are more than five of them."},
        "chunkSize": 12,
        "truncateAfterChunks": 2,
    },
    {
        "match": {"userMessage": "expensive"},
        "response": {"error": {"message": "Too many", "type": "rate_limit_error"}, "status": 429},
    },
    {
        "match": {"userMessage": "secret"},
        "response": {
            "error": {"message": f"Incorrect API key provided: {KEY}", "type": "x"},
            "status": 401,
        },
    },
    {"match": {"userMessage": "odd"}, "response": {"content": "x"}, "chaos": {"malformedRate": 1}},
    {
        "match": {"userMessage": "gone"},
        "response": {"content": "x"},
        "chaos": {"disconnectRate": 1},
    },
    {"match": {}, "response": {"content": "All right."}},
]


@pytest.mark.skipif(not is_installed(), reason="scripts/model-servers has not installed aimock")
async def test_model_of_another_server(tmp_path, caplog):
    async with (
        asyncio.timeout(4 * PATIENCE),
        aimock(tmp_path, FIXTURES) as url,
        ModelTap(url) as tap,
    ):
        brain = make_brain(tap.url, model=MODEL, tools=True)

        home = FakeHome(ToolResult({"changed": ["lamp"]}, is_error=False))
        assert await answer(brain, turn("Make it brighter.", home)) == "It is brighter now."
        assert home.calls == [("TurnOn", {"area": "Kitchen"})]

        pieces = brain.answer(turn("Tell me a story."))
        async with aclosing(pieces):
            first = await anext(pieces)
        assert STORY.startswith(first)
        assert first != STORY
        while not tap.requests[-1].ended_at:  # noqa: ASYNC110 (the tap has no event for it)
            await asyncio.sleep(0.01)
        assert tap.requests[-1].is_abandoned

        brain = make_brain(url, model=MODEL)
        for question, reason in (
            ("Please guess how many there are.", "connection to it fails|breaks off"),
            ("What is the most expensive one?", "accepts no more requests"),
            ("What is the secret?", "refuses the key"),
            ("What is odd?", "breaks off|invalid answer"),
            ("What is gone?", "connection to it fails|HTTP 5"),
        ):
            with pytest.raises(BrainError, match=reason):
                await answer(brain, turn(question))
            assert await answer(brain, turn("Please go on.")) == "All right."
    assert KEY not in caplog.text
