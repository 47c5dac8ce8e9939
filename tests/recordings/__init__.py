"""The recordings in this folder and its subfolder, and a measure of wrong transcripts."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
RATE = 16_000


@dataclass(frozen=True)
class Recording:
    """A human voice and its transcript."""

    name: str
    speaker: str
    words: str

    @property
    def pcm(self) -> NDArray[np.int16]:
        """The samples at `RATE`."""
        samples, rate = soundfile.read(FOLDER / f"{self.name}.flac", dtype="int16")
        assert rate == RATE
        pcm: NDArray[np.int16] = samples
        return pcm

    @property
    def audio(self) -> NDArray[np.float32]:
        """The samples from -1.0 to 1.0."""
        return (self.pcm / 32_768).astype(np.float32)


_ROW = re.compile(r"\| `(.+)\.flac` \| (.+) \| (.+) \|")

RECORDINGS = [Recording(*row.groups()) for row in _ROW.finditer((FOLDER / "README.md").read_text())]

REQUESTS = {
    name: Recording(f"requests/{name}", "", words)
    for name, words in re.findall(
        r"\| `(.+?)\.flac` \| (.+?) \|", (FOLDER / "requests" / "README.md").read_text()
    )
}
"""Requests to a home, by name."""


def plain(words: str) -> list[str]:
    """Return normalized words: lower case, no punctuation, one spelling."""
    words = words.lower().replace("mr.", "mister").replace("-", " ")
    return re.sub(r"[^a-z0-9' ]", " ", words).split()


def word_errors(heard: str, said: str) -> int:
    """Return the number of words to change, add or remove (Levenshtein distance)."""
    had, want = plain(heard), plain(said)
    row = list(range(len(want) + 1))
    for i, word in enumerate(had, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(want, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]
