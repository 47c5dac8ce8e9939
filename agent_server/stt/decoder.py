"""Moonshine's decoder: from the states of its encoder to tokens."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

START: Final = 1
END: Final = 2

_LAYERS: Final = 6
_HEADS, _HEAD_SIZE = 8, 36
_NAMES: Final = [
    f"past_key_values.{layer}.{part}.{kind}"
    for layer in range(_LAYERS)
    for part in ("decoder", "encoder")
    for kind in ("key", "value")
]


class Decoding:
    """One decoding. The model's cache holds what it has computed for the tokens so far."""

    def __init__(
        self, model: onnxruntime.InferenceSession, states: NDArray[np.float32], samples: int
    ) -> None:
        """`states` of the encoder, for that many samples."""
        self._model = model
        self._audio = {
            "encoder_hidden_states": states,
            "encoder_attention_mask": np.ones((1, samples), np.int64),
        }
        nothing = np.zeros((1, _HEADS, 0, _HEAD_SIZE), np.float32)
        self._cache: dict[str, Any] = dict.fromkeys(_NAMES, nothing)
        self._length = 0

    def feed(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Append tokens; return the logits of the next token after each of them.

        Only the first call may have several tokens.
        """
        logits, *cache = self._model.run(
            None,
            {
                "input_ids": np.array([tokens], np.int64),
                "use_cache_branch": np.array([self._length > 0]),
                **self._audio,
                **self._cache,
            },
        )
        new = dict(zip(_NAMES, cache, strict=True))
        if self._length:
            # Only the first step returns the encoder's part of the cache.
            new = {name: value for name, value in new.items() if ".decoder." in name}
        self._cache |= new
        self._length += len(tokens)
        steps: NDArray[np.float32] = logits[0]
        return steps

    def keep(self, length: int) -> None:
        """Forget all tokens after the first `length`."""
        for name in _NAMES:
            if ".decoder." in name:
                self._cache[name] = self._cache[name][:, :, :length]
        self._length = length


def decode(
    decoding: Decoding, limit: int, draft: Sequence[int] = ()
) -> tuple[list[int], NDArray[np.float32]]:
    """Return the most likely tokens, at most `limit`, and the logits after each prefix of them.

    `draft` may be wrong: it is verified in one step, and its correct beginning saves a step for
    each token.
    """
    draft = draft[:limit]
    logits = list(decoding.feed([START, *draft]))
    best = [int(step.argmax()) for step in logits]
    right = next(
        (n for n, (a, b) in enumerate(zip(draft, best, strict=False)) if a != b), len(draft)
    )
    decoding.keep(right + 1)
    tokens, logits = list(draft[:right]), logits[: right + 1]
    while len(tokens) < limit and (token := int(logits[-1].argmax())) != END:
        tokens.append(token)
        logits.append(decoding.feed([token])[0])
    return tokens, np.stack(logits)
