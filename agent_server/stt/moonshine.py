"""Speech to text by Moonshine (tiny, English), from the weights its publisher's package carries.

The package's own code is not used: plain onnxruntime runs the two models. The encoder turns
the samples into states; the decoder makes one token after the other from them, until it
says that it is done.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..audio import INPUT_RATE, Samples
from ..onnx import load
from ..weights import WeightsError, verified_folder
from . import SpeechToTextError
from .pieces import cut
from .spelling import modernise

_START, _END = 1, 2
_FIRST_WORD_PART: Final = 3
_TOKENS_PER_SECOND: Final = 6.5
"""Nobody speaks faster; without a limit the model repeats itself on noise."""

_LAYERS: Final = 6
_HEADS, _HEAD_SIZE = 8, 36

_SHORTEST: Final = 0.1
"""Seconds below which there is nothing to hear; the encoder's filters need 0.06 s."""


class MoonshineTranscriber:
    """The models, loaded; safe to use from several threads."""

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

    def transcribe(self, audio: Samples) -> str:
        """See `Transcriber`; takes about 15 ms of one core per second of audio."""
        try:
            texts = [self._transcribe(piece) for piece in cut(audio)]
        except Exception as error:  # As above.
            raise SpeechToTextError(f"Moonshine failed: {error}") from error
        return modernise(" ".join(text for text in texts if text))

    def _transcribe(self, audio: Samples) -> str:
        if len(audio) < _SHORTEST * INPUT_RATE:
            return ""
        mask = np.ones((1, len(audio)), np.int64)
        (states,) = self._encoder.run(None, {"input_values": audio[None], "attention_mask": mask})
        limit = int(len(audio) / INPUT_RATE * _TOKENS_PER_SECOND) + 1
        return self._text(self._tokens(states, mask, limit))

    def _tokens(
        self, states: NDArray[np.float32], mask: NDArray[np.int64], limit: int
    ) -> list[int]:
        names = [
            f"past_key_values.{layer}.{part}.{kind}"
            for layer in range(_LAYERS)
            for part in ("decoder", "encoder")
            for kind in ("key", "value")
        ]
        nothing = np.zeros((1, _HEADS, 0, _HEAD_SIZE), np.float32)
        cache: dict[str, Any] = dict.fromkeys(names, nothing)
        tokens: list[int] = []
        token = _START
        while len(tokens) < limit:
            outputs = self._decoder.run(
                None,
                {
                    "input_ids": np.array([[token]], np.int64),
                    "encoder_attention_mask": mask,
                    "encoder_hidden_states": states,
                    "use_cache_branch": np.array([bool(tokens)]),
                    **cache,
                },
            )
            token = int(outputs[0][0, -1].argmax())
            if token == _END:
                break
            # What the encoder gave comes out of the first step only.
            new = {n: v for n, v in zip(names, outputs[1:], strict=True) if ".decoder." in n}
            cache |= new if tokens else dict(zip(names, outputs[1:], strict=True))
            tokens.append(token)
        return tokens

    def _text(self, tokens: list[int]) -> str:
        parts = [self._vocabulary[token] for token in tokens if token >= _FIRST_WORD_PART]
        text = b"".join(parts).decode(errors="replace").replace("▁", " ").strip()
        # Of a hum or of music the model writes notes: nothing that was said.
        return text if any(map(str.isalnum, text)) else ""


def _vocabulary(data: bytes) -> list[bytes]:
    """Read the tokens: each is its length, in one byte or two, and its text."""
    tokens: list[bytes] = []
    position = 0
    while position < len(data):
        size = data[position]
        position += 1
        if size >= 0x80:  # noqa: PLR2004 (the first bit tells that a second byte follows)
            size = data[position] * 0x80 + size - 0x80
            position += 1
        token = data[position : position + size]
        tokens.append(b"" if token.startswith(b"<<") else token)
        position += size
    return tokens
