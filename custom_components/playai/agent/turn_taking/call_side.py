"""Inputs from the user's side of a live call (rule 14)."""

from dataclasses import replace

from ..live_microphone import LiveMicrophone
from ..messages import HomeMessage
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

    def hear_agent(self, *, hears_agent: bool) -> list[Effect]:
        """The microphone hears the agent, or no longer does."""
        conversation = self._conversation
        conversation.hears_agent = hears_agent
        if conversation.offer is not None and conversation.offer.hears_agent is not hears_agent:
            conversation.offer = replace(conversation.offer, hears_agent=hears_agent)
            conversation.send(HomeMessage(conversation.offer))
        return conversation.take_effects()

    def keep_awake(self, now: float) -> list[Effect]:
        """The user is there, although nobody speaks."""
        self._live.keep_awake(now)
        return self._conversation.take_effects()
