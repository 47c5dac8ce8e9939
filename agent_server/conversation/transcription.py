"""One utterance of a speech-to-text engine: heard while the user speaks, then transcribed."""

import asyncio

from ..audio import Samples
from ..stt import Transcript, Utterance


class Transcription:
    """A complete utterance that is being transcribed."""

    def __init__(self, utterance: Utterance) -> None:
        self._utterance = utterance
        self.task = asyncio.create_task(utterance.transcript())
        self.task.add_done_callback(self._done)

    @property
    def transcript(self) -> Transcript | None:
        """The transcript; None if it is not ready, or has failed."""
        task = self.task
        is_ready = task.done() and not task.cancelled() and task.exception() is None
        return task.result() if is_ready else None

    def confirm(self) -> None:
        """See `Utterance`."""
        self._utterance.confirm()

    def _done(self, task: asyncio.Task[Transcript]) -> None:
        if task.cancelled():
            self._utterance.drop()  # A task cancelled before it starts cannot do so.
        else:
            task.exception()  # Mark a failure as handled: the words may no longer be needed.


class KnownUtterance:
    """An `Utterance` whose words are known."""

    def __init__(self, text: str) -> None:
        self._text = text

    def feed(self, samples: Samples) -> None:
        """See `Utterance`."""

    def confirm(self) -> None:
        """See `Utterance`."""

    def drop(self) -> None:
        """See `Utterance`."""

    async def transcript(self) -> Transcript:
        """See `Utterance`."""
        return Transcript(self._text)


class StreamedUtterance:
    """An utterance whose audio an engine receives while the user speaks."""

    def __init__(self, utterance: Utterance) -> None:
        self.utterance = utterance
        self.heard = 0
        """Samples that the engine has received."""

    def feed(self, samples: Samples) -> None:
        """See `Utterance`."""
        self.utterance.feed(samples)
        self.heard += samples.size

    def complete(self, audio: Samples) -> Transcription:
        """Feed the rest of the whole audio, and transcribe it."""
        self.feed(audio[self.heard :])
        return Transcription(self.utterance)
