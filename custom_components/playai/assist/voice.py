"""Lets the agent speak the answer to a typed text, where somebody listens."""

from ..agent import Feature, Turn
from ..texts import text_language
from .answer_with import async_knows
from .handover import take_voice
from .pipeline_run import PipelineRun


class Voice:
    """The agent's voice in one run; without a listener it does nothing."""

    def __init__(self, run: PipelineRun) -> None:
        """Create the voice of one run."""
        self._run = run
        self._listener = take_voice(run.entry.entry_id)
        self._turn: Turn | None = None

    def push(self, words: str) -> None:
        """Speak more words of the home's answer."""
        if self._turn is None and not self._begin():
            return
        if self._turn is not None:
            self._turn.push_text(words)

    def end(self) -> None:
        """The answer of the home is complete."""
        if self._turn is not None:
            self._turn.end_text()

    def offer(self, turn: Turn) -> bool:
        """Offer a turn whose reply the agent speaks; returns whether somebody listens."""
        if self._listener is None or self._listener.done():
            return False
        self._listener.set_result(turn)
        return True

    def _begin(self) -> bool:
        run = self._run
        if self._listener is None or not async_knows(run.entry, Feature.SAY):
            return False
        session = run.entry.runtime_data.conversations.async_get_session(
            run.chat_log.conversation_id
        )
        if session is None or session.is_closed or self._listener.done():
            return False
        self._turn = session.say(text_language(run.hass, run.language))
        return self.offer(self._turn)
