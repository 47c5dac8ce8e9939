"""In each pause, asks the models in the background whether the user has finished."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from ..errors import EngineError
from ..stt import Transcript
from ..turn_detection import CompletenessModel, Paused
from ..turn_detection.score import SCORED_FROM, Evidence
from ..workers import Threads

_LOGGER = logging.getLogger(__name__)

_COST: Final = 2.0
"""Seconds of transcribed audio that take as long as one judgment of the model."""


class Examiner:
    """Combines the findings of the transcriber and the turn model in pauses."""

    def __init__(
        self,
        model: CompletenessModel | None,
        threads: Threads,
        on_found: Callable[[Paused, Evidence], None],
    ) -> None:
        """`on_found` is called with the evidence of a pause."""
        self._model = model
        self._threads = threads
        self._on_found = on_found
        self._current: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        """The current one, and those that wait for words."""

    @property
    def is_busy(self) -> bool:
        """Whether the next pause has to wait."""
        return self._current is not None and not self._current.done()

    def examine(
        self,
        paused: Paused,
        transcription: asyncio.Task[Transcript] | None,
        *,
        reveals_finality: bool = True,
    ) -> None:
        """Start to examine a pause; `transcription` is that of its audio, if there is one.

        If it reveals no finality, the findings are reported at once, and again with the words.
        """
        task = asyncio.create_task(self._examine(paused, transcription, reveals_finality))
        self._current = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drop the pause that is being examined: the user continues, or has finished."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._current = None

    async def _examine(
        self,
        paused: Paused,
        transcription: asyncio.Task[Transcript] | None,
        reveals_finality: bool,
    ) -> None:
        needs_sound = not reveals_finality or paused.silence >= SCORED_FROM
        sound = asyncio.create_task(self._completeness(paused)) if needs_sound else None
        try:
            if transcription is not None and reveals_finality:
                # `wait` does not cancel it: it belongs to the turn, which may need it longer.
                await asyncio.wait([transcription])
            completeness = await sound if sound is not None else None
        finally:
            if sound is not None:
                sound.cancel()
        # From here on, the next pause may be examined.
        self._current = None
        self._on_found(paused, _evidence(paused, completeness, transcription))
        if transcription is not None and not transcription.done():
            await asyncio.wait([transcription])
            self._on_found(paused, _evidence(paused, completeness, transcription))

    async def _completeness(self, paused: Paused) -> float | None:
        if self._model is None:
            return None
        try:
            return await self._threads.run_long(
                _COST, partial(self._model.probability, paused.audio), lambda: False
            )
        except (EngineError, TimeoutError) as error:
            _LOGGER.warning("The end of the turn is judged without the turn model: %s", error)
            return None


def _evidence(
    paused: Paused, completeness: float | None, transcription: asyncio.Task[Transcript] | None
) -> Evidence:
    transcript = Transcript("")
    if transcription is not None and transcription.done() and not transcription.cancelled():
        transcript = transcript if transcription.exception() else transcription.result()
    return Evidence(
        paused.silence,
        completeness,
        transcript.finality,
        transcript.text,
        is_command=transcript.is_command,
    )
