"""Uses each engine of the agents once, and prints its capabilities and how long it took.

python -m agent_server --check agents.toml
"""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from .audio import INPUT_RATE, Samples, resample
from .brain import Turn
from .check import check_language
from .config import Agent, LanguageModel, Settings, models_folder, models_of
from .engines import Source
from .errors import EngineError
from .languages import base
from .models.store import fetch_missing
from .registry import Engines, import_engines
from .workers import Threads, Workers

_LIMIT: Final = 60.0
"""Seconds for one use of an engine: it may load or download its model."""

_SENTENCES: Final = {
    "cs": "Kolik je hodin?",
    "da": "Hvad er klokken?",
    "de": "Wie spät ist es?",
    "en": "What time is it?",
    "es": "¿Qué hora es?",
    "fr": "Quelle heure est-il ?",
    "it": "Che ore sono?",
    "nl": "Hoe laat is het?",
    "pl": "Która jest godzina?",
    "pt": "Que horas são?",
    "sv": "Vad är klockan?",
}
_NUMBERS: Final = "1, 2, 3."
"""The text to speak in languages without a sentence."""

_FAILURES: Final = (EngineError, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Speech:
    """The speech of an engine."""

    samples: Samples
    rate: int


async def diagnose(settings: Settings) -> bool:
    """Print a report on all engines; return whether all of them work.

    Raises `EngineError` for an engine of this process that cannot be loaded or downloaded, and
    `ConfigError` if there is no folder for models.
    """
    agents = [
        Agent(entry.id or "agent", "", "", entry.brain, entry.language, entry.stt, entry.tts)
        for entry in settings.agents
    ]
    models = models_folder(settings, agents)
    workers = Workers(_LIMIT)
    try:
        checks = [_Check(agent, settings, models, Threads(workers, "")) for agent in agents]
        await fetch_missing(models_of(agents), models, _print)
        found = [await check.run() for check in checks]
    finally:
        workers.stop()
    return all(found)


class _Check:
    """The check of one agent."""

    def __init__(self, agent: Agent, settings: Settings, models: Path, threads: Threads) -> None:
        """Import the engines; raises `EngineError`. `models` is the folder of downloaded ones."""
        self._agent = agent
        self._threads = threads
        self._sentence = _SENTENCES.get(base(agent.language), _NUMBERS)
        self._is_ok = True
        # One agent for each engine, so that no other engine takes its place.
        speaking = [replace(agent, id=f"tts {n}", tts=(e,)) for n, e in enumerate(agent.tts)]
        hearing = [replace(agent, id=f"stt {n}", stt=(e,)) for n, e in enumerate(agent.stt)]
        self._load = import_engines(
            settings.pause, [*speaking, *hearing], settings.end_of_turn, models
        )

    async def run(self) -> bool:
        """Check all engines; return whether they work."""
        engines = await asyncio.to_thread(self._load)
        _print(f"agent {self._agent.id}, language {self._agent.language}")
        speaking = [each for name, each in engines.items() if name.startswith("tts")]
        spoken = [await self._speak(each, each.sources[-1]) for each in speaking]
        speech = next((speech for speech in spoken if speech is not None), None)
        for name, each in engines.items():
            if name.startswith("stt"):
                await self._hear(each, each.sources[0], speech)
        if isinstance(self._agent.brain, LanguageModel):
            await self._think(next(iter(engines.values())))
        return self._is_ok

    async def _ask(self, source: Source) -> bool:
        try:
            offer = await source.ask()
            check_language(self._agent, source)
        except _FAILURES as error:
            self._fail(source.name, error)
            return False
        _print(f"  {source.name}: {offer}")
        return True

    async def _speak(self, engines: Engines, source: Source) -> _Speech | None:
        if not await self._ask(source):
            return None
        start = time.monotonic()
        first: float | None = None
        parts: list[Samples] = []
        rate = INPUT_RATE
        try:
            async with asyncio.timeout(_LIMIT):
                tts = engines.text_to_speech(self._threads)
                speech = tts.speak(self._sentence, self._agent.language, None)
                async with aclosing(speech):
                    async for audio in speech:
                        first = first or time.monotonic() - start
                        parts.append(audio.samples)
                        rate = audio.rate
        except _FAILURES as error:
            self._fail(source.name, error)
            return None
        if first is None:
            self._fail(source.name, EngineError("it sent no audio"))
            return None
        samples = np.concatenate(parts)
        _print(
            f'    speaks "{self._sentence}": first audio after {first:.2f} s, '
            f"{samples.size / rate:.1f} s of speech after {time.monotonic() - start:.2f} s"
        )
        return _Speech(samples, rate)

    async def _hear(self, engines: Engines, source: Source, speech: _Speech | None) -> None:
        if not await self._ask(source):
            return
        if speech is None:
            _print("    hears nothing: no text-to-speech of this agent works")
            return
        samples = resample(speech.samples, speech.rate, INPUT_RATE)
        start = time.monotonic()
        try:
            async with asyncio.timeout(_LIMIT):
                stt = engines.speech_to_text(self._threads)
                utterance = stt.begin(self._agent.language)
                utterance.feed(samples)
                utterance.confirm()
                text = (await utterance.transcript()).text.strip()
        except _FAILURES as error:
            self._fail(source.name, error)
            return
        _print(f'    hears "{text}" after {time.monotonic() - start:.2f} s')
        if not text:
            self._fail(source.name, EngineError("it heard no words"))

    async def _think(self, engines: Engines) -> None:
        start = time.monotonic()
        first: float | None = None
        try:
            async with asyncio.timeout(_LIMIT):
                turn = Turn(self._sentence, self._agent.language)
                async with aclosing(engines.brains[self._agent.brain]().answer(turn)) as pieces:
                    async for _ in pieces:
                        first = first or time.monotonic() - start
        except _FAILURES as error:
            self._fail("brain", error)
            return
        _print(f"  brain: first words after {first or 0:.2f} s")

    def _fail(self, name: str, error: Exception) -> None:
        self._is_ok = False
        text = str(error) or f"no result within {_LIMIT:g} s"
        _print(f"  {name}: FAILED: {text.removeprefix(f'{name}: ')}")


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the report)
