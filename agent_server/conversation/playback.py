"""What the user has heard of a reply by now."""

from collections.abc import Callable


class Playback:
    """A clock that assumes that the client plays what it gets, at once and to the end.

    Audio goes out faster than it plays, so what was sent says little about what was heard.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns the time in seconds."""
        self._clock = clock
        self._sentences: list[tuple[str, float]] = []
        self._ends_at = 0.0
        self.sent = 0.0
        """Audio sent so far, in seconds."""

    def begin_sentence(self, words: str) -> None:
        """Tell whose audio follows."""
        self._sentences.append((words, self.sent))

    def add(self, seconds: float) -> None:
        """Tell that so much audio was sent."""
        self._ends_at = max(self._ends_at, self._clock()) + seconds
        self.sent += seconds

    @property
    def is_playing(self) -> bool:
        """Whether audio that was sent is still to be heard."""
        return self._ends_at > self._clock()

    def heard_words(self) -> str:
        """Return the words that were heard, the last sentence as far as it was played."""
        heard = self.sent - max(self._ends_at - self._clock(), 0.0)
        ends = [begin for _, begin in self._sentences[1:]] + [self.sent]
        words: list[str] = []
        for (sentence, begin), end in zip(self._sentences, ends, strict=True):
            spoken = sentence.split()
            share = (heard - begin) / (end - begin) if end > begin else 0.0
            words += spoken[: int(len(spoken) * min(max(share, 0.0), 1.0))]
        return " ".join(words)
