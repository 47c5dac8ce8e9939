"""Engines that print when they begin and end, for the trace of a turn."""

import json
import time
from collections.abc import AsyncGenerator, Sequence

from agent_server.audio import INPUT_RATE, Samples
from agent_server.stt import Transcriber, Transcript
from agent_server.tts import Audio, TextToSpeech
from agent_server.turn_detection import CompletenessModel


def report(step: str, begin: float) -> None:
    """Print a step that ends now, as one line of JSON. The clock is that of the whole machine."""
    print(json.dumps({"step": step, "begin": begin, "end": time.perf_counter()}), flush=True)


class TimedTranscriber:
    """A `Transcriber`."""

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber

    def transcribe(
        self, audio: Samples, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Transcript:
        """See `Transcriber`."""
        begin = time.perf_counter()
        transcript = self._transcriber.transcribe(audio, earlier, phrases)
        report(f"transcribe {audio.size / INPUT_RATE:.1f} s", begin)
        return transcript


class TimedModel:
    """A `CompletenessModel`."""

    def __init__(self, model: CompletenessModel) -> None:
        self._model = model

    def probability(self, audio: Samples) -> float:
        """See `CompletenessModel`."""
        begin = time.perf_counter()
        probability = self._model.probability(audio)
        report("Smart Turn", begin)
        return probability


class TimedSpeech:
    """A `TextToSpeech`; only the first audio counts."""

    def __init__(self, speech: TextToSpeech) -> None:
        self._speech = speech

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        """See `TextToSpeech`."""
        begin = time.perf_counter()
        is_first = True
        async for audio in self._speech.speak(text, language, voice):
            if is_first:
                report("speak, to the first audio", begin)
            is_first = False
            yield audio
