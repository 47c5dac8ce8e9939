"""Sends frames of audio at the right pace."""

import asyncio
from collections.abc import Callable
from typing import Final

from .connection import Connection
from .messages import AudioIn, Message
from .microphone import FRAME_SECONDS

BACKLOG_SECONDS: Final = FRAME_SECONDS / 4
"""Seconds between the frames of a backlog: four times real time (rule 2)."""


class Sender:
    """Sends the frames of `next_frame`: silence in real time, the user's voice as it arrives.

    A backlog is sent at four times real time. The messages of `next_hold` go between the frames.
    """

    def __init__(
        self,
        next_frame: Callable[[], tuple[bytes | None, bool]],
        next_hold: Callable[[], Message | None],
        on_voice_sent: Callable[[], None],
    ) -> None:
        self._next_frame = next_frame
        self._next_hold = next_hold
        self._on_voice_sent = on_voice_sent
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Ask `next_frame` again, because there may be a frame now."""
        self._changed.set()

    async def run(self, connection: Connection) -> None:
        """Send until the task is cancelled; raises the `AgentError` of the connection."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            if (hold := self._next_hold()) is not None:
                await connection.send(hold)
                continue
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
