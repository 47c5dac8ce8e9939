"""Speech-to-text of a Wyoming server, such as faster-whisper, whisper.cpp or Vosk."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Final

import numpy as np
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.info import SelectProgram

from ..audio import INPUT_RATE, Samples
from ..config import Wyoming
from ..engines import UnsupportedError, listing
from ..remote.outage import Outage
from ..remote.wyoming import WyomingConnection, WyomingError, connected, describe, label
from . import SpeechToTextError, Transcript
from .wyoming_models import Offer

_CHUNK: Final = INPUT_RATE // 5
"""Samples in one event, at most."""

_WIDTH: Final = 2
"""Bytes of a sample."""


class WyomingSpeechToText:
    """A `SpeechToText` that all conversations share; also its own `Source`."""

    is_streaming = True
    reveals_finality = False

    def __init__(self, server: Wyoming, limit: float = 15.0) -> None:
        """`limit` is the longest wait for an event of the server or more audio, in seconds."""
        self.name = f"speech-to-text {label(server)}"
        self.limit = limit
        self._server = server
        self._offer: Offer | None = None
        self._outage = Outage(self.name)

    @property
    def languages(self) -> Sequence[str] | None:
        """See `Source`."""
        return None if self._offer is None else self._offer.languages

    @property
    def offered(self) -> Sequence[str] | None:
        """See `Source`."""
        return self.languages

    async def ask(self) -> str:
        """See `Source`."""
        self._offer = None
        async with connected(self._server, self.limit) as connection:
            offer = await self._ask(connection)
        models = [model.name for _, model in offer.models]
        return f"models {listing(models)}; languages {listing(offer.languages)}"

    async def _ask(self, connection: WyomingConnection) -> Offer:
        if self._offer is None:
            self._offer = Offer.of(await describe(connection), self._server.model)
        return self._offer

    def begin(
        self, language: str, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> WyomingUtterance:
        """See `SpeechToText`.

        `phrases` are not used: few servers take any, and those only prefer single words.
        """
        return WyomingUtterance(self, language, earlier)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Convert failures to `SpeechToTextError`; log the first until the server works again."""
        try:
            yield
        except (WyomingError, UnsupportedError) as error:
            failure = SpeechToTextError(f"{self.name}: {error}")
            self._outage.failed(failure, str(error))
            raise failure from error
        self._outage.worked()

    async def transcribe(self, audio: AsyncGenerator[Samples], language: str) -> str:
        """Send audio as it comes, and return the words.

        Raises `WyomingError` or `UnsupportedError`.
        """
        try:
            async with aclosing(audio), connected(self._server, self.limit) as connection:
                return await self._transcribe(connection, audio, language)
        except WyomingError, UnsupportedError:
            self._offer = None  # After a restart, the server may have another offer.
            raise

    async def _transcribe(
        self, connection: WyomingConnection, audio: AsyncGenerator[Samples], language: str
    ) -> str:
        offer = await self._ask(connection)
        program, model, name = offer.select(language)
        if not offer.is_only_one:
            await connection.send(SelectProgram(program.name).event())
        # The only model needs no name: some servers would load it again for each other name.
        model_name = None if offer.is_only_one else model.name
        await connection.send(Transcribe(name=model_name, language=name).event())
        await connection.send(AudioStart(INPUT_RATE, _WIDTH, 1).event())
        async for samples in audio:
            pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2")
            for start in range(0, pcm.size, _CHUNK):
                part = pcm[start : start + _CHUNK].tobytes()
                await connection.send(AudioChunk(INPUT_RATE, _WIDTH, 1, part).event())
        await connection.send(AudioStop().event())
        event = await connection.receive("transcript")
        text = event.data.get("text")
        if not isinstance(text, str):
            raise WyomingError("its transcript has no text")
        return text.strip()


class WyomingUtterance:
    """An `Utterance` that is sent while the user speaks.

    The end of the audio makes the server transcribe it. If the user continues after that, the
    whole speech is another utterance.
    """

    def __init__(
        self, engine: WyomingSpeechToText, language: str, earlier: Transcript | None
    ) -> None:
        self._engine = engine
        self._language = language
        self._earlier = earlier
        self._audio: list[Samples] = []
        self._is_complete = False
        self._has_more = asyncio.Event()
        self._stream: asyncio.Task[str] | None = None

    def feed(self, samples: Samples) -> None:
        """See `Utterance`."""
        self._audio.append(samples)
        self._has_more.set()
        if self._stream is None and self._earlier is None:
            self._stream = self._send()

    def confirm(self) -> None:
        """See `Utterance`."""

    def drop(self) -> None:
        """See `Utterance`."""
        if self._stream is not None:
            self._stream.cancel()

    async def transcript(self) -> Transcript:
        """See `Utterance`."""
        if self._earlier is not None:
            # The same speech with more silence: not worth the time of a server that others use.
            return self._earlier
        self._is_complete = True
        self._has_more.set()
        if self._stream is None or self._stream.done():
            # The connection broke while the user spoke: send all of the audio again.
            self._stream = self._send()
        with self._engine.errors():
            return Transcript(await self._stream)

    def _send(self) -> asyncio.Task[str]:
        stream = asyncio.create_task(self._engine.transcribe(self._parts(), self._language))
        # Nobody awaits a stream that fails while the user speaks, or is no longer needed.
        stream.add_done_callback(lambda task: task.cancelled() or task.exception())
        return stream

    async def _parts(self) -> AsyncGenerator[Samples]:
        """Yield all audio from the start, until it is complete."""
        sent = 0
        while True:
            while sent < len(self._audio):
                yield self._audio[sent]
                sent += 1
            if self._is_complete:
                return
            self._has_more.clear()
            try:
                async with asyncio.timeout(self._engine.limit):
                    await self._has_more.wait()
            except TimeoutError:
                raise WyomingError("the user sends no more audio") from None
