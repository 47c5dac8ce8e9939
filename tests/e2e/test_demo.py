"""scripts/demo speaks a request, which changes the demo home, and saves the answer."""

import re
import subprocess
import sys

import pytest
import soundfile

from tests.agent_server.listening import hear
from tests.harness import ROOT
from tests.recordings import word_errors


def demo(*arguments):
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "scripts.demo", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.mark.timeout(600)
def test_demo(tmp_path, transcriber):
    folder = tmp_path / "demo"
    result = demo("--folder", folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "heard:   turn on the living room lamp" in result.stdout.casefold()
    assert "changed: Living room lamp: off → on" in result.stdout
    assert re.search(r"^ *\d+ ms  Living room lamp: off → on$", result.stdout, re.MULTILINE)
    assert re.search(r"^ *\d+ ms  first audio of the answer$", result.stdout, re.MULTILINE)
    [said] = re.findall(r"^said: +(.+)$", result.stdout, re.MULTILINE)
    samples, rate = soundfile.read(folder / "reply.mp3", dtype="float32")
    assert word_errors(hear(transcriber, samples, rate), said) <= 1


def test_request_that_does_not_exist(tmp_path):
    result = demo("--folder", tmp_path / "demo", tmp_path / "nothing.wav")
    assert (result.returncode, result.stdout) == (1, "")
    assert "No such file" in result.stderr
    assert "Traceback" not in result.stderr
