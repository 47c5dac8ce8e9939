"""Shared by the tests, the demo and the benchmarks: starts the real programs and talks to them.

`home` starts a Home Assistant with an agent, `demo_home` one with rooms and devices, `spoken_turn`
asks a question as a satellite would, and `changes` records the changes in the home.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

_LINES: Final = [
    line.split()
    for line in (ROOT / "scripts" / "home-assistant-versions").read_text("utf-8").splitlines()
    if not line.startswith("#")
]

HOME_ASSISTANTS: Final = tuple(name for name, _ in _LINES)
"""The environments in `.envs/` that have a Home Assistant, oldest first."""

VERSIONS: Final = tuple(version for _, version in _LINES)
"""The versions in these environments."""
