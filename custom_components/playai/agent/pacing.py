"""Sends frames of audio at the right pace."""

import asyncio
from collections.abc import Callable
from typing import Final

from .connection import Connection
from .messages import AudioIn
from .microphone import FRAME_SECONDS

BACKLOG_SECONDS: Final = FRAME_SECONDS / 4
"""Seconds between the frames of a backlog: four times real time (rule 2)."""


class Sender:
    """Sends what `next_frame` returns: silence in real time, the user's voice as it comes.

    A backlog is sent four times as fast as real time.
    """

    def __init__(
        self, next_frame: Callable[[], tuple[bytes | None, bool]], on_voice_sent: Callable[[], None]
    ) -> None:
        self._next_frame = next_frame
        self._on_voice_sent = on_voice_sent
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Ask for a frame again: there may be one now."""
        self._changed.set()

    async def run(self, connection: Connection) -> None:
        """Send until the connection fails with an `AgentError`, or this is cancelled."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame, is_voice = self._next_frame()
            if frame is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            await connection.send(AudioIn(frame))
            if is_voice:
                self._on_voice_sent()
            due = max(due, clock())
            due += BACKLOG_SECONDS if is_voice else FRAME_SECONDS
            await asyncio.sleep(due - clock())
