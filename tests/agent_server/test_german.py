"""A conversation in German: the multilingual Whisper hears, a Wyoming server speaks.

scripts/german-speech installs the model and the voice, which also plays the user.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from wyoming.event import Event, async_write_event

from agent_server.audio import INPUT_RATE, mulaw_encode, resample
from agent_server.check import check_engines
from agent_server.config import Agent, Whisper
from agent_server.models.catalogue import find
from agent_server.models.part import verify
from agent_server.registry import import_engines
from agent_server.stt.whisper import WhisperTranscriber
from agent_server.wire.server import PATH, Server
from tests.harness import ROOT

from . import wyoming
from .calling import RATE, SILENCE, Caller, link
from .espeak import Espeak
from .wyoming import voices

FOLDER = ROOT / ".envs" / "german"
KEY = "k2J9xPq7Lw4TzR8m"
REQUEST = "Guten Abend, mach bitte das Licht an."
ANSWER = "Das Licht im Wohnzimmer ist jetzt an."

pytestmark = pytest.mark.skipif(
    not (FOLDER / "stamp").exists(), reason="scripts/german-speech has not run"
)


@pytest.fixture(scope="module")
def thorsten() -> Espeak:
    return Espeak(FOLDER / "espeak", "de", words_per_minute=130)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def mouth(voice: Espeak) -> wyoming.Answer:
    """A Wyoming server that really speaks."""

    async def answer(event: Event, writer: asyncio.StreamWriter) -> None:
        if event.type == "synthesize":
            about = {"rate": voice.rate, "width": 2, "channels": 1}
            speech = voice.speak(event.data["text"]).astype("<i2").tobytes()
            await async_write_event(Event("audio-start", about), writer)
            for start in range(0, len(speech), 4096):
                await async_write_event(
                    Event("audio-chunk", about, speech[start : start + 4096]), writer
                )
            await async_write_event(Event("audio-stop"), writer)

    return answer


def at_input_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    return resample((samples / 32_768).astype(np.float32), rate, INPUT_RATE)


def test_model_is_that_of_the_catalogue():
    known = find("whisper", "base")
    assert known is not None
    assert all(verify(file, FOLDER / "whisper" / file.name) for file in known.files)


@asynccontextmanager
async def talking(voice: Espeak, *, answers: bool) -> AsyncIterator[Caller]:
    """Let the user say the request to an agent, in a home that answers or not."""
    async with wyoming.serving(voices(thorsten="de_DE"), mouth(voice)) as server:
        hears, speaks = Whisper(FOLDER / "whisper"), server.address(voice="thorsten")
        agents = [Agent("wohnzimmer", KEY, language="de", stt=(hears,), tts=(speaks,))]
        engines = import_engines(1.3, agents)()
        await check_engines(agents, engines)
        agent = Server(agents, engines, max_connections=2, document_only=False)
        port = await agent.start("127.0.0.1", 0)
        try:
            url = f"ws://127.0.0.1:{port}{PATH}"
            setup = {"outputFormat": "raw", "outputSampleRate": INPUT_RATE}
            offer = {"language": "de-AT", "answers": answers}
            async with link(url, "wohnzimmer", KEY, offer=offer, **setup) as caller:
                assert caller.of("agent")[0]["languages"] == ["de"]
                speech = at_input_rate(voice.speak(REQUEST), voice.rate)
                await caller.play(mulaw_encode((speech * 32_767).astype(np.int16)))
                await caller.play(bytes([SILENCE]) * 2 * RATE)
                yield caller
        finally:
            await agent.stop()


async def test_the_home_answers(thorsten):
    async with talking(thorsten, answers=True) as caller:
        asked = await caller.wait("ask")
        assert words(asked["text"]) == words(REQUEST)
        await caller.send(
            {"type": "answerDelta", "id": asked["id"], "text": ANSWER},
            {"type": "answerEnd", "id": asked["id"]},
        )
        await caller.wait("audioStreamEnd")
        assert [said["message"] for said in caller.of("onAgentTranscript")] == [ANSWER]
        reply = np.frombuffer(caller.audio(), "<i2")
    whisper = WhisperTranscriber(FOLDER / "whisper")
    assert words(whisper.transcribe(at_input_rate(reply, INPUT_RATE), "de-DE")) == words(ANSWER)


async def test_agent_without_a_home_says_so_in_german(thorsten):
    async with talking(thorsten, answers=False) as caller:
        await caller.wait("audioStreamEnd")
        said = " ".join(message["message"] for message in caller.of("onAgentTranscript"))
    assert said.startswith("Um zu antworten, brauche ich ein Zuhause")
