"""scripts/talk asks a running agent or starts one."""

import os
import re
import signal
import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.agent_server.listening import hear
from tests.harness import ROOT
from tests.recordings import FOLDER, word_errors

PATIENCE = 120


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the agent's id and key."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def address(state) -> Iterator[str]:
    """The address of an agent that is stopped with SIGTERM, as a service manager does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agent_server", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert process.stdout.read() == ""
    process.stdout.close()


TALK = """
import sys
from scripts import talk
talk.PORT = int(sys.argv.pop(1))
sys.exit(talk.main())
"""
"""The program, which looks for a running agent on the given port."""


@pytest.fixture
def free_port() -> Iterator[int]:
    """A reserved port that nobody listens on."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


def talk(state, *arguments, port=1):
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", TALK, str(port), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("output_format", ["wav", "mp3", "raw"])
def test_question_and_answer(address, state, tmp_path, transcriber, output_format):
    reply = tmp_path / "reply.wav"
    question = FOLDER / "goforward.flac"
    result = talk(state, question, reply, "--url", address, "--format", output_format)
    assert (result.returncode, result.stderr) == (0, "")
    assert "heard: Go forward ten meters." in result.stdout
    [said] = re.findall(r"said:  (.+)", result.stdout)
    assert "Go forward" not in said
    assert re.search(r"first audio -?\d+ ms after the end of speech", result.stdout)
    with wave.open(str(reply)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32_768
        rate = file.getframerate()
    assert word_errors(hear(transcriber, samples.astype(np.float32), rate), said) <= 2


def test_silence(address, state, tmp_path):
    silence = tmp_path / "silence.wav"
    with wave.open(str(silence), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    result = talk(state, silence, tmp_path / "reply.wav", "--url", address)
    assert (result.returncode, result.stderr) == (2, "talk: the agent detected no speech\n")


def test_wrong_key(address, state, tmp_path):
    question = FOLDER / "goforward.flac"
    options = ["--url", address, "--agent-id", "nobody", "--api-key", "ak-wrong"]
    result = talk(state, question, tmp_path / "reply.wav", *options)
    assert result.returncode == 1
    # The error does not reveal which agents exist.
    assert result.stderr.startswith("talk: invalid_key: ")


def test_every_given_option_counts(address, state, tmp_path):
    arguments = [FOLDER / "goforward.flac", tmp_path / "reply.wav", "--url", address]
    result = talk(state, *arguments, "--api-key", "ak-wrong")
    assert (result.returncode, result.stderr[:18]) == (1, "talk: invalid_key:")
    result = talk(state, *arguments, "--agent-id", "nobody")
    assert (result.returncode, result.stdout) == (2, "")
    assert "--api-key" in result.stderr


def test_running_agent_is_found(address, state, tmp_path):
    port = int(address.split("/")[2].rpartition(":")[2])
    result = talk(state, FOLDER / "goforward.flac", tmp_path / "reply.wav", port=port)
    assert (result.returncode, result.stderr) == (0, "")
    assert "heard: Go forward ten meters." in result.stdout


def test_running_agent_whose_key_is_unknown(address, tmp_path):
    port = int(address.split("/")[2].rpartition(":")[2])
    result = talk(tmp_path, FOLDER / "goforward.flac", port=port)
    assert (result.returncode, result.stdout) == (2, "")
    assert str(tmp_path) in result.stderr


def test_an_agent_is_started_where_none_runs(tmp_path, free_port):
    """It has its own id and key; those of the user are not touched."""
    state, reply = tmp_path / "state", tmp_path / "reply.wav"
    result = talk(state, FOLDER / "goforward.flac", reply, port=free_port)
    assert (result.returncode, result.stderr) == (0, "starting an agent …\n")
    assert "heard: Go forward ten meters." in result.stdout
    assert reply.exists()
    assert not state.exists()


def test_started_agent_gets_the_given_options(tmp_path, free_port):
    options = ["--api-key", "ak-wrong"]
    result = talk(tmp_path, FOLDER / "goforward.flac", *options, port=free_port)
    assert result.returncode == 1
    assert "talk: invalid_key: " in result.stderr


def test_reply_is_ignored_by_git():
    git = ["git", "check-ignore", "--quiet", "reply.wav"]
    assert subprocess.run(git, cwd=ROOT, check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.wav", None, "No such file"),
        ("text.wav", b"this is no recording at all", "no WAV header"),
        ("empty.wav", b"", "no audio"),
    ],
)
def test_invalid_question(tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = talk(tmp_path, tmp_path / name)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
