"""Asks the models in a pause whether the user has finished, in the background."""

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
"""Seconds of transcribed audio that take as long as one judgement of the model."""


class Examiner:
    """Combines what the transcriber and the turn model find in the pauses of a conversation."""

    def __init__(
        self,
        model: CompletenessModel | None,
        threads: Threads,
        found: Callable[[Paused, Evidence], None],
    ) -> None:
        """`found` is called with the evidence of a pause."""
        self._model = model
        self._threads = threads
        self._found = found
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_busy(self) -> bool:
        """Whether an examination is running."""
        return bool(self._tasks)

    def examine(self, paused: Paused, transcription: asyncio.Task[Transcript] | None) -> None:
        """Start to examine a pause; `transcription` is that of its audio, if there is one."""
        task = asyncio.create_task(self._examine(paused, transcription))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drop what is being examined: the user continues, or has finished."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    async def _examine(
        self, paused: Paused, transcription: asyncio.Task[Transcript] | None
    ) -> None:
        sound = asyncio.create_task(self._completeness(paused))
        try:
            if transcription is not None:
                # Not awaited itself: it belongs to the turn, which may need it longer.
                await asyncio.wait([transcription])
            completeness = await sound
        finally:
            sound.cancel()
        transcript = Transcript("")
        if transcription is not None and not transcription.cancelled():
            transcript = transcript if transcription.exception() else transcription.result()
        # It is over for `is_busy`: what follows from it may examine the next pause.
        self._tasks.clear()
        self._found(
            paused,
            Evidence(
                paused.silence,
                completeness,
                transcript.finality,
                transcript.text,
                is_command=transcript.is_command,
            ),
        )

    async def _completeness(self, paused: Paused) -> float | None:
        if self._model is None or paused.silence < SCORED_FROM:
            return None
        try:
            return await self._threads.run_long(
                _COST, partial(self._model.probability, paused.audio), lambda: False
            )
        except (EngineError, TimeoutError) as error:
            _LOGGER.warning("The end of the turn is judged without the turn model: %s", error)
            return None
