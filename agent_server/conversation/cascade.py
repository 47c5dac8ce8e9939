"""A conversation as a cascade: speech to text, brain, text to speech."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from ..audio import Encoder, Samples, mulaw_decode
from ..brain import Exchange, Turn
from ..config import Agent
from ..limits import Limits
from ..registry import Engines
from ..turn_detection import SpeechEnded, SpeechStarted
from ..workers import Threads, Workers
from . import ClientGoneError, Emit, events
from .events import Fault
from .faults import TurnError, blame
from .inbox import Inbox
from .speaker import Reply
from .utterances import Utterances

_REMEMBERED = 20
"""Exchanges that the brain gets as history."""

_LANGUAGE = "en"


class CascadeConversation:
    """Listens and answers until the conversation ends; see `Conversation`.

    Speech before the reply has started continues the turn. Later speech interrupts the
    reply as long as the user still hears it.
    """

    def __init__(
        self,
        agent: Agent,
        engines: Engines,
        workers: Workers,
        limits: Limits,
        *,
        emit: Emit,
        new_encoder: Callable[[int], Encoder],
        address: str,
    ) -> None:
        """`new_encoder` creates the encoder of a reply from the rate of its speech.

        `address` groups the conversations that share threads fairly as one.
        """
        self._agent = agent
        self._emit = emit
        self._new_encoder = new_encoder
        self._engines = engines
        self._limits = limits
        self._inbox = Inbox(limits)
        self._heard_at = asyncio.get_running_loop().time()
        self._ended = asyncio.Event()
        self._endpointer = engines.endpointer()
        self._has_failed = False
        self._is_speaking = False
        self._utterances = Utterances(lambda: self._stt.begin(_LANGUAGE))
        self._question = ""
        self._history: list[Exchange] = []
        self._task: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()
        """Set once the end of the turn is certain. Before, nothing of its reply may be sent."""

        self._is_over.set()
        self._threads = Threads(workers, address, self._is_over.is_set)
        self._stt = engines.speech_to_text(self._threads)
        self._tts = engines.text_to_speech(self._threads)
        self._brain = engines.brains[agent.brain]()
        self._reply: Reply | None = None

    async def run(self) -> None:
        """See `Conversation`."""
        if self._agent.greeting:
            self._task = asyncio.create_task(self._act(self._greet))
        tasks = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._ended.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            if self._task is not None:
                tasks.append(self._task)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._utterances.stop()
            self._threads.leave()

    def feed(self, audio: bytes) -> None:
        """See `Conversation`."""
        self._inbox.put(audio)
        if audio:
            self._heard_at = asyncio.get_running_loop().time()

    def end(self) -> None:
        """See `Conversation`."""
        self._ended.set()

    @property
    def idle(self) -> float:
        """See `Conversation`."""
        if self._reply is not None and (
            self._reply.playback.is_playing or (self._task is not None and not self._task.done())
        ):
            return 0.0
        return asyncio.get_running_loop().time() - self._heard_at

    async def _watch(self) -> None:
        """Return when the conversation has been idle for too long."""
        while (left := self._limits.longest_idle - self.idle) > 0:  # noqa: ASYNC110 (time passes)
            await asyncio.sleep(left)

    async def _listen(self) -> None:
        """Detect where the user speaks, in the order of the audio."""
        while True:
            events, so_far = await self._hear(await self._inbox.take())
            for event in events:
                match event:
                    case SpeechStarted():
                        await self._speech_started()
                    case SpeechEnded(audio):
                        await self._speech_ended(audio)
            await self._guess(so_far)

    async def _hear(self, audio: bytes) -> tuple[list[SpeechStarted | SpeechEnded], Samples | None]:
        def hear() -> tuple[list[SpeechStarted | SpeechEnded], Samples | None]:
            return self._endpointer.feed(mulaw_decode(audio)), self._endpointer.so_far()

        try:
            with blame(Fault.SPEECH_TO_TEXT):
                heard = await self._threads.run_short(hear)
        except TurnError as error:
            self._endpointer = self._engines.endpointer()
            await self._set_speaking(is_speaking=False)
            if not self._has_failed:
                # Report it once, not for every slice of audio.
                self._has_failed = True
                await self._emit(error.event())
            return [], None
        self._has_failed = False
        return heard

    async def _speech_started(self) -> None:
        await self._stop_reply()
        await self._set_speaking(is_speaking=True)

    async def _speech_ended(self, audio: Samples) -> None:
        await self._set_speaking(is_speaking=False)
        if not self._utterances.add(audio):
            await self._begin_answer()
        self._is_over.set()

    async def _guess(self, so_far: Samples | None) -> None:
        """Start an answer in a pause, so that it is ready if the pause ends the turn."""
        was_guessed = self._utterances.is_guessed
        self._utterances.guess(so_far)
        if self._utterances.is_guessed and not was_guessed:
            await self._begin_answer()
        elif was_guessed and not self._utterances.is_guessed:
            await self._stop_reply()

    async def _begin_answer(self) -> None:
        await self._stop_reply()
        self._is_over.clear()
        self._task = asyncio.create_task(self._act(self._answer))

    async def _set_speaking(self, *, is_speaking: bool) -> None:
        """Report changes of whether the user speaks."""
        if is_speaking is not self._is_speaking:
            self._is_speaking = is_speaking
            await self._emit(events.SpeechStarted() if is_speaking else events.SpeechEnded())

    async def _stop_reply(self) -> None:
        """End the current turn. The history keeps what the user has heard of its reply."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        reply, self._reply = self._reply, None
        if reply is None or not reply.has_begun:
            return  # The turn continues with the next utterance.
        self._utterances.forget()
        heard = reply.playback.heard_words()
        if self._question:
            self._history.append(Exchange(self._question, heard))
            del self._history[:-_REMEMBERED]
        if reply.playback.is_playing or not reply.has_ended:
            await self._emit(events.Interrupted(heard))
            await reply.send_end()

    async def _act(self, act: Callable[[], Awaitable[None]]) -> None:
        """Greet or answer; a failure ends only the turn."""
        with suppress(ClientGoneError):
            try:
                with blame(Fault.TURN):
                    await act()
            except TurnError as error:
                await self._is_over.wait()
                self._utterances.forget()
                await self._emit(error.event())

    async def _greet(self) -> None:
        async def pieces() -> AsyncGenerator[str]:
            yield self._agent.greeting

        await self._emit(events.GreetingStarted(self._agent.greeting))
        try:
            await self._speak(pieces(), may_begin=self._is_over.wait, with_transcript=False)
        finally:
            await self._emit(events.GreetingEnded())

    async def _answer(self) -> None:
        with blame(Fault.SPEECH_TO_TEXT):
            question = await self._utterances.text()
        if not question:
            await self._is_over.wait()
            self._utterances.forget()  # A noise.
            return

        async def may_begin() -> None:
            await self._is_over.wait()
            self._question = question
            await self._emit(events.UserSaid(question))

        turn = Turn(question, _LANGUAGE, tuple(self._history), self._is_over)
        await self._speak(self._brain.answer(turn), may_begin=may_begin)

    async def _speak(
        self,
        pieces: AsyncGenerator[str],
        *,
        may_begin: Callable[[], Awaitable[object]],
        with_transcript: bool = True,
    ) -> None:
        self._reply = Reply(
            self._emit,
            self._tts,
            self._threads,
            limits=self._limits,
            new_encoder=self._new_encoder,
        )
        try:
            async with aclosing(pieces):
                await self._reply.speak(
                    pieces, may_begin=may_begin, with_transcript=with_transcript
                )
        finally:
            self._reply.release()
            self._threads.tidy_soon()
