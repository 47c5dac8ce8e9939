"""Text to speech by an OpenAI-compatible server (`/v1/audio/speech`)."""

import re
from collections.abc import AsyncGenerator
from typing import Final

import numpy as np

from ..remote.openai import OpenAIServer
from . import Audio, TextToSpeechError

RATE: Final = 24_000
"""Samples per second of the interface's `pcm`: 16 bit, mono, little endian."""

_DEFAULT_MODEL: Final = "tts-1"
_DEFAULT_VOICE: Final = "alloy"
_PIECE: Final = RATE // 5 * 2
"""Bytes: a fifth of a second."""

_NO_PCM: Final = re.compile(
    rb"RIFF|ID3|OggS|fLaC|\xff[\xfb\xf3]|[{<][\t\n\r -~]{7}"  # The last one is JSON or HTML.
)
"""Beginnings of answers from servers that do not send `pcm`."""


class OpenAITextToSpeech:
    """A `TextToSpeech` that passes on the speech of a server as it arrives."""

    def __init__(
        self, server: OpenAIServer, model: str | None = None, voice: str | None = None
    ) -> None:
        self._server = server
        self._model = model or _DEFAULT_MODEL
        self._voice = voice or _DEFAULT_VOICE
        # The library imports it at the first use, which takes a while.
        self._speech = server.client.audio.speech.with_streaming_response

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        """See `TextToSpeech`. The server detects the language from the text."""
        with self._server.errors(TextToSpeechError):
            async with self._speech.create(
                input=text,
                model=self._model,
                voice=voice or self._voice,
                response_format="pcm",
            ) as response:
                rest = b""
                is_first = True
                async for data in response.iter_bytes(_PIECE):
                    if is_first and _NO_PCM.match(data):
                        raise TextToSpeechError("it sends no PCM")
                    is_first = False
                    data = rest + data  # noqa: PLW2901 (a sample may be split between pieces)
                    rest = data[len(data) // 2 * 2 :]
                    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
                    if samples.size:
                        yield Audio(np.divide(samples, 32_768, dtype=np.float32), RATE)
