"""Speech to text by an OpenAI-compatible server (`/v1/audio/transcriptions`)."""

import io
import wave
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples
from ..languages import base
from ..remote.openai import OpenAIServer
from . import SpeechToTextError, Transcript

_DEFAULT_MODEL: Final = "whisper-1"


class OpenAISpeechToText:
    """A `SpeechToText` that sends each utterance to a server."""

    is_streaming = False
    reveals_finality = False

    def __init__(self, server: OpenAIServer, model: str | None = None) -> None:
        self._server = server
        self._model = model or _DEFAULT_MODEL
        # The library imports it at the first use, which takes a while.
        self._transcriptions = server.client.audio.transcriptions

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> OpenAIUtterance:
        """See `SpeechToText`. The phrases name things in the home, and are not sent."""
        return OpenAIUtterance(self, language)

    async def transcribe(self, audio: Samples, language: str) -> str:
        """Return the words in audio at `INPUT_RATE`; raises `SpeechToTextError`."""
        with self._server.errors(SpeechToTextError):
            answer = await self._transcriptions.create(
                file=("speech.wav", _wav(audio), "audio/wav"),
                model=self._model,
                language=base(language),
                response_format="json",
            )
            return answer.text.strip()


class OpenAIUtterance:
    """An `Utterance` that is sent when it is complete: the interface takes whole files."""

    def __init__(self, stt: OpenAISpeechToText, language: str) -> None:
        self._stt = stt
        self._language = language
        self._audio: list[Samples] = []

    def feed(self, samples: Samples) -> None:
        """See `Utterance`."""
        self._audio.append(samples)

    def confirm(self) -> None:
        """See `Utterance`."""

    def drop(self) -> None:
        """See `Utterance`."""

    async def transcript(self) -> Transcript:
        """See `Utterance`."""
        audio, self._audio = self._audio, []
        return Transcript(await self._stt.transcribe(np.concatenate(audio), self._language))


def _wav(audio: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(INPUT_RATE)
        writer.writeframes((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
