"""Decides when silence ends the user's turn. Pure: time and evidence in, decisions out."""

from dataclasses import dataclass
from typing import Final

from ..config import LONGEST_PAUSE, EndOfTurn
from .score import Evidence, score

_HESITATION: Final = 1.5
"""Factor of the longest pause after words that cannot end a sentence."""

_UNLIKELY: Final = 1.2
_UNLIKELY_SCORE: Final = -0.5
"""The same after words with a lower score: 7 of 105 ends, and 35 of 66 pauses inside sentences."""

_UNKNOWN: Final = 0.9
_UNKNOWN_SHARE: Final = 0.7
"""Seconds of silence, or the share of the longest pause if that is more, that end a turn if
nothing is known: the models are missing, or too slow.
"""

_UNFINISHED: Final = frozenset(
    "a an the my your his our their its any every no "
    "and or but nor because if when while than as of to from at for with without into onto between "
    "is are was were be has had will would can could shall should may might must let's i'm i "
    "um uh uhm umm er erm hmm hm turn set switch put".split()
)
"""English words after which a sentence usually continues."""

_NEEDS_WORD: Final = 0.3
"""Subtracted from the score after such a word."""

_LONG: Final = 12.0
_LONG_PAUSE: Final = 0.5
"""Seconds of a turn from which the first pause of half a second ends it.

A person who continues is still understood, because an early answer is taken back. A television
never makes a longer pause.
"""

_MARKS: Final = " .?!,;:-\u2013\u2014\u2026"
_OPEN: Final = ("...", "\u2026", "-", "\u2013", "\u2014", ",")
"""Marks that Whisper writes after words that are not the end: after 15 of 92 pauses inside
sentences, and after none of 109 ends.
"""

_SHORTEST_COMMAND: Final = 2
"""The fewest words of a command that ends a turn early."""


@dataclass(frozen=True, slots=True)
class _Check:
    """From `after` seconds of silence on, a score of at least `threshold` ends the turn."""

    after: float
    threshold: float


_CHECKS: Final = {
    EndOfTurn.QUICK: [_Check(0.2, 0.5)],
    EndOfTurn.NORMAL: [_Check(0.2, 1.0), _Check(0.7, 0.8), _Check(0.9, 0.65)],
    EndOfTurn.PATIENT: [_Check(0.5, 1.25)],
}
"""51 of 105 ends have at least 1.0, and 1 of 66 pauses inside sentences. 21 ends, often of commands
of two or three words, and 6 pauses have 0.65 to 1.0.
"""

_BY_SOUND: Final = {
    EndOfTurn.QUICK: [_Check(0.3, 0.7)],
    EndOfTurn.NORMAL: [_Check(0.55, 0.85), _Check(0.75, 0.8)],
    EndOfTurn.PATIENT: [_Check(0.9, 0.8)],
}
"""Where the transcriber does not reveal whether it expects more words. "Normal" ends half of the
turns within a second, and 1, 8, 10 and 14 % of the unfinished sentences in a pause of 0.5, 0.7, 0.9
and 1.2 s, if it is chosen with one half of the speakers and measured with the other.
"""

ASK_AFTER: Final = (0.13, 0.29)
"""Seconds of silence at which the models are asked: for the words and known commands, and for the
score. With more silence the transcriber hears no more words, and believes too easily that a
sentence is over.
"""


class TurnEndPolicy:
    """Decides in one conversation."""

    def __init__(
        self, end_of_turn: EndOfTurn = EndOfTurn.NORMAL, longest: float = LONGEST_PAUSE
    ) -> None:
        """`longest` is the longest pause in seconds; `_HESITATION` and `_UNLIKELY` extend it."""
        self.end_of_turn = end_of_turn
        self._longest = longest

    def is_over(
        self,
        silence: float,
        evidence: Evidence | None,
        length: float = 0.0,
        *,
        has_continued: bool = False,
    ) -> bool:
        """Return whether a turn of this length is over after this silence, both in seconds.

        `evidence` is the newest of this pause; None as long as there is none. A user who has
        continued after an early end gets more patience.
        """
        if length >= _LONG and silence >= _LONG_PAUSE:
            return True
        setting = EndOfTurn.PATIENT if has_continued else self.end_of_turn
        if evidence is not None and _is_command(evidence) and silence >= _CHECKS[setting][0].after:
            return True
        value = None if evidence is None else score(evidence)
        if evidence is None or value is None:
            return silence >= min(self._longest, max(_UNKNOWN, _UNKNOWN_SHARE * self._longest))
        by_sound = evidence.finality is None
        # Without finality, the language may be any, and the known words are English.
        is_open = by_sound and evidence.text.endswith(_OPEN)
        needs_word = not by_sound and is_unfinished(evidence.text)
        longest = self._longest
        if is_open or needs_word:
            longest *= _HESITATION
        elif not by_sound and value < _UNLIKELY_SCORE:
            longest *= _UNLIKELY
        if needs_word:
            value -= _NEEDS_WORD
        checks = (_BY_SOUND if by_sound else _CHECKS)[setting]
        return silence >= longest or (
            not is_open
            and any(silence >= check.after and value >= check.threshold for check in checks)
        )


def _is_command(evidence: Evidence) -> bool:
    return evidence.is_command and len(evidence.text.split()) >= _SHORTEST_COMMAND


def is_unfinished(text: str) -> bool:
    """Return whether a text ends in a hesitation or a word that needs another one after it."""
    words = text.lower().rstrip(_MARKS).split()
    return bool(words) and words[-1] in _UNFINISHED
