"""Turns with faults in a real Home Assistant, in three simultaneous conversations."""

import subprocess
import sys

import pytest

from tests.harness import ROOT

SEED = "34"
"""Selects a run without the faults that take half a minute."""


@pytest.mark.timeout(600)
def test_faults_leave_nothing_behind(tmp_path):
    result = subprocess.run(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-m", "benchmarks.faults", "--turns", "40"),
            *("--seed", SEED, "--rest", "0", "--folder", tmp_path / "home"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Verdict: proved" in result.stdout
