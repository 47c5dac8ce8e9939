"""Inputs: what the user's side of a live call does (rule 14)."""

from ..live_microphone import LiveMicrophone
from .effects import Effect
from .rules import Rules


class CallSide(Rules):
    """A live call, whose turns the server finds."""

    def begin_call(self, microphone: LiveMicrophone, now: float) -> list[Effect]:
        """Listen to a microphone until the session ends."""
        self._live.begin(microphone, now)
        return self._conversation.take_effects()

    def interrupt(self, now: float) -> list[Effect]:
        """The user wants no answer, or no more of it."""
        self._live.interrupt(now)
        return self._conversation.take_effects()

    def keep_awake(self, now: float) -> list[Effect]:
        """The user is there, although nobody speaks."""
        self._live.keep_awake(now)
        return self._conversation.take_effects()
