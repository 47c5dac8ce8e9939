"""Runs what the agent does, one act at a time, and keeps the history."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from ..audio import Encoder
from ..brain import Brain, Exchange
from ..config import Agent
from ..echo.track import Track
from ..home import Played
from ..home.link import HomeLink
from ..limits import Limits
from ..tts import TextToSpeech
from ..workers import Threads
from . import ClientGoneError, Emit, UnknownStreamError, events
from .acts import Act, Continuation, Greeting, HomeText, Mind, SpokenAnswer, TypedAnswer
from .agent_echo import AgentEcho
from .events import Fault
from .faults import TurnError, blame
from .history import History
from .nods import is_nod
from .says import Says
from .speaker import Reply

_CLOSING = 0.05
"""Seconds for which an interruption waits until the brain and the voice have stopped."""

_REST = 1.0
"""Seconds of a reply that are worth continuing."""


class Responder:
    """What the agent says in one conversation."""

    def __init__(
        self,
        agent: Agent,
        brain: Brain,
        tts: TextToSpeech,
        threads: Threads,
        limits: Limits,
        *,
        emit: Emit,
        home: HomeLink,
        says: Says,
        new_encoder: Callable[[int], Encoder],
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
        self._tts = tts
        self._threads = threads
        self._limits = limits
        self._emit = emit
        self._says = says
        self._new_encoder = new_encoder
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

        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        """Acts that were cancelled and have not ended; the next one waits for them."""

        self._timer: asyncio.TimerHandle | None = None
        self._cut_off: Continuation | None = None
        """The rest of the reply that was interrupted last, until the user says more than a nod."""

        self._streams = 0
        """Streams of audio that have begun."""

        self._stopped: Act | None = None
        """The act that was stopped last: the client may report later what was heard of it."""

        self._handled = ""
        """The turn that the home has answered itself: what it says next is the reply. The turn is
        remembered without a reply if the home says nothing."""

    @property
    def is_speaking(self) -> bool:
        """Whether a reply is being prepared, sent or played."""
        return self._is_busy or self._still_playing > 0

    @property
    def is_audible(self) -> bool:
        """Whether the user hears the agent."""
        return self._still_playing > 0

    @property
    def _is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def _still_playing(self) -> float:
        """For how many seconds the client plays what was sent."""
        return self._act.reply.playback.left if self._act is not None else 0.0

    def greet(self) -> None:
        """Start the greeting."""
        self._start(Greeting(self._new_reply(), self._agent.greeting, self._emit))

    async def answer(self, words: Callable[[], Awaitable[str]]) -> None:
        """Start the answer to spoken words, perhaps before the user has finished."""
        await self.stop()
        reply = self._new_reply()
        self._start(
            SpokenAnswer(
                reply,
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
        self._start(TypedAnswer(self._new_reply(), self._new_mind(), text))

    async def say_next(self) -> None:
        """Start the next text of the home, if nothing else is being said or played."""
        if self._is_busy or not self._says.is_waiting:
            return
        if (left := self._still_playing) > 0:
            # A new stream would replace what the client still plays.
            self._cancel_timer()
            self._timer = asyncio.get_running_loop().call_later(left, self._is_free)
            return
        question, self._handled = self._handled, ""
        await self.stop()
        stream = self._says.next()
        self._start(HomeText(self._new_reply(stream.language), stream, self._says, question))

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
        await self._cancel()
        self._act = None
        if reply.has_begun:
            await self._emit(events.Interrupted(""))
            await reply.send_end()
        return True

    async def stop(self) -> None:
        """End the current act. The history keeps what the user has heard of it.

        The words that follow continue the turn unless the act is final.
        """
        await self._cancel()
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
        if played.stream > self._streams:
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
        reply = self._new_reply(act.reply.language)
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
        if act is None or not act.is_told:
            return
        if act.reply.playback.is_stopped and act.words_heard:
            await self.stop()  # The user wants no more of it, but has heard something.
            return
        await self._cancel()
        self._act = self._cut_off = None
        self._handled = act.question or ""
        self._turn_over()
        await act.reply.send_end()

    async def close(self) -> None:
        """End everything; emits no events about it."""
        self._cancel_timer()
        await self._cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _cancel(self) -> None:
        """Cancel the current act. It may end later: a brain or a voice can take long to stop."""
        task, self._task = self._task, None
        if task is not None:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            task.cancel()
            await asyncio.wait({task}, timeout=_CLOSING)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _start(self, act: Act) -> None:
        if not isinstance(act, SpokenAnswer):
            self._cut_off = None
        self._act = act
        self._task = asyncio.create_task(self._run(act))
        self._task.add_done_callback(lambda _: self._is_free())

    async def _run(self, act: Act) -> None:
        """Run an act; a failure ends only the turn."""
        with suppress(ClientGoneError):
            if self._ending:
                await asyncio.wait({*self._ending})
            try:
                with blame(Fault.TURN):
                    await act.run()
            except TurnError as error:
                if asyncio.current_task() in self._ending:
                    return  # It was cancelled, and the user may speak again already.
                self._turn_over()
                await self._emit(error.event())
            else:
                if not act.is_final:  # There were no words.
                    self._turn_over()
                    self._go_on()

    def _new_mind(self) -> Mind:
        return Mind(self._brain, self.language, self._history.exchanges, self._home)

    def _new_reply(self, language: str | None = None) -> Reply:
        track = self._echo.new_track()
        return Reply(
            self._emit,
            self._tts,
            self._threads,
            language=language or self.language,
            limits=self._limits,
            new_encoder=self._new_encoder,
            next_stream=partial(self._next_stream, track),
            track=track,
        )

    def _next_stream(self, track: Track | None) -> int:
        self._streams += 1
        self._echo.begin(track)
        return self._streams
