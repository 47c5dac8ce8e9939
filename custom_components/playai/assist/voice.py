"""Lets the agent speak the answer to a typed text, where somebody listens."""

import asyncio

from homeassistant.const import MATCH_ALL
from homeassistant.core import callback

from ..agent import Feature, Turn
from ..coordinator import PlayAIConfigEntry
from .answer_with import async_knows
from .handover import take_voice
from .pipeline_run import PipelineRun


class Voice:
    """The agent's voice in one run; without a listener it does nothing."""

    def __init__(self, run: PipelineRun) -> None:
        """Create the voice of one run."""
        self._run = run
        self._listener = take_voice(run.entry.entry_id)

    def push(self, words: str) -> None:
        """Speak more words of the home's answer."""
        if self._listener is None:
            return
        run, conversation_id = self._run, self._run.chat_log.conversation_id
        tag = run.hass.config.language if run.language == MATCH_ALL else run.language
        turn = async_begin_voice(run.entry, conversation_id, tag, self._listener)
        if turn is not None:
            turn.push_text(words)

    def end(self) -> None:
        """The answer of the home is complete."""
        if self._listener is not None and (turn := _begun(self._listener)) is not None:
            turn.end_text()

    def offer(self, turn: Turn) -> bool:
        """Offer a turn whose reply the agent speaks; returns whether somebody listens."""
        if self._listener is None or self._listener.done():
            return False
        self._listener.set_result(turn)
        return True


@callback
def async_begin_voice(
    entry: PlayAIConfigEntry,
    conversation_id: str,
    tag: str,
    listener: asyncio.Future[Turn],
) -> Turn | None:
    """Return the turn in which the agent speaks to a listener, who gets it; None if it cannot."""
    if listener.done():
        return _begun(listener)
    session = entry.runtime_data.conversations.async_get_session(conversation_id)
    if session is None or session.is_closed or not async_knows(entry, Feature.SAY):
        return None
    turn = session.say(tag)
    listener.set_result(turn)
    return turn


def _begun(listener: asyncio.Future[Turn]) -> Turn | None:
    is_begun = listener.done() and not listener.cancelled()
    return listener.result() if is_begun else None
