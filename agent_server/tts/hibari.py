"""Speech by hibari: English, 24 kHz, more than a hundred times as fast as it is spoken."""

import threading
from collections.abc import Iterator

from hibari import SAMPLE_RATE, Hibari

from ..audio import Samples
from ..weights import WeightsError, verified_folder
from . import TextToSpeechError


class HibariVoice:
    """The voice that comes inside hibari's package."""

    def __init__(self) -> None:
        """Load the model and the dictionary; raises `TextToSpeechError` when they are damaged."""
        try:
            verified_folder("hibari-tts", "hibari/assets")
            self._engine = Hibari()
            self._engine.g2p("ready")  # It would be loaded with the first sentence.
        except WeightsError as error:
            raise TextToSpeechError(str(error)) from error
        except Exception as error:  # onnxruntime raises whatever its parsers raise.
            raise TextToSpeechError(
                f"hibari cannot be loaded: {str(error) or repr(error)}"
            ) from error
        self._reads = threading.Lock()

    @property
    def sample_rate(self) -> int:
        """See `Voice`."""
        return int(SAMPLE_RATE)

    def speak(self, text: str) -> Iterator[Samples]:
        """See `Voice`; a piece is a sentence, or a part of a very long one."""
        try:
            with self._reads:  # Looking up words is quick, and not made for threads.
                sentences = self._engine.phonemize(text)
            for sentence in sentences:
                samples = self._engine.from_phonemes(sentence)
                if samples.size:
                    yield samples
        except Exception as error:  # As above.
            raise TextToSpeechError(f"hibari failed: {error}") from error
