"""Finds which of many known sentences was said, with Moonshine's decoder."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from .decoder import NAMES, START, empty_cache
from .phrases import Node

_WIDTH: Final = 8
"""Beginnings of sentences that are followed at the same time."""

_LONGER: Final = 6
"""How many more tokens a sentence may have than the free transcript."""

_OVER: Final = 0.2
"""The lowest probability that the speech is over after a sentence.

Measured: at least 0.85 after a sentence that was said, at most 0.03 in the middle of a longer one.
"""

type Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """The sentence that fits best."""

    phrase: str
    tokens: tuple[int, ...]
    score: float
    """Mean logarithm of the probability of its tokens."""

    after: Logits
    """Logits of the token after it."""

    is_whole: bool
    """Whether no other sentence begins with it."""


@dataclass(frozen=True, slots=True)
class _Path:
    node: Node
    tokens: tuple[int, ...]
    score: float
    """Sum of the logarithms."""


def find(
    model: onnxruntime.InferenceSession,
    states: NDArray[np.float32],
    samples: int,
    root: Node,
    *,
    length: int,
    floor: float,
    ends: NDArray[np.int64],
) -> Match | None:
    """Return the sentence that fits the encoder's states best; None if none fits.

    `length` is that of the free transcript in tokens. `floor` is the lowest mean of the
    logarithms: a path that can no longer reach it, or be the best, is not followed. `ends` are the
    tokens that end a sentence: it must be all that was said, not only the beginning.
    """
    longest = length + _LONGER
    mask = np.ones((_WIDTH, samples), np.int64)
    wide = np.repeat(states, _WIDTH, axis=0)
    heard: dict[str, Any] = {}
    """The encoder's part of the cache, for `_WIDTH` paths."""

    cache: dict[str, Any] = empty_cache(1)
    paths = [_Path(root, (START,), 0.0)]
    best: Match | None = None
    for step in range(longest):
        count = len(paths)
        logits, *new = model.run(
            None,
            {
                "input_ids": np.array([path.tokens[-1] for path in paths], np.int64)[:, None],
                "use_cache_branch": np.array([step > 0]),
                "encoder_hidden_states": wide[:count],
                "encoder_attention_mask": mask[:count],
                **cache,
            },
        )
        returned = dict(zip(NAMES, new, strict=True))
        if not step:
            # Only the first step returns the encoder's part of the cache.
            heard = {
                name: np.repeat(value, _WIDTH, axis=0)
                for name, value in returned.items()
                if ".encoder." in name
            }
        chances = log_softmax(logits[:, -1])
        for path, after, chance in zip(paths, logits[:, -1], chances, strict=True):
            mean = path.score / max(len(path.tokens) - 1, 1)
            is_better = mean >= floor if best is None else mean > best.score
            if path.node.phrase is not None and is_better and np.exp(chance[ends]).sum() >= _OVER:
                is_whole = not path.node.children
                best = Match(path.node.phrase, path.tokens[1:], mean, after, is_whole)
        following = [
            (score, n, token)
            for n, path in enumerate(paths)
            for token, node in path.node.children.items()
            if (score := path.score + float(chances[n, token]))
            # The bound for the longest sentence with this beginning: each token lowers the sum.
            >= (floor if best is None else best.score) * min(longest, step + 1 + node.depth)
        ]
        following = sorted(following, reverse=True)[:_WIDTH]
        if not following:
            break
        rows = [n for _, n, _ in following]
        paths = [
            _Path(paths[n].node.children[token], (*paths[n].tokens, token), score)
            for score, n, token in following
        ]
        cache = {
            name: heard[name][: len(rows)] if name in heard else returned[name][rows]
            for name in NAMES
        }
    return best


def log_softmax(logits: Logits) -> Logits:
    """Return the logarithms of the probabilities."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Logits = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result
