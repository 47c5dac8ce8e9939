"""The turns and replies of a session that its callers hold."""

from .engine import Engine
from .home_tasks import HomeTasks
from .incoming import IncomingStream
from .reply import Reply
from .reports import Reports
from .settings import Timings
from .turn import Turn
from .turn_taking.effects import (
    BeginCall,
    DropQueue,
    FinishStream,
    ReplyBegan,
    ReplyChanged,
    ReplyEffect,
    ReplyWithdrawn,
    TurnClosed,
    TurnEffect,
    TurnOver,
)
from .turn_taking.state import ReplyState, TurnState


class Handles:
    """Maps the states of the rules to the turns and replies that callers hold."""

    def __init__(
        self, engine: Engine, timings: Timings, incoming: IncomingStream, home_tasks: HomeTasks
    ) -> None:
        self._reports = Reports(engine)
        self._timings = timings
        self._incoming = incoming
        self._home_tasks = home_tasks
        self._turns: dict[TurnState, Turn] = {}
        self._replies: dict[ReplyState, Reply] = {}

    def begin_turn(self, state: TurnState) -> Turn:
        """Return a new turn for its caller."""
        turn = self._turns[state] = Turn(self._reports, state)
        return turn

    def begin_stream(self, state: ReplyState) -> None:
        """Decode the audio that arrives from now on for a reply."""
        reply = self._replies.setdefault(state, Reply(self._reports, state, self._timings))
        self._incoming.begin(reply)

    def carry_out_on_turn(self, effect: TurnEffect) -> None:
        """Carry out an effect on a turn."""
        turn = self._turns[effect.turn]
        match effect:
            case TurnClosed():
                turn.closed()
            case BeginCall(call=call):
                if turn.handler is not None:
                    self._home_tasks.begin(call, turn.handler, turn.context)
            case ReplyWithdrawn(reply=reply):
                self._replies.pop(reply, None)
                turn.withdrawn()
            case TurnOver(state):
                del self._turns[state]
                turn.answered(None)
                if state.stream is not None:
                    self._replies.pop(state.stream, None)

    def carry_out_on_reply(self, effect: ReplyEffect) -> None:
        """Carry out an effect on a reply."""
        reply = self._replies[effect.reply]
        match effect:
            case ReplyBegan(turn=turn):
                self._turns[turn].answered(reply)
            case FinishStream():
                self._incoming.decode_rest(reply)
            case DropQueue():
                reply.drop_queue()
            case ReplyChanged():
                reply.changed()
