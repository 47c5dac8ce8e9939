"""Inputs from the user's side."""

from dataclasses import replace

from ..errors import AgentError, ErrorKind
from ..home import AnswerEnd, HomeOffer, ToolResult
from ..messages import HomeMessage
from ..microphone import Microphone
from ..settings import EndOfTurn
from .effects import Effect, WakeSender
from .phases import Limit
from .rules import Rules
from .state import CallState, TurnState


class UserSide(Rules):
    """A turn of the user, from its start to the claim of its reply."""

    def start_turn(self, microphone: Microphone, now: float) -> list[Effect]:
        """Begin a turn; it interrupts a reply and replaces an open turn (rule 7)."""
        conversation = self._conversation
        settings, traits = conversation.settings, conversation.traits
        self._replace_turn(now)
        conversation.turn = TurnState(
            microphone,
            agent_ends=settings.end_of_turn is EndOfTurn.AGENT
            and settings.enable_vad
            and traits.sends_voice_activity is not False,
            awaits_transcript=settings.wait_for_words,
            owes_stale_reply=now < conversation.unanswered_until,
            stale_reply_until=conversation.unanswered_until,
            follows_wordless=conversation.lacks_words,
        )
        conversation.unanswered_until = 0.0
        longest = conversation.timings.speech + conversation.timings.connect
        conversation.start(Limit.SPEECH, now + longest)
        conversation.add(WakeSender())
        self._connecting.turn_started(now)
        return conversation.take_effects()

    def start_text(
        self, text: str | None, now: float, *, language: str | None = None
    ) -> list[Effect]:
        """Begin a turn without a microphone: typed, or for texts of the home if `text` is None."""
        conversation = self._conversation
        self._replace_turn(now)
        # The server drops the turn before this one, see `Handled`.
        conversation.unanswered_until = 0.0
        conversation.turn = turn = TurnState(
            Microphone(),
            agent_ends=False,
            awaits_transcript=False,
            owes_stale_reply=False,
            has_microphone=False,
            language=language,
        )
        self._connecting.turn_started(now)
        self._texts.begin(turn, text, now)
        return conversation.take_effects()

    def _replace_turn(self, now: float) -> None:
        """End the turn before a new one."""
        previous = self.turn
        if previous is not None:
            if previous.reply is not None or previous.is_unclaimed:
                self._playout.cancel(now)  # Nobody waits for its reply: no error (rule 11).
            else:
                self._playout.fail(AgentError(ErrorKind.REPLACED, "a new turn began"), now)
        self._conversation.stop(Limit.IDLE)

    def answer_locally(self, turn: TurnState, language: str | None, now: float) -> list[Effect]:
        """The home answers a turn itself; its texts are the reply (rule 13)."""
        if turn is self.turn:
            self._texts.answer_locally(turn, language, now)
        return self._conversation.take_effects()

    def push_text(self, turn: TurnState, text: str, now: float) -> list[Effect]:
        """The home has more of the text that the agent speaks, or words before a result."""
        if turn is self.turn:
            if turn.is_local:
                self._texts.push(turn, text, now)
            else:
                self._calls.push_words(turn, text, now)
        return self._conversation.take_effects()

    def end_text(self, turn: TurnState, now: float) -> list[Effect]:
        """The text that the agent speaks is complete."""
        if turn is self.turn:
            self._texts.end(turn, now)
        return self._conversation.take_effects()

    def end_input(self, turn: TurnState, now: float) -> list[Effect]:
        """The stream of the microphone has ended."""
        if turn is self.turn:
            self._listening.end_input(now)
        return self._conversation.take_effects()

    def cancel(self, turn: TurnState, now: float) -> list[Effect]:
        """Cancel a turn without an error; its reply is dropped (rules 7 and 11)."""
        if turn is self.turn:
            self._playout.cancel(now)
        return self._conversation.take_effects()

    def fail(self, turn: TurnState, error: AgentError, now: float) -> list[Effect]:
        """The user's side has failed: the turn ends with this error."""
        if turn is self.turn:
            self._playout.fail(error, now)
        return self._conversation.take_effects()

    def expect_claim(self, turn: TurnState, now: float) -> list[Effect]:
        """Speech-to-text has returned; the next stage must claim the turn (rule 11)."""
        if turn is self.turn and not turn.is_claimed:
            self._conversation.start(Limit.TURN_CLAIM, now + self._conversation.timings.claim)
        return self._conversation.take_effects()

    def claim(self, turn: TurnState, now: float, *, has_handler: bool = False) -> list[Effect]:
        """A caller waits for the reply to a turn; `has_handler` if it answers calls (rule 12)."""
        turn.is_claimed = True
        turn.has_handler = turn.has_handler or has_handler
        if turn is self.turn:
            self._conversation.stop(Limit.TURN_CLAIM)
            self._calls.claimed(turn, now)
        return self._conversation.take_effects()

    def answer_delta(self, call: CallState, text: str, now: float) -> list[Effect]:
        """The home has answered more words."""
        self._calls.answer_delta(call, text, now)
        return self._conversation.take_effects()

    def answer_ended(self, call: CallState, end: AnswerEnd, now: float) -> list[Effect]:
        """The home's answer is complete, or has failed."""
        self._calls.answer_ended(call, end, now)
        return self._conversation.take_effects()

    def tool_returned(self, call: CallState, result: ToolResult, now: float) -> list[Effect]:
        """A tool of the home has returned, or has failed."""
        self._calls.tool_returned(call, result, now)
        return self._conversation.take_effects()

    def update_home(self, offer: HomeOffer) -> list[Effect]:
        """The home offers something else."""
        conversation = self._conversation
        if conversation.hears_agent:
            offer = replace(offer, hears_agent=True)
        if offer != conversation.offer and not conversation.is_closed:
            conversation.offer = offer
            conversation.send(HomeMessage(offer))
        return conversation.take_effects()

    def end(self, now: float) -> list[Effect]:
        """End the session (rule 9)."""
        self._connecting.end(now)
        return self._conversation.take_effects()
