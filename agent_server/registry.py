"""Creates engines by their configured names; imports only those that are configured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .brain import Brain
from .config import EndOfTurn
from .stt import SpeechToText
from .stt.blocking import BlockingSpeechToText
from .tts import TextToSpeech
from .tts.blocking import BlockingTextToSpeech
from .turn_detection import CompletenessModel
from .turn_detection.endpointing import Endpointer
from .workers import Threads

type BrainFactory = Callable[[], Brain]


@dataclass(frozen=True, slots=True)
class Engines:
    """Creates the engines of each conversation; these share the models."""

    endpointer: Callable[[], Endpointer]
    speech_to_text: Callable[[Threads], SpeechToText]
    brains: Mapping[str, BrainFactory]
    """By name."""

    text_to_speech: Callable[[Threads], TextToSpeech]
    tool_brains: frozenset[str] = field(default=frozenset(), kw_only=True)
    """The names of the brains that call tools of the home."""

    turn_model: CompletenessModel | None = field(default=None, kw_only=True)
    """Hears whether the user has finished; without it, only the transcriber knows."""


def load_engines(
    pause: float, brains: Iterable[str], end_of_turn: EndOfTurn = EndOfTurn.NORMAL
) -> Engines:
    """Import the engines and load their models; see `import_engines`."""
    return import_engines(pause, brains, end_of_turn)()


def import_engines(
    pause: float, brains: Iterable[str], end_of_turn: EndOfTurn = EndOfTurn.NORMAL
) -> Callable[[], Engines]:
    """Import the engines and return a function that loads their models.

    That takes about a second and raises `EngineError` when something is not installed or
    damaged. `pause` is the longest silence inside a turn, in seconds; `brains` are names.
    """
    from .stt.moonshine import MoonshineTranscriber  # noqa: PLC0415
    from .tts.hibari import HibariVoice  # noqa: PLC0415
    from .turn_detection.silero import load_silero  # noqa: PLC0415
    from .turn_detection.smart_turn import SmartTurn  # noqa: PLC0415

    factories = import_brains(brains)

    def load() -> Engines:
        new_detector = load_silero()
        turn_model = SmartTurn()
        transcriber = MoonshineTranscriber()
        voice = HibariVoice()
        return Engines(
            endpointer=lambda: Endpointer(new_detector(), pause, end_of_turn),
            speech_to_text=lambda threads: BlockingSpeechToText(transcriber, threads),
            brains=factories,
            text_to_speech=lambda threads: BlockingTextToSpeech(voice, threads),
            turn_model=turn_model,
        )

    return load


def import_brains(names: Iterable[str]) -> dict[str, BrainFactory]:
    """Return what creates each brain, by name."""
    return {name: _import_brain(name) for name in names}


def _import_brain(name: str) -> BrainFactory:
    match name:
        case "auto":
            from .brain.builtin import BuiltinBrain  # noqa: PLC0415
            from .brain.home import AutoBrain  # noqa: PLC0415

            return lambda: AutoBrain(BuiltinBrain())
        case "home":
            from .brain.home import HomeBrain  # noqa: PLC0415

            return HomeBrain
        case "builtin":
            from .brain.builtin import BuiltinBrain  # noqa: PLC0415

            return BuiltinBrain
        case "echo":
            from .brain.echo import EchoBrain  # noqa: PLC0415

            return EchoBrain
        case _:
            raise ValueError(name)
