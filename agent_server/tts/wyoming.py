"""Text-to-speech of a Wyoming server: Piper and others."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from wyoming.audio import AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Info, SelectProgram, TtsProgram, TtsVoice
from wyoming.tts import Synthesize, SynthesizeVoice

from ..audio import Samples
from ..config import Wyoming
from ..engines import UnsupportedError, listing
from ..languages import choose
from ..remote.outage import Outage
from ..remote.wyoming import WyomingConnection, WyomingError, connected, describe, label
from . import Audio, TextToSpeechError

_WIDTH: Final = 2
"""Bytes of a sample: the only width that servers send."""

_LOWEST_RATE: Final = 4_000
_HIGHEST_RATE: Final = 192_000
_MOST_CHANNELS: Final = 8
_LONGEST: Final = 120.0
"""Seconds of speech for a sentence."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """The voices of the server that fit the configured one."""

    voices: Sequence[tuple[TtsProgram, TtsVoice]]
    all_voices: Sequence[tuple[TtsProgram, TtsVoice]]

    @classmethod
    def of(cls, info: Info, wanted: str | None) -> _Offer:
        """Return the voices in a description that fit `wanted`; raises `UnsupportedError`."""
        found = [(program, voice) for program in info.tts for voice in program.voices]
        if not found:
            raise UnsupportedError("it offers no text-to-speech")
        # Voices that are not installed come last: the server would have to download them.
        found.sort(key=lambda pair: not pair[1].installed)
        voices = [pair for pair in found if wanted in (None, pair[1].name)]
        if not voices:
            names = listing([voice.name for _, voice in found if voice.installed])
            raise UnsupportedError(f"it has no voice {wanted}; installed are {names or 'none'}")
        return cls(voices, found)

    @property
    def languages(self) -> list[str]:
        """The languages of the voices, without repetition."""
        return list(dict.fromkeys(name for _, voice in self.voices for name in voice.languages))

    def select(self, language: str) -> tuple[TtsProgram, TtsVoice]:
        """Return the configured voice if it has the language, else the first voice that has it.

        If no voice has the language, the first one speaks it.
        """
        for pairs in (self.voices, self.all_voices):
            name = choose(language, [name for _, voice in pairs for name in voice.languages])
            for pair in pairs:
                if name in pair[1].languages:
                    return pair
        return self.voices[0]


class WyomingTextToSpeech:
    """A `TextToSpeech` that all conversations share; also its own `Source`."""

    def __init__(self, server: Wyoming, limit: float = 15.0) -> None:
        """`limit` is the longest wait for an event of the server, in seconds."""
        self.name = f"text-to-speech {label(server)}"
        self._server = server
        self._limit = limit
        self._offer: _Offer | None = None
        self._outage = Outage(self.name)

    @property
    def languages(self) -> Sequence[str] | None:
        """See `Source`."""
        # Without a configured voice, the server may speak all languages with the same one.
        return None if self._server.voice is None else self.offered

    @property
    def offered(self) -> Sequence[str] | None:
        """See `Source`."""
        return None if self._offer is None else self._offer.languages

    async def ask(self) -> str:
        """See `Source`."""
        self._offer = None
        async with connected(self._server, self._limit) as connection:
            offer = await self._ask(connection)
        voices = [voice.name for _, voice in offer.voices if voice.installed]
        return f"voices {listing(voices) or 'none'}; languages {listing(offer.languages)}"

    async def _ask(self, connection: WyomingConnection) -> _Offer:
        if self._offer is None:
            self._offer = _Offer.of(await describe(connection), self._server.voice)
        return self._offer

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        """See `TextToSpeech`.

        Each sentence has its own connection: that costs a millisecond, and the restart of a
        server between two sentences does no harm.
        """
        try:
            async with connected(self._server, self._limit) as connection:
                await self._request(connection, text, language, voice)
                event = await connection.receive("audio-start", "audio-stop")
                audio = None if AudioStop.is_type(event.type) else _Audio(event)
                while audio is not None:
                    event = await connection.receive("audio-chunk", "audio-stop")
                    if AudioStop.is_type(event.type):
                        break
                    if (samples := audio.decode(event)).size:
                        yield Audio(samples, audio.rate)
        except (WyomingError, UnsupportedError) as error:
            self._offer = None  # After a restart, the server may have another offer.
            failure = TextToSpeechError(f"{self.name}: {error}")
            self._outage.failed(failure, str(error))
            raise failure from error
        self._outage.worked()

    async def _request(
        self, connection: WyomingConnection, text: str, language: str, voice: str | None
    ) -> None:
        offer = await self._ask(connection)
        program, chosen = offer.select(language)
        if len({program.name for program, _ in offer.all_voices}) > 1:
            await connection.send(SelectProgram(program.name).event())
        wanted = SynthesizeVoice(name=voice or chosen.name)
        if self._server.voice is None and voice is None:
            # The server's own voice: Piper lists hundreds as installed that it has to download.
            wanted = SynthesizeVoice(language=choose(language, chosen.languages))
        await connection.send(Synthesize(text, wanted).event())


class _Audio:
    """Decodes the audio of a sentence."""

    def __init__(self, start: Event) -> None:
        """Raises `WyomingError` for a format that cannot be played."""
        try:
            parsed = AudioStart.from_event(start)
        except KeyError:
            raise WyomingError("its audio has no format") from None
        self.rate, self._channels = parsed.rate, parsed.channels
        known = (
            isinstance(self.rate, int)
            and isinstance(self._channels, int)
            and _LOWEST_RATE <= self.rate <= _HIGHEST_RATE
            and 0 < self._channels <= _MOST_CHANNELS
            and parsed.width == _WIDTH
        )
        if not known:
            raise WyomingError(
                f"its audio has a strange format: {self.rate!r} Hz, {self._channels!r} channels, "
                f"{parsed.width!r} bytes"
            )
        self._rest = b""
        self._left = _LONGEST * self.rate

    def decode(self, event: Event) -> Samples:
        """Return the samples of a chunk; an incomplete one waits for the next chunk."""
        data = self._rest + (event.payload or b"")
        size = len(data) - len(data) % (_WIDTH * self._channels)
        data, self._rest = data[:size], data[size:]
        frames = np.frombuffer(data, "<i2").reshape(-1, self._channels)
        self._left -= len(frames)
        if self._left < 0:
            raise WyomingError(f"a sentence is longer than {_LONGEST:g} s")
        samples: Samples = frames.mean(axis=1, dtype=np.float32) / np.float32(32_768)
        return samples
