"""Runs a blocking speech-to-text engine in threads."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ..audio import INPUT_RATE, Samples
from ..workers import Threads
from . import Transcriber, Transcript, join
from .pieces import cut


class BlockingSpeechToText:
    """A `SpeechToText` that shares one `Transcriber` with other conversations."""

    is_streaming = False

    def __init__(
        self, transcriber: Transcriber, threads: Threads, *, reveals_finality: bool = True
    ) -> None:
        """See `SpeechToText` for `reveals_finality`."""
        self.reveals_finality = reveals_finality
        self._transcriber = transcriber
        self._threads = threads

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> BlockingUtterance:
        """See `SpeechToText`."""
        return BlockingUtterance(self._transcriber, self._threads, earlier, phrases)


class BlockingUtterance:
    """An `Utterance` that is transcribed piece by piece, so that others wait less."""

    def __init__(
        self,
        transcriber: Transcriber,
        threads: Threads,
        earlier: Transcript | None,
        phrases: Sequence[str],
    ) -> None:
        self._transcriber = transcriber
        self._threads = threads
        self._earlier = earlier
        self._phrases = phrases
        self._audio: list[Samples] = []
        self._is_certain = False

    def feed(self, samples: Samples) -> None:
        """See `Utterance`."""
        self._audio.append(samples)

    def confirm(self) -> None:
        """See `Utterance`."""
        self._is_certain = True

    def drop(self) -> None:
        """See `Utterance`."""

    async def transcript(self) -> Transcript:
        """See `Utterance`."""
        audio, self._audio = self._audio, []
        pieces = cut(np.concatenate(audio))
        # The earlier transcript and the phrases are about the whole audio.
        earlier, phrases = (self._earlier, self._phrases) if len(pieces) == 1 else (None, ())
        return join(
            [
                await self._threads.run_long(
                    piece.size / INPUT_RATE,
                    partial(self._transcriber.transcribe, piece, earlier, phrases),
                    lambda: self._is_certain,
                )
                for piece in pieces
            ]
        )
