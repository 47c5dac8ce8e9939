"""Estimates how much of a reply the user has heard."""

from collections.abc import Callable


class Playback:
    """A playback clock: assumes that the client plays all audio, without a delay.

    Audio is sent faster than it plays, so the amount sent says little about what was heard.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns the time in seconds."""
        self._clock = clock
        self._sentences: list[tuple[str, float]] = []
        self._ends_at = 0.0
        self.sent = 0.0
        """Audio sent so far, in seconds."""

    def begin_sentence(self, words: str) -> None:
        """Start a sentence: its audio follows."""
        self._sentences.append((words, self.sent))

    def add(self, seconds: float) -> None:
        """Add audio that was sent."""
        self._ends_at = max(self._ends_at, self._clock()) + seconds
        self.sent += seconds

    @property
    def left(self) -> float:
        """For how many seconds the client still plays audio that was sent."""
        return max(self._ends_at - self._clock(), 0.0)

    def from_sentence(self) -> str:
        """Return the text from the start of the sentence that is playing; "" at the end."""
        heard = self.sent - self.left
        ends = [*(begin for _, begin in self._sentences[1:]), self.sent]
        sentences = zip(self._sentences, ends, strict=False)
        return " ".join(sentence for (sentence, _), end in sentences if end > heard)

    @property
    def words(self) -> str:
        """All words that were sent."""
        return " ".join(sentence for sentence, _ in self._sentences)

    def heard_words(self) -> str:
        """Return the words that the user has heard, the last sentence in proportion."""
        heard = self.sent - self.left
        words: list[str] = []
        for number, (sentence, begin) in enumerate(self._sentences, 1):
            is_last = number == len(self._sentences)
            end = self.sent if is_last else self._sentences[number][1]
            spoken = sentence.split()
            share = (heard - begin) / (end - begin) if end > begin else 0.0
            words += spoken[: int(len(spoken) * min(max(share, 0.0), 1.0))]
        return " ".join(words)
