"""The pauses of the user's speech: the models examine one after the other."""

from collections import deque
from collections.abc import Callable, Iterator

from ..languages import is_english
from ..registry import Engines
from ..stt import SpeechToText
from ..turn_detection import Paused
from ..turn_detection.score import Evidence
from ..workers import Threads
from .examiner import Examiner
from .utterances import Begin, Utterances


class Pauses:
    """Examines pauses in the background, and keeps the findings until they are used."""

    def __init__(
        self,
        engines: Engines,
        threads: Threads,
        *,
        stt: SpeechToText,
        utterances: Utterances,
        begin_judged: Begin | None,
        on_found: Callable[[], None],
    ) -> None:
        """`utterances` are the user's words as `stt` hears them.

        If `stt` does not reveal whether more words follow, `begin_judged` starts an utterance of
        an English engine that does, only as evidence. `on_found` is called when there is evidence
        to take.
        """
        self._stt = stt
        self._utterances = utterances
        self._judged = None if begin_judged is None else Utterances(begin_judged)
        self._examiner = Examiner(engines.turn_model, threads, self._examined)
        self._on_found = on_found
        self._evidence: deque[tuple[Paused, Evidence]] = deque()
        """At most two for each `Paused` event."""

        self.waiting: Paused | None = None
        """To be examined as soon as the models have finished with an earlier one."""

    def examine(self, paused: Paused, language: str) -> None:
        """Transcribe the speech before a pause and examine it, now or when it is `waiting`."""
        if self._examiner.is_busy:
            self.waiting = paused
            return
        self.waiting = None
        if self._stt.reveals_finality:
            self._examiner.examine(paused, self._utterances.guess(paused.audio))
            return
        is_first = not self._utterances.is_guessed
        # With more silence, the engine would only hear the same words.
        words = self._utterances.guess(paused.audio) if is_first else None
        if self._judged is not None and is_english(language):
            self._examiner.examine(paused, self._judged.guess(paused.audio))
        elif is_first:
            self._examiner.examine(paused, words, reveals_finality=False)

    def take(self) -> Iterator[tuple[Paused, Evidence]]:
        """Yield the findings, in the order of the audio."""
        while self._evidence:
            yield self._evidence.popleft()

    def stop(self) -> None:
        """Forget the pause: the user continues, or has finished."""
        self._examiner.stop()
        self._evidence.clear()
        self.waiting = None
        if self._judged is not None:
            self._judged.stop()

    def _examined(self, paused: Paused, evidence: Evidence) -> None:
        self._evidence.append((paused, evidence))
        self._on_found()
