"""The agent's behavior in one scene."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.recordings import word_errors

from .scenes import Scene

_TAIL = 0.25
"""Seconds at the end of a recording in which there may be breath or echo, but no words."""


@dataclass(eq=False)
class Heard:
    """Times are seconds of the scene's audio."""

    scene: Scene
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    """Of the user's turns, as the agent saw them."""

    texts: list[str] = field(default_factory=list)
    """The answered texts, turn by turn, without the answers that the agent took back."""

    taken_back: list[str] = field(default_factory=list)
    """The texts that it began to answer, until the user continued."""

    replies: list[float] = field(default_factory=list)
    """When the first audio of each reply came."""

    @property
    def is_cut(self) -> bool:
        """Whether a turn ended before the user had finished."""
        end = self.scene.speech_end
        is_early = end is not None and any(at < end - _TAIL for at in self.ends)
        return is_early and not self._is_all

    @property
    def is_cut_in_pause(self) -> bool:
        """Whether a turn ended in the inserted pause."""
        pause = self.scene.pause
        is_in = pause is not None and any(pause[0] <= at < pause[1] + 0.02 for at in self.ends)
        return is_in and not self._is_all

    @property
    def _is_all(self) -> bool:
        """Whether the only turn has all the words: the recording ends with a sound without any."""
        text = self.scene.clip.text
        is_only = len(self.starts) == len(self.texts) == 1 and not self.taken_back
        return is_only and bool(text) and not word_errors(self.texts[0], text)

    @property
    def delay(self) -> float | None:
        """Seconds from the end of speech to the first audio, or to the end of the turn."""
        end = self.scene.speech_end
        if end is None or self.is_cut:
            return None
        after = [at - end for at in self.replies or self.ends if at >= end - _TAIL]
        return after[0] if after else None


def from_messages(scene: Scene, messages: Iterable[tuple[float, str, str]]) -> Heard:
    """Return the behavior that the agent's messages show, given the time, type and text of each.

    A transcript that continues the one before it is of the same turn, unless that was answered.
    """
    heard = Heard(scene)
    is_answered = False
    before = ""
    for at, kind, text in messages:
        match kind:
            case "voiceActivityStart":
                heard.starts.append(at)
            case "voiceActivityEnd":
                heard.ends.append(at)
            case "onUserTranscript":
                if heard.texts and not is_answered and text.startswith(f"{heard.texts[-1]} "):
                    heard.taken_back.append(heard.texts.pop())
                heard.texts.append(text)
                is_answered = False
            case "newAudioStream":
                is_answered = True
            case "onAgentInterrupted" if not text and heard.texts:
                heard.taken_back.append(heard.texts.pop())
            case "audioStream" if before == "newAudioStream":
                heard.replies.append(at)
        before = kind
    return heard


def median_turn(column: Sequence[Heard]) -> Heard | None:
    """Return the turn with the median delay, of a clip alone; None if there is none."""
    turns = [(heard.delay, heard) for heard in column if heard.scene.group == "clean"]
    known = sorted((delay, n) for n, (delay, _) in enumerate(turns) if delay is not None)
    return turns[known[len(known) // 2][1]][1] if known else None
