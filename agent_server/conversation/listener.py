"""Detects where the user speaks, in the user's audio."""

from collections.abc import Callable

from ..audio import Samples, mulaw_decode
from ..turn_detection import SpeechEnded, SpeechStarted
from ..turn_detection.endpointing import Endpointer
from ..workers import Threads
from .events import Fault
from .faults import blame


class Listener:
    """Runs the endpointer in a thread, and replaces it after a failure."""

    def __init__(self, new_endpointer: Callable[[], Endpointer], threads: Threads) -> None:
        self._new_endpointer = new_endpointer
        self._endpointer = new_endpointer()
        self._threads = threads

    async def hear(self, audio: bytes) -> tuple[list[SpeechStarted | SpeechEnded], Samples | None]:
        """Return the events in the next µ-law, and the speech so far during a pause.

        Raises `TurnError`.
        """

        def hear() -> tuple[list[SpeechStarted | SpeechEnded], Samples | None]:
            return self._endpointer.feed(mulaw_decode(audio)), self._endpointer.so_far()

        try:
            with blame(Fault.SPEECH_TO_TEXT):
                return await self._threads.run_short(hear)
        except Exception:
            self._endpointer = self._new_endpointer()
            raise
