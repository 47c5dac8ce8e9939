"""Runs what the agent does, one act at a time, and keeps the history."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from ..brain import Brain, Exchange
from ..config import Agent
from ..home import Played
from ..home.link import HomeLink
from ..limits import Limits
from . import ClientGoneError, Emit, UnknownStreamError, events
from .act_runner import ActRunner
from .acts import Act, Continuation, Greeting, HomeText, Mind, SpokenAnswer, TypedAnswer
from .agent_echo import AgentEcho
from .events import Fault
from .faults import TurnError, blame
from .history import History
from .nods import is_nod
from .replies import Replies
from .says import Says

_REST = 1.0
"""Seconds of a reply that are worth continuing."""


class Responder:
    """What the agent says in one conversation."""

    def __init__(
        self,
        agent: Agent,
        brain: Brain,
        replies: Replies,
        limits: Limits,
        *,
        emit: Emit,
        home: HomeLink,
        says: Says,
        echo: AgentEcho,
        over: asyncio.Event,
        turn_over: Callable[[], None],
        is_free: Callable[[], None],
    ) -> None:
        """`over` is set while it is certain that the user has finished.

        `turn_over` is called when the words that follow belong to another turn, and `is_free`
        when the next text of the home may be spoken.
        """
        self._agent = agent
        self._replies = replies
        self._limits = limits
        self._emit = emit
        self._says = says
        self._echo = echo
        self._over = over
        self._turn_over = turn_over
        self._is_free = is_free
        self._history = History()
        self._brain = brain
        self._home = home
        self.language = agent.language
        """In which the agent listens and answers."""

        self._act: Act | None = None
        """The current act, or the last one while its audio may still play."""

        self._runner = ActRunner(limits.stop, is_free)
        self._timer: asyncio.TimerHandle | None = None
        self._cut_off: Continuation | None = None
        """The rest of the reply that was interrupted last, until the user says more than a nod."""

        self._stopped: Act | None = None
        """The act that was stopped last: the client may report later what was heard of it."""

        self._handled = ""
        """The turn that the home has answered itself: what it says next is the reply. The turn is
        remembered without a reply if the home says nothing."""

    @property
    def is_speaking(self) -> bool:
        """Whether a reply is being prepared, sent or played."""
        return self._runner.is_busy or self._still_playing > 0

    @property
    def is_audible(self) -> bool:
        """Whether the user hears the agent."""
        return self._still_playing > 0

    @property
    def _still_playing(self) -> float:
        """For how many seconds the client plays what was sent."""
        return self._act.reply.playback.left if self._act is not None else 0.0

    def greet(self) -> None:
        """Start the greeting."""
        self._start(Greeting(self._replies.create(self.language), self._agent.greeting, self._emit))

    async def answer(self, words: Callable[[], Awaitable[str]]) -> None:
        """Start the answer to spoken words, perhaps before the user has finished."""
        await self.stop()
        self._start(
            SpokenAnswer(
                self._replies.create(self.language),
                self._new_mind(),
                words,
                self._over,
                emit=self._emit,
                needs_answer=self._needs_answer,
            )
        )

    async def answer_text(self, text: str) -> None:
        """Start the answer to a typed text."""
        await self.stop()
        reply = self._replies.create(self.language)
        self._start(TypedAnswer(reply, self._new_mind(), text))

    async def say_next(self) -> None:
        """Start the next text of the home, if nothing else is being said or played."""
        if self._runner.is_busy or not self._says.is_waiting:
            return
        if (left := self._still_playing) > 0:
            # A new stream would replace what the client still plays.
            self._cancel_timer()
            self._timer = asyncio.get_running_loop().call_later(left, self._is_free)
            return
        question, self._handled = self._handled, ""
        await self.stop()
        stream = self._says.next()
        reply = self._replies.create(stream.language or self.language)
        self._start(HomeText(reply, stream, self._says, question))

    async def take_back(self) -> bool:
        """Withdraw an answer that has only just begun, because the user continues the sentence.

        The words that follow continue the turn, and nothing of the answer counts as said. Returns
        whether there was such an answer. What the home has done cannot be taken back.
        """
        act = self._act
        age = math.inf if act is None else asyncio.get_running_loop().time() - act.told_at
        if act is None or age > self._limits.take_back or act.had_effects:
            return False
        reply = act.reply
        if reply.has_ended and not (reply.playback.left or reply.playback.is_stopped):
            return False  # It was heard to its end.
        await self._runner.cancel()
        self._act = None
        if reply.has_begun:
            await self._emit(events.Interrupted(""))
            await reply.send_end()
        return True

    async def stop(self) -> None:
        """End the current act. The history keeps what the user has heard of it.

        The words that follow continue the turn unless the act is final.
        """
        await self._runner.cancel()
        act, self._act = self._act, None
        if self._handled:
            self._history.add(Exchange(self._handled, ""))
            self._handled = ""
        if act is None or not act.is_final:
            return
        self._turn_over()
        reply, playback = act.reply, act.reply.playback
        act.is_incomplete = not reply.has_ended
        left = playback.left
        playback.stop()
        self._echo.stop(reply.track)
        self._stopped = act
        self._history.add_act(act)
        self._cut_off = self._rest_of(act) if left >= _REST else None
        if reply.has_begun and (left > 0 or act.is_incomplete):
            await self._emit(events.Interrupted(playback.heard_words()))
            await reply.send_end()

    def played(self, played: Played) -> None:
        """Take what the user has heard; it may be what was heard of the act that was stopped.

        Raises `UnknownStreamError`.
        """
        if played.stream > self._replies.streams:
            raise UnknownStreamError
        for act in (self._act, self._stopped):
            if act is not None and act.reply.stream == played.stream:
                reply, is_stopped = act.reply, played.is_stopped
                reply.playback.report(played.seconds, is_stopped=is_stopped)
                self._echo.play(reply.track, played.seconds, is_stopped=is_stopped)
        if self._stopped is not None and self._stopped.reply.stream == played.stream:
            self._history.correct(self._stopped)
            if self._cut_off is not None:
                self._cut_off = self._rest_of(self._stopped)

    def _rest_of(self, act: Act) -> Continuation | None:
        """Return an act that speaks the rest of a reply, if it was complete."""
        rest = act.reply.playback.from_sentence()
        is_question = rest.rstrip().endswith("?")  # A "yes" is its answer.
        if not act.question or act.is_incomplete or is_question or not rest:
            return None
        reply = self._replies.create(act.reply.language)
        return Continuation(reply, act.question, act.words_heard, rest)

    def _needs_answer(self, words: str) -> bool:
        return self._cut_off is None or not is_nod(words, self.language)

    def _go_on(self) -> None:
        """Speak the rest of the reply that was interrupted by a sound without words, or a nod."""
        rest, self._cut_off = self._cut_off, None
        if rest is not None:
            self._history.reopen()
            self._start(rest)

    async def hand_over(self) -> None:
        """Drop the answer to the latest turn: the home has answered it.

        A late message, when the user speaks again already, changes nothing.
        """
        act = self._act
        if act is None or not (act.is_told or self._is_awaited(act)):
            return
        if act.reply.playback.is_stopped and act.words_heard:
            await self.stop()  # The user wants no more of it, but has heard something.
            return
        await self._runner.cancel()
        self._act = self._cut_off = None
        self._handled = act.question or ""
        self._turn_over()
        await act.reply.send_end()

    def _is_awaited(self, act: Act) -> bool:
        """Whether the user has finished, and the client does not know the words yet."""
        return isinstance(act, SpokenAnswer) and self._over.is_set()

    async def close(self) -> None:
        """End everything; emits no events about it."""
        self._cancel_timer()
        await self._runner.close()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _start(self, act: Act) -> None:
        if not isinstance(act, SpokenAnswer):
            self._cut_off = None
        self._act = act
        self._runner.start(partial(self._run, act))

    async def _run(self, act: Act) -> None:
        """Run an act; a failure ends only the turn."""
        failure: TurnError | None = None
        with suppress(ClientGoneError):
            try:
                with blame(Fault.TURN):
                    await act.run()
            except TurnError as error:
                failure = error
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                return  # The user may speak again already.
            if failure is not None:
                self._turn_over()
                await self._emit(failure.event())
            elif not act.is_final:  # There were no words.
                self._turn_over()
                self._go_on()

    def _new_mind(self) -> Mind:
        return Mind(self._brain, self.language, self._history.exchanges, self._home)
