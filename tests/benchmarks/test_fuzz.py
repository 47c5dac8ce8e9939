"""A few seconds of mutated input reach every target and find nothing."""

import re
import subprocess
import sys

from tests.harness import ROOT

TARGETS = {
    *("reply:wav", "reply:mp3", "reply:flac", "reply:ogg", "reply:raw", "reply:mulaw"),
    *("microphone:wav", "microphone:ogg", "messages", "requests", "frames", "link"),
}
ROW = re.compile(r"^\| (\S+) \| (\d+) \| (\d+) \| (\d+) \|", re.MULTILINE)


def test_a_short_run_finds_nothing(tmp_path):
    result = subprocess.run(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-m", "benchmarks.fuzz", "--seconds", "2", "--seed", "1"),
            *("--folder", tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    counts = {name: [int(count) for count in rest] for name, *rest in ROW.findall(result.stdout)}
    assert counts.keys() == TARGETS
    for name, (inputs, refused, accepted) in counts.items():
        assert inputs == refused + accepted, name
        assert inputs > 5, name
        assert refused > 0 or name == "microphone:ogg", name  # It refuses one in 250.
        assert accepted > 0, name
