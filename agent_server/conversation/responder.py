"""Performs one act of the agent at a time, until it ends or the user interrupts it."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from ..brain import Brain, Exchange
from ..config import Agent
from ..home import Played
from ..home.link import HomeLink
from ..limits import Limits
from . import ClientGoneError, Emit, UnknownStreamError, events
from .act_runner import ActRunner
from .acts import Act, Greeting, HomeText
from .agent_echo import AgentEcho
from .answers import AnswerContext, SpokenAnswer, TypedAnswer
from .events import Fault
from .faults import TurnError, map_errors_to
from .history import History
from .replies import Replies
from .resumption import Resumption
from .say_queue import SayQueue

_AFTER_STOP: Final = 0.2
"""Seconds in which `handled` or `hold` may follow the report that the player has stopped."""


class Responder:
    """Starts, stops and withdraws the acts of the agent, and keeps the history."""

    def __init__(
        self,
        agent: Agent,
        brain: Brain,
        replies: Replies,
        limits: Limits,
        *,
        emit: Emit,
        home: HomeLink,
        say_queue: SayQueue,
        echo: AgentEcho,
        turn_ended: asyncio.Event,
        begin_turn: Callable[[], None],
        on_free: Callable[[], None],
    ) -> None:
        """`turn_ended` is set while it is certain that the user has finished.

        `begin_turn` is called when the words that follow belong to another turn, and `on_free`
        when the next text of the home may be spoken.
        """
        self._agent = agent
        self._brain = brain
        self._replies = replies
        self._limits = limits
        self._emit = emit
        self._home = home
        self._say_queue = say_queue
        self._echo = echo
        self._turn_ended = turn_ended
        self._begin_turn = begin_turn
        self._on_free = on_free
        self.language = agent.language
        """The language in which the agent listens and answers."""

        self._act: Act | None = None
        """The current act, or the last one while its audio may still play."""

        self._stopped: Act | None = None
        """The act that was stopped last: the client may report later how much was heard."""

        self._handled = ""
        """The turn that the home has answered itself: its next words are the reply. If it says
        nothing, the history keeps the turn without a reply."""

        self._history = History()
        self._resumption = Resumption(replies)
        self._runner = ActRunner(limits.stop, on_free)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_speaking(self) -> bool:
        """Whether a reply is being prepared, sent or played."""
        return self._runner.is_busy or self.is_audible

    @property
    def is_audible(self) -> bool:
        """Whether the user hears the agent."""
        return self._still_playing > 0

    @property
    def silence(self) -> float:
        """The seconds since the user last heard the current or last act, infinite without one."""
        return self._act.reply.playback.silence if self._act is not None else math.inf

    @property
    def _still_playing(self) -> float:
        """The seconds of sent audio that the client still has to play."""
        return self._act.reply.playback.left if self._act is not None else 0.0

    def greet(self) -> None:
        """Start the greeting."""
        self._start(Greeting(self._replies.create(self.language), self._agent.greeting, self._emit))

    async def answer(self, words: Callable[[], Awaitable[str]]) -> None:
        """Start the answer to spoken words, perhaps before the user has finished."""
        await self.stop()
        act = SpokenAnswer(
            self._replies.create(self.language),
            self._answer_context(),
            words,
            self._turn_ended,
            emit=self._emit,
            needs_answer=lambda text: self._resumption.needs_answer(text, self.language),
        )
        # It may turn out to be a backchannel, after which the reply before it continues.
        self._start(act, keeps_rest=True)

    async def answer_text(self, text: str) -> None:
        """Start the answer to a typed text."""
        await self.stop()
        self._start_typed(text)

    async def say_next(self) -> None:
        """Start the next text of the home, if nothing else is being said or played."""
        if self._runner.is_busy or not self._say_queue.is_waiting:
            return
        if (left := self._still_playing) > 0:
            # A new stream would replace audio that the client still plays.
            self._wait_for_player(left)
            return
        question, self._handled = self._handled, ""
        await self.stop()
        stream = self._say_queue.next()
        reply = self._replies.create(stream.language or self.language)
        self._start(HomeText(reply, stream, self._say_queue, question))

    async def take_back(self) -> bool:
        """Withdraw an answer that has only just begun, because the user continues the sentence.

        The words that follow continue the turn, and nothing of the answer counts as said. Returns
        whether an answer was withdrawn. Actions of the home cannot be taken back.
        """
        act = self._act
        if act is None or act.had_effects:
            return False
        age = asyncio.get_running_loop().time() - act.turn_known_at
        if age > self._limits.take_back:
            return False
        reply = act.reply
        if reply.has_ended and not (reply.playback.left or reply.playback.is_stopped):
            return False  # The user has heard all of it.
        await self._runner.cancel()
        self._act = None
        self._echo.stop(reply.track)
        if reply.has_begun:
            await self._emit(events.Interrupted(""))
            await reply.send_end()
        return True

    async def stop(self) -> None:
        """End the current act. The history keeps the words that the user has heard.

        The words that follow continue the turn unless the act is final.
        """
        was_busy = self._runner.is_busy
        await self._runner.cancel()
        act, self._act = self._act, None
        if self._handled:
            self._history.add(Exchange(self._handled, ""))
            self._handled = ""
        if act is None:
            return
        if not act.is_final:
            if isinstance(act, HomeText) and act.question:
                self._history.add(Exchange(act.question, ""))
            elif isinstance(act, TypedAnswer) and was_busy:
                self._resumption.keep(act.text)
            return
        self._begin_turn()
        reply, playback = act.reply, act.reply.playback
        act.is_incomplete = not reply.has_ended
        left = playback.left
        playback.stop()
        self._echo.stop(reply.track)
        self._stopped = act
        self._history.add_act(act)
        self._resumption.remember(act, left)
        if reply.has_begun and (left > 0 or act.is_incomplete):
            await self._emit(events.Interrupted(playback.heard_words()))
            await reply.send_end()

    def give_up_rest(self) -> None:
        """Continue nothing that a sound has interrupted: the sound could not be understood."""
        self._resumption.forget()

    async def ignore(self) -> None:
        """Drop the turn: it was a voice in the background. Only a typed text is still answered."""
        text = self._resumption.take_text()
        self._resumption.forget()
        if text:
            self._start_typed(text)
        else:
            await self._emit(events.NothingSaid())

    async def hand_over(self) -> None:
        """Drop the answer to the latest turn: the home has answered it.

        A message that comes late, when the user already speaks again, changes nothing.
        """
        act = self._act
        if act is None or not (act.is_turn_known or self._is_awaited(act)):
            return
        if act.reply.playback.is_stopped and act.words_heard:
            await self.stop()  # The user has heard some of it, and wants no more.
            return
        await self._runner.cancel()
        self._act = None
        self._echo.stop(act.reply.track)
        self._resumption.forget()
        self._handled = act.question or ""
        self._begin_turn()
        await act.reply.send_end()

    def played(self, played: Played) -> None:
        """Record the client's report on how much of the current or the stopped act was heard.

        Raises `UnknownStreamError`.
        """
        if played.stream > self._replies.streams:
            raise UnknownStreamError
        for act in (self._act, self._stopped):
            if act is not None and act.reply.stream == played.stream:
                reply, is_stopped = act.reply, played.is_stopped
                reply.playback.report(played.seconds, is_stopped=is_stopped)
                self._echo.play(reply.track, played.seconds, is_stopped=is_stopped)
        if self._say_queue.is_waiting:
            # The reply may end earlier than it was assumed to.
            self._wait_for_player(_AFTER_STOP if played.is_stopped else self._still_playing)
        if self._stopped is not None and self._stopped.reply.stream == played.stream:
            self._history.correct(self._stopped)
            self._resumption.correct(self._stopped)

    def _is_awaited(self, act: Act) -> bool:
        """Whether the user has finished, and the client does not know the words yet."""
        return isinstance(act, SpokenAnswer) and self._turn_ended.is_set()

    async def close(self) -> None:
        """End everything; emits no events about it."""
        self._cancel_timer()
        await self._runner.close()

    def _wait_for_player(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._on_free)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _start_typed(self, text: str) -> None:
        reply = self._replies.create(self.language)
        self._start(TypedAnswer(reply, self._answer_context(), text))

    def _start(self, act: Act, *, keeps_rest: bool = False) -> None:
        if not keeps_rest:
            self._resumption.forget()
        self._act = act
        self._runner.start(partial(self._run, act))

    async def _run(self, act: Act) -> None:
        """Run an act; a failure ends only the turn."""
        failure: TurnError | None = None
        with suppress(ClientGoneError):
            try:
                with map_errors_to(Fault.TURN):
                    await act.run()
            except TurnError as error:
                failure = error
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                return  # The user may already be speaking again.
            if failure is not None:
                self._begin_turn()
                self._resumption.forget()
                await self._emit(failure.event())
            elif not act.is_final:  # There were no words, or only a backchannel.
                self._begin_turn()
                await self._resume()

    async def _resume(self) -> None:
        """Continue with what a sound without words, or a backchannel, has interrupted."""
        if text := self._resumption.take_text():
            self._start_typed(text)
        elif self._stopped is not None and (rest := self._resumption.take()) is not None:
            self._history.reopen(self._stopped)
            self._start(rest)
        else:
            await self._emit(events.NothingSaid())

    def _answer_context(self) -> AnswerContext:
        return AnswerContext(self._brain, self.language, self._history.exchanges, self._home)
