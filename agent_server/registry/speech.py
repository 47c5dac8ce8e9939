"""Creates speech-to-text and text-to-speech; imports only the engines that are configured."""

from collections.abc import Sequence
from pathlib import Path

from ..config import BuiltIn, OpenAI, Piper, SttEngine, TtsEngine, Whisper, Wyoming
from ..engines import Local
from ..fallback import FallbackSpeechToText, FallbackTextToSpeech, Ranking
from ..metrics import EngineMetrics
from ..stt.blocking import BlockingSpeechToText
from ..tts.blocking import BlockingTextToSpeech
from .extras import import_piper, import_whisper
from .loaded import Load, Loaded, SttFactory, TtsFactory


def import_stt(engine: SttEngine, models_folder: Path) -> Load[SttFactory]:
    """Return a function that loads a speech-to-text; raises `EngineError`."""
    match engine:
        case BuiltIn():
            from ..stt.moonshine import MoonshineTranscriber  # noqa: PLC0415

            def load() -> Loaded[SttFactory]:
                transcriber = MoonshineTranscriber()
                return Loaded(
                    lambda threads: BlockingSpeechToText(transcriber, threads),
                    Local("the built-in speech-to-text", ("en",)),
                )

            return load
        case Wyoming():
            from ..stt.wyoming import WyomingSpeechToText  # noqa: PLC0415

            hears = WyomingSpeechToText(engine)
            return lambda: Loaded(lambda _: hears, hears)
        case OpenAI():
            from ..remote.openai import (  # noqa: PLC0415
                SPEECH_WAIT,
                OpenAIServer,
                OpenAISource,
            )
            from ..stt.openai import OpenAISpeechToText  # noqa: PLC0415

            server = OpenAIServer("speech-to-text", engine.url, engine.key, wait=SPEECH_WAIT)
            speech_to_text = OpenAISpeechToText(server, engine.model)
            return lambda: Loaded(lambda _: speech_to_text, OpenAISource(server))
        case Whisper():
            return import_whisper(engine, models_folder)


def import_tts(engine: TtsEngine, models_folder: Path) -> Load[TtsFactory]:
    """Return a function that loads a text-to-speech; raises `EngineError`."""
    match engine:
        case BuiltIn():
            from ..tts.hibari import HibariVoice  # noqa: PLC0415

            def load() -> Loaded[TtsFactory]:
                voice = HibariVoice()
                return Loaded(
                    lambda threads: BlockingTextToSpeech(voice, threads),
                    Local("the built-in text-to-speech", ("en",)),
                )

            return load
        case Wyoming():
            from ..tts.wyoming import WyomingTextToSpeech  # noqa: PLC0415

            speaks = WyomingTextToSpeech(engine)
            return lambda: Loaded(lambda _: speaks, speaks)
        case OpenAI():
            from ..remote.openai import (  # noqa: PLC0415
                SPEECH_WAIT,
                OpenAIServer,
                OpenAISource,
            )
            from ..tts.openai import OpenAITextToSpeech  # noqa: PLC0415

            server = OpenAIServer("text-to-speech", engine.url, engine.key, wait=SPEECH_WAIT)
            text_to_speech = OpenAITextToSpeech(server, engine.model, engine.voice)
            return lambda: Loaded(lambda _: text_to_speech, OpenAISource(server))
        case Piper():
            return import_piper(engine, models_folder)


def measured_stt(
    metrics: EngineMetrics, engine: SttEngine, loaded: Loaded[SttFactory]
) -> Loaded[SttFactory]:
    """Return the same speech-to-text, measured."""
    source = metrics.source("stt", engine, loaded.source)
    return Loaded(metrics.stt(engine, loaded.create), source)


def measured_tts(
    metrics: EngineMetrics, engine: TtsEngine, loaded: Loaded[TtsFactory]
) -> Loaded[TtsFactory]:
    """Return the same text-to-speech, measured."""
    source = metrics.source("tts", engine, loaded.source)
    return Loaded(metrics.tts(engine, loaded.create), source)


def first_stt(factories: Sequence[SttFactory]) -> SttFactory:
    """Return a function that creates an engine, which uses the first of several that works."""
    if len(factories) == 1:
        return factories[0]
    ranking = Ranking(len(factories))
    return lambda threads: FallbackSpeechToText([new(threads) for new in factories], ranking)


def first_tts(factories: Sequence[TtsFactory]) -> TtsFactory:
    """Return a function that creates an engine, which uses the first of several that works."""
    if len(factories) == 1:
        return factories[0]
    ranking = Ranking(len(factories))
    return lambda threads: FallbackTextToSpeech([new(threads) for new in factories], ranking)
