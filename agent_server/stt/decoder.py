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
NAMES: Final = [
    f"past_key_values.{layer}.{part}.{kind}"
    for layer in range(_LAYERS)
    for part in ("decoder", "encoder")
    for kind in ("key", "value")
]


class Decoding:
    """One decoding. The model's cache holds its results for the tokens so far."""

    def __init__(
        self, model: onnxruntime.InferenceSession, states: NDArray[np.float32], samples: int
    ) -> None:
        """`states` are those of the encoder for `samples` samples of audio."""
        self._model = model
        self._audio = {
            "encoder_hidden_states": states,
            "encoder_attention_mask": np.ones((1, samples), np.int64),
        }
        self._cache: dict[str, Any] = empty_cache(1)
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
        new = dict(zip(NAMES, cache, strict=True))
        if self._length:
            # Only the first step returns the encoder's part of the cache.
            new = {name: value for name, value in new.items() if ".decoder." in name}
        self._cache |= new
        self._length += len(tokens)
        steps: NDArray[np.float32] = logits[0]
        return steps

    def restart(self) -> None:
        """Forget all tokens."""
        self._cache = dict(empty_cache(1))
        self._length = 0


def empty_cache(batch: int) -> dict[str, NDArray[np.float32]]:
    """Return the cache before the first token."""
    return dict.fromkeys(NAMES, np.zeros((batch, _HEADS, 0, _HEAD_SIZE), np.float32))


def decode(
    decoding: Decoding, limit: int, draft: Sequence[int] = ()
) -> tuple[list[int], NDArray[np.float32]]:
    """Return the most likely tokens, at most `limit`, and the logits after each prefix of them.

    `draft` may be wrong: it is verified in one step, which saves a step for each of its tokens. If
    a token is wrong, the draft is dropped: a long step rounds differently from short ones, and the
    tokens must not depend on the draft.
    """
    tokens = list(draft[:limit])
    logits = list(decoding.feed([START, *tokens]))
    if [int(step.argmax()) for step in logits[:-1]] != tokens:
        tokens = []
        decoding.restart()
        logits = list(decoding.feed([START]))
    while len(tokens) < limit and (token := int(logits[-1].argmax())) != END:
        tokens.append(token)
        logits.append(decoding.feed([token])[0])
    return tokens, np.stack(logits)
