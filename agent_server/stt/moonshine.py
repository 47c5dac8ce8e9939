"""Speech to text by Moonshine (tiny, English), with the weights in its publisher's package.

The package's code is not used: onnxruntime runs the two models. The encoder converts samples
to states; the decoder generates token after token from them, up to the end token.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import INPUT_RATE, Samples
from ..onnx import load
from ..weights import WeightsError, verified_folder
from . import NextToken, SpeechToTextError, Transcript, join
from .decoder import Decoding, decode
from .pieces import cut
from .spelling import modernise

_FIRST_WORD_PART: Final = 3
_TOKENS_PER_SECOND: Final = 6.5
"""Faster than anybody speaks; without a limit the model repeats itself on noise."""

_SHORTEST: Final = 0.1
"""Seconds; shorter audio has no words, and the encoder's filters need 0.06 s."""

_FULL_STOPS: Final = {b".", b"?", b"!"}
_COMMAS: Final = {mark.encode() for mark in ", ; : - -- ... \u2013 \u2014 \u2026".split()}


class MoonshineTranscriber:
    """The loaded models; thread-safe."""

    def __init__(self) -> None:
        """Load the models; raises `SpeechToTextError` when the package is missing or damaged."""
        try:
            folder = verified_folder("moonshine-voice", "moonshine_voice/assets/tiny-en")
            self._encoder = load(str(folder / "encoder_model.ort"))
            self._decoder = load(str(folder / "decoder_model_merged.ort"))
            self._vocabulary = _vocabulary((folder / "tokenizer.bin").read_bytes())
        except WeightsError as error:
            raise SpeechToTextError(str(error)) from error
        except Exception as error:  # onnxruntime raises whatever its parsers raise.
            raise SpeechToTextError(
                f"Moonshine's weights cannot be loaded: {str(error) or repr(error)}"
            ) from error
        self._full_stops = self._ids(_FULL_STOPS)
        self._commas = self._ids(_COMMAS)
        self._is_word = np.array([_has_letters(token) for token in self._vocabulary])

    def transcribe(self, audio: Samples, earlier: Transcript | None = None) -> Transcript:
        """See `Transcriber`; takes about 15 ms of one core per second of audio."""
        try:
            pieces = cut(audio)
            draft = earlier.tokens if earlier and len(pieces) == 1 else ()
            return join([self._transcribe(piece, draft) for piece in pieces])
        except Exception as error:  # As in the constructor.
            raise SpeechToTextError(f"Moonshine failed: {error}") from error

    def _transcribe(self, audio: Samples, draft: tuple[int, ...]) -> Transcript:
        if len(audio) < _SHORTEST * INPUT_RATE:
            return Transcript("")
        mask = np.ones((1, len(audio)), np.int64)
        (states,) = self._encoder.run(None, {"input_values": audio[None], "attention_mask": mask})
        limit = int(len(audio) / INPUT_RATE * _TOKENS_PER_SECOND) + 1
        tokens, logits = decode(Decoding(self._decoder, states, len(audio)), limit, draft)
        text = modernise(self._text(tokens))
        next_token = self._next_token(tokens, logits) if text else None
        return Transcript(text, next_token, tuple(tokens))

    def _text(self, tokens: list[int]) -> str:
        parts = [self._vocabulary[token] for token in tokens if token >= _FIRST_WORD_PART]
        text = b"".join(parts).decode(errors="replace").replace("▁", " ").strip()
        # For a hum or music, the model writes notes, which are not words.
        return text if any(map(str.isalnum, text)) else ""

    def _next_token(self, tokens: list[int], logits: NDArray[np.float32]) -> NextToken:
        last_word = int(np.flatnonzero(self._is_word[tokens])[-1])
        after = logits[last_word + 1]
        chances = np.exp(after - after.max())
        chances /= chances.sum()
        full_stop = float(chances[self._full_stops].sum())
        comma = float(chances[self._commas].sum())
        return NextToken(full_stop, comma, max(1.0 - full_stop - comma, 0.0))

    def _ids(self, tokens: set[bytes]) -> list[int]:
        return [id_ for id_, token in enumerate(self._vocabulary) if token in tokens]


def _has_letters(token: bytes) -> bool:
    return any(map(str.isalnum, token.decode(errors="replace")))


def _vocabulary(data: bytes) -> list[bytes]:
    """Read the tokens: each is its length, in one byte or two, and its text."""
    tokens: list[bytes] = []
    position = 0
    while position < len(data):
        size = data[position]
        position += 1
        if size >= 0x80:  # noqa: PLR2004 (the first bit marks a second byte)
            size = data[position] * 0x80 + size - 0x80
            position += 1
        token = data[position : position + size]
        tokens.append(b"" if token.startswith(b"<<") else token)
        position += size
    return tokens
