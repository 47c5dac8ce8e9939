"""Text to speech by Piper in this process."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from piper import PiperVoice as Engine
from piper.config import PhonemeType, PiperConfig

from ..audio import Samples
from ..onnx import load
from . import TextToSpeechError

_PHONEMES: Final = (PhonemeType.ESPEAK, PhonemeType.TEXT)
"""The others need more packages and downloads."""

_BRACKETS: Final = re.compile(r"([\[\]])\1+")
"""The engine reads text in double brackets as phonemes."""

_LOWEST_RATE: Final = 8_000
_HIGHEST_RATE: Final = 48_000


class PiperVoice:
    """A loaded voice; thread-safe."""

    def __init__(self, path: Path) -> None:
        """Load a voice and the `.json` file beside it; raises `TextToSpeechError`."""
        description = Path(f"{path}.json")
        for file in (path, description):
            if not file.is_file():
                raise TextToSpeechError(f"Piper's voice is incomplete: {file} is missing")
        try:
            fields: Any = json.loads(description.read_bytes())
            config = PiperConfig.from_dict(fields)
            self.languages: Sequence[str] = (_language(fields, config),)
            self._engine = Engine(load(str(path)), config)
        except Exception as error:  # The libraries raise whatever their parsers raise.
            raise TextToSpeechError(
                f"Piper's voice {path} cannot be loaded: {str(error) or repr(error)}"
            ) from error
        if config.phoneme_type not in _PHONEMES:
            raise TextToSpeechError(
                f"Piper's voice {path} needs a package for {config.phoneme_type.value}, which the "
                "agent does not use: let a Wyoming server speak with it"
            )
        if not _LOWEST_RATE <= config.sample_rate <= _HIGHEST_RATE:
            raise TextToSpeechError(
                f"Piper's voice {path} has a strange rate: {config.sample_rate} Hz"
            )

    @property
    def sample_rate(self) -> int:
        """See `Voice`."""
        return int(self._engine.config.sample_rate)

    def speak(self, text: str) -> Iterator[Samples]:
        """See `Voice`; a piece is a sentence."""
        try:
            for chunk in self._engine.synthesize(_BRACKETS.sub(r"\1", text)):
                if chunk.audio_float_array.size:
                    yield chunk.audio_float_array
        except Exception as error:  # The libraries raise anything, as in the constructor.
            raise TextToSpeechError(f"Piper failed: {str(error) or repr(error)}") from error


def _language(fields: dict[str, Any], config: PiperConfig) -> str:
    match fields:
        case {"language": {"code": str(code)}}:
            return code
        case _:  # Older voices.
            return str(config.espeak_voice)
