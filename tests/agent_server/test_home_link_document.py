"""The example in docs/home-link.md runs as documented."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent_server.stt import Transcript
from agent_server.stt.blocking import BlockingSpeechToText

from .calling import HOME_LINK, RATE, SILENCE, connect
from .programs import ROOT
from .serving import AGENT, KEY, make_engines, serving

DOCUMENT = (ROOT / "docs" / "home-link.md").read_text("utf-8")
EXAMPLE = re.findall(r"^([→←]) (.+)$", DOCUMENT, re.MULTILINE)
SAYS, A = "onAgentTranscript", "audioStream"


class Prompter:
    """Returns the next sentence of the example."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = iter(texts)

    def transcribe(
        self,
        audio: NDArray[np.float32],
        earlier: Transcript | None = None,
        phrases: Sequence[str] = (),
    ) -> Transcript:
        return earlier or Transcript(next(self._texts))


def without_audio(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out messages that may arrive at any time within a reply, and hide the random id."""
    kept = [message for message in messages if message["type"] not in {A, SAYS}]
    return [
        message | ({"conversationId": "…"} if message["type"] == "init" else {}) for message in kept
    ]


async def test_the_example():
    spoken = [line.removeprefix("audio: ") for _, line in EXAMPLE if line.startswith("audio: ")]
    expected = [json.loads(line) for side, line in EXAMPLE if side == "←"]
    transcriber = Prompter(spoken)
    engines = replace(
        make_engines(),
        speech_to_text=lambda threads: BlockingSpeechToText(transcriber, threads),
    )
    async with (
        serving(engines, brain="auto") as (_, url),
        connect(url, AGENT, [HOME_LINK]) as caller,
    ):
        came = []
        for side, lines in groupby(EXAMPLE, key=lambda line: line[0]):
            for _, line in lines:
                if side == "←":
                    came.append(json.loads(line)["type"])
                elif line.startswith("audio: "):
                    await asyncio.sleep(1.5)  # Until the previous reply was played.
                    await caller.play(b"\x10" * RATE + bytes([SILENCE]) * RATE)
                else:
                    await caller.send(line.replace('"apiKey": "…"', f'"apiKey": "{KEY}"'))
            for kind in {*came} - {A}:
                await caller.wait(kind, came.count(kind))
    assert without_audio(caller.messages) == without_audio(expected)
    said = [message for message in caller.messages if message["type"] == SAYS]
    assert said == [message for message in expected if message["type"] == SAYS]
