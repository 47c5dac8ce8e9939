"""Recorded questions to a real Home Assistant are answered by a real agent."""

import asyncio
import io
import re
import subprocess

import pytest
import soundfile

from tests.agent_server.listening import hear
from tests.harness import ROOT
from tests.harness.home import Home
from tests.harness.spoken_turn import SpokenTurn, ask
from tests.recordings import RECORDINGS, word_errors

QUESTION = next(recording for recording in RECORDINGS if recording.name == "goforward")
OTHER_QUESTION = next(recording for recording in RECORDINGS if recording.name == "something")
SPEAKER = {
    "preferred_format": "wav",
    "preferred_sample_rate": 16_000,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}


def listen(turn: SpokenTurn, transcriber) -> str:
    """Transcribe the answer."""
    data = bytes(turn.audio)
    if data.startswith(b"RIFF"):  # The header of a stream has no length.
        data = data[:40] + (len(data) - 44).to_bytes(4, "little") + data[44:]
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    return hear(transcriber, samples, rate).lower()


def children(pid: int) -> set[str]:
    """The names of a process's child processes."""
    found = subprocess.run(  # noqa: S603 (a fixed command)
        ["/usr/bin/env", "ps", "-o", "comm=", "--ppid", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return set(found.stdout.split())


async def watch(pid: int, seen: set[str]) -> None:
    while True:
        seen |= await asyncio.to_thread(children, pid)
        await asyncio.sleep(0.01)


async def transcribe(home, pcm) -> str:
    """Send a recording as the documentation shows; return the response."""
    text = (ROOT / "docs" / "entities.md").read_text()
    [example] = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    [(name, value)] = re.findall(r'"(X-Speech-Content): (.*)"', example)
    [path] = re.findall(r":8123(/\S+)", example)
    wav = io.BytesIO()
    soundfile.write(wav, pcm, 16_000, format="WAV", subtype="PCM_16")
    async with home.api.http.post(
        home.url + path, headers={name: value}, data=wav.getvalue()
    ) as response:
        answer: str = await response.text()
    assert answer == example.splitlines()[-1]
    return answer


@pytest.mark.timeout(600)
async def test_spoken_turns(tmp_path, transcriber):
    async with Home(tmp_path / "home") as home:
        # Otherwise it would restart with another port during the test.
        assert (await home.api.command("http/config"))["revert_at"] is None
        pipeline = await home.add_agent()
        started: set[str] = set()
        watching = asyncio.create_task(watch(home.hass_pid, started))
        turns = [await ask(home, pipeline, QUESTION.pcm)]
        turns.append(await ask(home, pipeline, QUESTION.pcm, output=SPEAKER))
        turns.append(await ask(home, pipeline, QUESTION.pcm, output={"preferred_format": "flac"}))
        together = await asyncio.gather(
            *(ask(home, pipeline, question.pcm) for question in (QUESTION, OTHER_QUESTION))
        )
        assert "Go forward ten meters." in await transcribe(home, QUESTION.pcm)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        log = home.log.read_text()
        cached = list((home.folder / "config" / "tts").glob("*"))
    for turn in turns[:2]:
        assert word_errors(listen(turn, transcriber), turn.said) <= 3
    assert turns[2].audio.startswith(b"fLaC")
    for turn in turns:
        assert turn.heard == "Go forward ten meters."
        assert turn.said
        assert "go forward" not in turn.said.lower()
        assert turn.error == ""
        assert turn.speech_ended < turn.turn_ended < turn.first_audio <= turn.last_audio
    for turn in together:
        assert word_errors(listen(turn, transcriber), turn.said) <= 3
    assert together[0].heard != together[1].heard
    assert not cached
    assert "ffmpeg" not in started
    ours = [line for line in log.splitlines() if "playai" in line and "not been tested" not in line]
    assert not [line for line in ours if " ERROR " in line or " WARNING " in line]
