"""Detects where in the audio the user speaks."""

from collections.abc import Callable

from ..audio import Samples
from ..config import EndOfTurn
from ..turn_detection import Paused, TurnEvent
from ..turn_detection.endpointing import Endpointer
from ..turn_detection.score import Evidence
from ..workers import Threads
from .agent_echo import AgentEcho
from .events import Fault
from .faults import map_errors_to


class Listener:
    """Runs the endpointer in a thread, and replaces it after a failure."""

    def __init__(
        self, new_endpointer: Callable[[], Endpointer], threads: Threads, echo: AgentEcho
    ) -> None:
        self._new_endpointer = new_endpointer
        self._endpointer = new_endpointer()
        self._threads = threads
        self._echo = echo
        self._configured = self._endpointer.policy.end_of_turn
        self._end_of_turn: EndOfTurn | None = None

    async def hear(self, audio: bytes, *, agent_speaks: bool) -> list[TurnEvent]:
        """Return the events in the next µ-law; raises `TurnError`."""
        self._endpointer.agent_speaks = agent_speaks
        samples = self._echo.hear(audio)
        self._endpointer.removes_echo = self._echo.is_removed
        return await self._run(lambda: self._endpointer.feed(samples()), is_held=self.is_held)

    @property
    def is_held(self) -> bool:
        """See `Endpointer`."""
        return self._endpointer.is_held

    async def hold(self, *, is_held: bool) -> list[TurnEvent]:
        """Press or release the user's button; return the events and raise as `hear` does."""
        if not is_held:
            return await self._run(self._endpointer.release, is_held=False)
        self._endpointer.press()
        return []

    async def _run(
        self, detect: Callable[[], list[TurnEvent]], *, is_held: bool
    ) -> list[TurnEvent]:
        """Detect in a thread. After a failure, `is_held` is whether the user holds the button."""
        try:
            with map_errors_to(Fault.SPEECH_TO_TEXT):
                return await self._threads.run_short(detect)
        except Exception:
            self._endpointer = self._new_endpointer()
            self.set_end_of_turn(self._end_of_turn)
            if is_held:
                self._endpointer.press()
            raise

    def speech(self, start: int) -> Samples | None:
        """See `Endpointer`. Must not be called while `hear` runs."""
        return self._endpointer.speech(start)

    def judge(self, paused: Paused, evidence: Evidence) -> list[TurnEvent]:
        """Return the events that follow from the evidence; not to be called while `hear` runs."""
        return self._endpointer.judge(paused, evidence)

    def set_end_of_turn(self, end_of_turn: EndOfTurn | None) -> None:
        """Decide how soon turns end from now on; None: as configured."""
        self._end_of_turn = end_of_turn
        self._endpointer.policy.end_of_turn = end_of_turn or self._configured
