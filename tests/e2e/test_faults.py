"""Turns with faults in a real Home Assistant, in three simultaneous conversations."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.harness import ROOT

SEED = "34"
"""Selects a run without the faults that take half a minute."""


@pytest.mark.timeout(600)
def test_faults_leave_nothing_behind(tmp_path):
    process = subprocess.Popen(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-m", "benchmarks.faults", "--turns", "40"),
            *("--seed", SEED, "--rest", "0", "--folder", tmp_path / "home"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, errors = process.communicate(timeout=500)
    finally:
        # The program cannot stop its own Home Assistant and agent when it is killed.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == 0, out + errors
    assert "Verdict: proved" in out
