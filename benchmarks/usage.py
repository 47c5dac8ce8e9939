"""The memory and CPU time of a process, and the machine it runs on."""

import asyncio
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from .server import look_at

_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Load:
    """CPU time and memory of the server."""

    seconds: float
    """By the clock."""

    cpu: float
    """Seconds of a core in that time."""

    megabytes: float
    """At the end."""

    @property
    def share(self) -> float:
        """Percent of a core."""
        return self.cpu / self.seconds * _PERCENT


class Watch:
    """Measures the server's process from now on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._begin = asyncio.get_running_loop().time()
        self._cpu = cpu_seconds(pid)

    def stop(self) -> Load:
        """Return the load since the start of the watch."""
        seconds = asyncio.get_running_loop().time() - self._begin
        return Load(seconds, cpu_seconds(self._pid) - self._cpu, look_at(self._pid)[0])


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine(server_cores: int) -> str:
    """Return a line that describes the machine and its load."""
    now, cores = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", os.process_cpu_count()
    return (
        f"{now}, {server_cores} of {cores} cores for the server, {platform.machine()}, "
        f"Python {platform.python_version()}, load {load_average()}"
    )


def load_average() -> str:
    """Return the load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"
