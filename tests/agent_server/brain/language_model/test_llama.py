"""The language model brain with a model that runs in llama.cpp."""

import asyncio
from contextlib import aclosing

import pytest

from agent_server.brain import Exchange
from tests.harness.models.llama import is_installed, is_working, llama

from .serving import PATIENCE, answer, make_brain, turn


@pytest.mark.skipif(not is_installed(), reason="scripts/llama-cpp has not installed it")
@pytest.mark.timeout(600)
async def test_model_in_llama_cpp(tmp_path):
    async with llama(tmp_path / "llama.log") as url, asyncio.timeout(10 * PATIENCE):
        brain = make_brain(url, key="", model=None, wait=5 * PATIENCE)
        await brain.warm_up("en")

        pieces = brain.answer(turn("Tell me a long story about a lamp and a candle."))
        async with aclosing(pieces):
            assert await anext(pieces)
            assert await anext(pieces)
            assert await is_working(url)
        while await is_working(url):  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.02)

        history = Exchange("My name is Ada.", "Hello, Ada.")
        assert await answer(brain, turn("Say yes.", None, history))
