"""A language model that runs in llama.cpp answers through Home Assistant's integration."""

import asyncio

import pytest

from tests.harness.demo_home import KITCHEN, demo_home
from tests.harness.models.answering import add_openai, answer_with
from tests.harness.models.llama import is_installed, is_working, llama
from tests.harness.models.tap import ModelTap
from tests.harness.spoken_turn import ask_satellite, first_sound

from .models import beginning, speak

STORY = "Tell me a long story about a lamp and a candle."


@pytest.mark.skipif(not is_installed(), reason="scripts/llama-cpp has not installed it")
@pytest.mark.timeout(600)
async def test_model_in_llama_cpp(tmp_path):
    async with (
        llama(tmp_path / "llama.log") as url,
        ModelTap(url) as model,
        demo_home(tmp_path / "home", environment={"OPENAI_BASE_URL": f"{model.url}/v1"}) as home,
    ):
        # The model calls no tools.
        await answer_with(home, await add_openai(home, tools=False))

        turn = await ask_satellite(home, KITCHEN, speak("What is a lamp?"))
        assert turn.error == ""
        assert len(model.requests) == 1
        assert first_sound(turn)

        # The answer is spoken while it arrives; the next question stops it.
        async with beginning(home, STORY):
            story = model.requests[-1]
            assert not story.ended_at
            assert await is_working(url)
            following = asyncio.create_task(ask_satellite(home, KITCHEN, speak("Good night.")))
            while not story.ended_at:  # noqa: ASYNC110 (the proxy has no event for it)
                await asyncio.sleep(0.02)
            assert story.is_abandoned
            while await is_working(url) and len(model.requests) == 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (await following).error == ""
