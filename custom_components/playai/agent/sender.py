"""Sends the user's audio, and silence where it has to go on, at the right pace."""

import asyncio
from collections.abc import Callable
from typing import Final

from .connection import Connection
from .messages import AudioIn
from .microphone import FRAME_SECONDS, SILENT_FRAME, Microphone
from .timer import Timer

BACKLOG_SECONDS: Final = FRAME_SECONDS / 4
"""Seconds between the frames of a backlog: four times real time (design, rule 2)."""


class Sender:
    """Decides what the next frame of a session is, and when it goes out.

    In this order: silence while a cancelled turn is being flushed, the microphone of the
    turn, silence after its end until the turn is over, and nothing: an idle session sends
    only pings. Silence goes out in real time; the microphone as it comes, a backlog four
    times as fast.
    """

    def __init__(self, on_sent: Callable[[], None]) -> None:
        """`on_sent` is called after each frame of the microphone."""
        self._on_sent = on_sent
        self._microphone: Microphone | None = None
        self._changed = asyncio.Event()
        self._flush = Timer(self._changed.set)

    def send_microphone(self, microphone: Microphone) -> None:
        """Send this turn's audio, then silence; both wait for a flush under way."""
        self._microphone = microphone
        self._changed.set()

    def send_nothing(self) -> None:
        """Rest, apart from a flush under way."""
        self._microphone = None

    def wake(self) -> None:
        """Look again: the microphone may have a frame now."""
        self._changed.set()

    @property
    def flushing(self) -> bool:
        """Whether a cancelled turn is being ended with silence."""
        return self._flush.running

    def flush(self, seconds: float) -> None:
        """End a cancelled turn: send silence until `flushed`, or for so long."""
        self._flush.start(seconds)
        self._changed.set()

    def flushed(self) -> None:
        """Stop flushing: the server has heard the end of the cancelled turn."""
        self._flush.stop()
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
                self._on_sent()
            due = max(due, clock())
            due += BACKLOG_SECONDS if is_voice else FRAME_SECONDS
            await asyncio.sleep(due - clock())

    def _next_frame(self) -> tuple[bytes | None, bool]:
        """Return the frame to send now, and whether it is the user's voice."""
        if self.flushing:
            return SILENT_FRAME, False
        if self._microphone is None:
            return None, False
        frame = self._microphone.next_frame()
        if frame is not None:
            return frame, True
        return (SILENT_FRAME if self._microphone.ended else None), False
