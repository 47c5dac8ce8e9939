"""`scripts/setup` on computers where something is missing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness import ROOT

TOOLS = ("bash", "cat", "cksum", "cut", "dirname", "env", "flock", "grep", "mkdir", "rm", "sort")


@pytest.fixture
def computer(tmp_path: Path) -> Path:
    """A checkout without environments, and `bin`, which has only the tools of every Linux."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("setup", "home-assistant-versions", "debian-python", "ha-requirements"):
        shutil.copy(ROOT / "scripts" / name, scripts)
    for name in ("requirements_ha.txt", "requirements_test.txt"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        program = shutil.which(name)
        assert program is not None
        (tools / name).symlink_to(program)
    return tmp_path


def add_program(computer: Path, name: str, text: str) -> None:
    program = computer / "bin" / name
    program.write_text(f"#!{shutil.which('bash')}\n{text}\n")
    program.chmod(0o755)


def set_up(computer: Path, *names: str) -> str:
    """Return the error message of the script."""
    result = subprocess.run(  # noqa: S603
        [str(computer / "scripts" / "setup"), *names],
        env={"PATH": str(computer / "bin")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    return result.stderr


def test_all_missing_packages_are_named_at_once(computer):
    assert set_up(computer, "newest-ha", "test", "chromium") == (
        "setup: please install these system packages first:"
        " chromium python3 python3-venv g++ ffmpeg\n"
    )
    assert not [*computer.glob(".envs/*/")]


def test_only_what_is_needed_is_named(computer):
    add_program(computer, "ffmpeg", "")
    add_program(computer, "uv", "echo 'uv 0.13.9'")
    expected = "setup: please install these system packages first: g++\n"
    assert set_up(computer, "newest-ha") == expected


def test_uv_that_is_too_old_is_not_used(computer):
    add_program(computer, "uv", "echo 'uv 0.7.22 (0fc2a6b71 2025-07-17)'")
    assert "python3-venv" in set_up(computer, "test")
