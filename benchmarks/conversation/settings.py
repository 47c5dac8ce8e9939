"""The settings of the agent that are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent_server.config import LONGEST_PAUSE, EndOfTurn

TIMER: Final = 0.6
"""Seconds of silence that end a turn without models."""


@dataclass(frozen=True)
class Setting:
    """One column of the table."""

    end_of_turn: EndOfTurn | None
    """None is a timer."""

    phrases: Sequence[str] | None = None
    """The sentences that the home offers; None without a home."""

    has_button: bool = False
    """Whether the user holds a button until the end of their speech, over the protocol only."""

    reveals_finality: bool = True
    """False for a server's speech-to-text in a language other than English."""

    @property
    def pause(self) -> float:
        """The longest silence inside a turn, in seconds."""
        return TIMER if self.end_of_turn is None else LONGEST_PAUSE


def settings(phrases: Sequence[str]) -> dict[str, Setting]:
    """Return all settings by their names."""
    return {
        "timer": Setting(None),
        **{str(each): Setting(each) for each in EndOfTurn},
        "server": Setting(EndOfTurn.NORMAL, reveals_finality=False),
        "home": Setting(EndOfTurn.NORMAL, phrases),
        "button": Setting(EndOfTurn.NORMAL, phrases, has_button=True),
    }
