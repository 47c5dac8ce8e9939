"""How much of a reply the user has heard: as the client reports it, or as an estimate."""

from collections.abc import Callable


class Playback:
    """A playback clock: assumes that the client plays all audio, without a delay.

    Audio is sent faster than it plays, so the amount sent says little about the amount heard. A
    client that reports its position corrects the clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns the time in seconds."""
        self._clock = clock
        self._sentences: list[tuple[str, float]] = []
        self._ends_at = 0.0
        self._stopped_at: float | None = None
        """The position at which it has stopped, in seconds; None while it plays."""

        self.sent = 0.0
        """Audio sent so far, in seconds."""

        self.is_reported = False
        """Whether the client has reported a position."""

    def begin_sentence(self, words: str) -> None:
        """Start a sentence: its audio follows."""
        self._sentences.append((words, self.sent))

    def add(self, seconds: float) -> None:
        """Add audio that was sent."""
        self._ends_at = max(self._ends_at, self._clock()) + seconds
        self.sent += seconds

    def report(self, seconds: float, *, is_stopped: bool = False) -> None:
        """Set the clock to the position of the client, which plays nothing more if it `is_stopped`.

        A position beyond the sent audio counts as its end. After a stop, a report of earlier
        playback can only move the position forward.
        """
        self.is_reported = True
        seconds = min(seconds, self.sent)
        if is_stopped:
            self._ends_at = min(self._ends_at, self._clock())
            self._stopped_at = seconds
        elif self._stopped_at is not None:
            self._stopped_at = max(self._stopped_at, seconds)
        else:
            self._ends_at = self._clock() + self.sent - seconds

    def stop(self) -> None:
        """Stop the clock: the client is asked to stop playing."""
        self._stopped_at = self.heard
        self._ends_at = min(self._ends_at, self._clock())

    @property
    def is_stopped(self) -> bool:
        """Whether no more of the reply is played."""
        return self._stopped_at is not None

    @property
    def left(self) -> float:
        """The seconds of sent audio that the client still has to play."""
        return 0.0 if self.is_stopped else max(self._ends_at - self._clock(), 0.0)

    @property
    def silence(self) -> float:
        """The seconds since the client played the last of the sent audio."""
        return max(self._clock() - self._ends_at, 0.0)

    @property
    def heard(self) -> float:
        """The audio that the user has heard, in seconds."""
        return self.sent - self.left if self._stopped_at is None else self._stopped_at

    def from_sentence(self) -> str:
        """Return the text from the start of the sentence that is playing; "" at the end."""
        heard = self.heard
        ends = [*(begin for _, begin in self._sentences[1:]), self.sent]
        sentences = zip(self._sentences, ends, strict=False)
        return " ".join(sentence for (sentence, _), end in sentences if end > heard)

    @property
    def words(self) -> str:
        """All words that were sent."""
        return " ".join(sentence for sentence, _ in self._sentences)

    def heard_words(self) -> str:
        """Return the words that the user has heard, in proportion to the audio of each sentence."""
        heard = self.heard
        words: list[str] = []
        for number, (sentence, begin) in enumerate(self._sentences, 1):
            is_last = number == len(self._sentences)
            end = self.sent if is_last else self._sentences[number][1]
            spoken = sentence.split()
            share = (heard - begin) / (end - begin) if end > begin else 0.0
            words += spoken[: int(len(spoken) * min(max(share, 0.0), 1.0))]
        return " ".join(words)
