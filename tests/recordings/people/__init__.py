"""The recordings in this folder, and the sentences of a home like that of their commands."""

from pathlib import Path

from benchmarks.conversation.clips import Clip, load

FOLDER = Path(__file__).parent
PHRASES = (FOLDER / "phrases.txt").read_text("utf-8").splitlines()
CLIPS = {clip.name: clip for clip in load(FOLDER)}


def recording(name: str) -> Clip:
    """Return a recording by its name."""
    return CLIPS[name]
