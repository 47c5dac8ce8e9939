"""Speech to text by Moonshine (tiny, English), with the weights in its publisher's package.

The package's code is not used: onnxruntime runs the two models. The encoder converts samples
to states; the decoder generates token after token from them, up to the end token.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import INPUT_RATE, Samples
from ..onnx import load
from ..weights import WeightsError, verified_folder
from . import SpeechToTextError, Transcript, join
from .beam import Match, find, log_softmax
from .decoder import END, Decoding, decode
from .hallucinations import is_doubtful, is_hallucination
from .pauses import shorten
from .phrases import Node, tree
from .pieces import cut
from .spelling import modernize
from .tokens import Vocabulary

_TOKENS_PER_SECOND: Final = 6.5
"""Faster than anybody speaks; without a limit the model repeats itself on noise."""

_SHORTEST: Final = 0.1
"""Seconds; shorter audio has no words, and the encoder's filters need 0.06 s."""

_WORSE: Final = 1.35
"""How far the mean logarithm of a known sentence may be below that of the free transcript."""

_WORST: Final = -2.1
_WORST_UNHEARD: Final = -1.5
"""The lowest mean logarithm of a known sentence, with and without a credible free transcript.

A mumbled "resume" had -1.0, laughter -1.9.
"""

_WORSE_WORD: Final = 0.5
"""Like `_WORSE`, but for a single word, which sounds like many others."""

_WORSE_COMMAND: Final = 1.0
"""Like `_WORSE`, but for a sentence that ends the turn: its last word may be missing."""

_LONGEST_PHRASE: Final = 8.0
"""Seconds of speech in which a known sentence is looked for."""

_MISHEARD: Final = 4
"""How many more tokens the free transcript may have than the longest known sentence."""

_TREES: Final = 8
"""Homes whose sentences are cached as trees."""

_NOTHING: Final = Transcript("")
_ENDS: Final = {b".", b"?", b"!"}
"""Marks after which a sentence is over."""


class MoonshineTranscriber:
    """The loaded models; thread-safe."""

    def __init__(self) -> None:
        """Load the models; raises `SpeechToTextError` when the package is missing or damaged."""
        try:
            folder = verified_folder("moonshine-voice", "moonshine_voice/assets/tiny-en")
            self._encoder = load(str(folder / "encoder_model.ort"))
            self._decoder = load(str(folder / "decoder_model_merged.ort"))
            self._vocabulary = Vocabulary((folder / "tokenizer.bin").read_bytes())
        except WeightsError as error:
            raise SpeechToTextError(str(error)) from error
        except Exception as error:  # onnxruntime raises whatever its parsers raise.
            raise SpeechToTextError(
                f"Moonshine's weights cannot be loaded: {str(error) or repr(error)}"
            ) from error
        self._ends = np.append(self._vocabulary.ids(_ENDS), END)
        self._is_word = np.array([_has_letters(token) for token in self._vocabulary.tokens])
        self._tree = lru_cache(_TREES)(self._make_tree)

    def transcribe(
        self, audio: Samples, earlier: Transcript | None = None, phrases: Sequence[str] = ()
    ) -> Transcript:
        """See `Transcriber`; takes about 15 ms of one core per second of audio."""
        try:
            audio = shorten(audio)
            pieces = cut(audio)
            if len(pieces) > 1:
                return join([self._transcribe(piece) for piece in pieces])
            return self._transcribe(audio, earlier or _NOTHING, phrases)
        except Exception as error:  # onnxruntime raises whatever its providers raise.
            raise SpeechToTextError(f"Moonshine failed: {error}") from error

    def _transcribe(
        self, audio: Samples, earlier: Transcript = _NOTHING, phrases: Sequence[str] = ()
    ) -> Transcript:
        if len(audio) < _SHORTEST * INPUT_RATE:
            return Transcript("")
        mask = np.ones((1, len(audio)), np.int64)
        (states,) = self._encoder.run(None, {"input_values": audio[None], "attention_mask": mask})
        limit = int(len(audio) / INPUT_RATE * _TOKENS_PER_SECOND) + 1
        tokens, logits = decode(Decoding(self._decoder, states, len(audio)), limit, earlier.tokens)
        text = modernize(self._vocabulary.decode(tokens))
        words = self._up_to_last_word(tokens)
        if not words:
            return Transcript("", tokens=tuple(tokens))
        chances = log_softmax(logits[: len(words)])[np.arange(len(words)), words]
        fit = float(chances.mean())
        seconds = len(audio) / INPUT_RATE
        is_noise = is_hallucination(text, seconds=seconds, tokens=len(words))
        if is_noise or is_doubtful(text, tokens=len(words), fit=fit):
            text = ""
        free = Transcript(text, self._finality(logits[len(words)]), tuple(tokens))
        if is_noise or not phrases or seconds > _LONGEST_PHRASE:
            return free
        root = self._tree(tuple(phrases))
        is_known = free.tokens == earlier.tokens and free.text == earlier.text
        if (is_known and not earlier.is_command) or len(words) > root.depth + _MISHEARD:
            # The same words have matched no sentence before, or are too many for any.
            return free
        match = find(
            self._decoder,
            states,
            len(audio),
            root,
            length=len(words),
            floor=max(fit - _WORSE, _WORST if text else _WORST_UNHEARD),
            ends=self._ends,
        )
        return free if match is None else self._take(match, free, fit)

    def _take(self, match: Match, free: Transcript, fit: float) -> Transcript:
        """Return the known sentence in place of the free transcript if it fits well enough."""
        is_word = " " not in match.phrase.strip()
        if is_word and match.score < fit - _WORSE_WORD:
            return free
        phrase = match.phrase[:1].upper() + match.phrase[1:]
        return replace(
            free,
            # The model writes capitals and marks as a person would.
            text=free.text if _letters(free.text) == _letters(phrase) else phrase,
            finality=self._finality(match.after),
            is_command=match.is_whole and match.score >= fit - _WORSE_COMMAND,
        )

    def _make_tree(self, phrases: tuple[str, ...]) -> Node:
        return tree(phrases, self._vocabulary)

    def _up_to_last_word(self, tokens: list[int]) -> list[int]:
        with_letters = np.flatnonzero(self._is_word[tokens])
        return tokens[: int(with_letters[-1]) + 1] if with_letters.size else []

    def _finality(self, logits: NDArray[np.float32]) -> float:
        return float(np.exp(log_softmax(logits))[self._ends].sum())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _has_letters(token: bytes) -> bool:
    return any(map(str.isalnum, token.decode(errors="replace")))
