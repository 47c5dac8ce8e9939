"""One conversation: the user's audio in, the agent's replies out."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial

from ..audio import INPUT_RATE, Samples, mulaw_decode
from ..brain import Exchange
from ..config import Agent
from ..limits import Limits
from ..registry import Engines
from ..stt.pieces import cut
from ..turn_detection import SpeechEnded, SpeechStarted
from ..wire import protocol
from ..wire.connection import Client, ClientGoneError
from ..wire.protocol import ErrorCode, ProtocolError, Setup
from ..workers import Workers
from .inbox import Inbox
from .speaker import Reply, TurnError, blame
from .utterances import Utterances

_LOGGER = logging.getLogger(__name__)

_REMEMBERED = 20
"""Exchanges that the brain is told of."""


class CascadeConversation:
    """Listens and answers until the client is gone.

    A turn that the user continues before the reply has begun is joined with what follows;
    after that, speaking interrupts the reply as long as it is still heard.
    """

    def __init__(
        self,
        client: Client,
        agent: Agent,
        setup: Setup,
        *,
        engines: Engines,
        workers: Workers,
        limits: Limits,
    ) -> None:
        self._client = client
        self._agent = agent
        self._setup = setup
        self._engines = engines
        self._workers = workers
        self._limits = limits
        self._share = workers.line.join(client.address)
        self._inbox = Inbox(limits)
        self._heard_at = asyncio.get_running_loop().time()
        self._ended = asyncio.Event()
        self._endpointer = engines.endpointer()
        self._is_deaf = False
        self._is_speaking = False
        self._words = Utterances(self._transcribe)
        self._question = ""
        self._history: list[Exchange] = []
        self._task: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()
        """Set unless it is only a guess that the user has finished, and nothing may be sent."""

        self._is_over.set()
        self._reply: Reply | None = None

    async def run(self) -> None:
        """Converse; raises `ClientGoneError`, or `ProtocolError` for what ends it.

        Returns when the conversation is idle for too long or `end` is called.
        """
        if self._agent.greeting:
            self._task = asyncio.create_task(self._act(self._greet))
        tasks = [
            asyncio.create_task(self._read()),
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
            self._words.stop()
            self._workers.line.leave(self._share)

    def end(self) -> None:
        """End the conversation: another one needs its place."""
        self._ended.set()

    @property
    def idle(self) -> float:
        """Seconds in which neither the user nor the agent has spoken."""
        if self._reply is not None and (
            self._reply.playback.is_playing or (self._task is not None and not self._task.done())
        ):
            return 0.0
        return asyncio.get_running_loop().time() - self._heard_at

    async def _watch(self) -> None:
        """Return when the conversation has been idle for too long."""
        while (left := self._limits.longest_idle - self.idle) > 0:  # noqa: ASYNC110 (time passes)
            await asyncio.sleep(left)

    async def _read(self) -> None:
        """Take the client's messages; a bad one costs an error message and nothing else."""
        forgiven = 0
        while True:
            try:
                audio = protocol.parse_audio_in(await self._client.receive())
            except ProtocolError as error:
                forgiven += 1
                if forgiven > self._limits.bad_messages:
                    raise
                await self._client.send_error(error.code, error.detail, is_fatal=False)
            else:
                self._inbox.put(audio)
                if audio:
                    self._heard_at = asyncio.get_running_loop().time()

    async def _listen(self) -> None:
        """Find where the user speaks, in the order of the audio."""
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
            with blame(ErrorCode.EARS_FAILED):
                heard = await self._workers.run_short(hear)
        except TurnError as error:
            self._endpointer = self._engines.endpointer()
            await self._set_speaking(is_speaking=False)
            if not self._is_deaf:
                # Once, not with every piece of audio until it works again.
                self._is_deaf = True
                await self._tell(error)
            return [], None
        self._is_deaf = False
        return heard

    async def _speech_started(self) -> None:
        await self._stop_reply()
        await self._set_speaking(is_speaking=True)

    async def _speech_ended(self, audio: Samples) -> None:
        await self._set_speaking(is_speaking=False)
        if not self._words.add(audio):
            await self._begin_answer()
        self._is_over.set()

    async def _guess(self, so_far: Samples | None) -> None:
        """Begin to answer in a pause: if it ends the turn, the answer is there."""
        was_guessed = self._words.is_guessed
        self._words.guess(so_far)
        if self._words.is_guessed and not was_guessed:
            await self._begin_answer()
        elif was_guessed and not self._words.is_guessed:
            await self._stop_reply()

    async def _begin_answer(self) -> None:
        await self._stop_reply()
        self._is_over.clear()
        self._task = asyncio.create_task(self._act(self._answer))

    async def _set_speaking(self, *, is_speaking: bool) -> None:
        """Tell a client that wants to know when the user begins and ends to speak."""
        if is_speaking is not self._is_speaking:
            self._is_speaking = is_speaking
            if self._setup.enable_vad:
                await self._client.send(
                    protocol.VOICE_ACTIVITY_START if is_speaking else protocol.VOICE_ACTIVITY_END
                )

    async def _stop_reply(self) -> None:
        """End the turn under way; what was heard of its reply by now counts as said."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        reply, self._reply = self._reply, None
        if reply is None or not reply.has_begun:
            return  # The user goes on: the turn is joined with what follows.
        self._words.forget()
        heard = reply.playback.heard_words()
        if self._question:
            self._history.append(Exchange(self._question, heard))
            del self._history[:-_REMEMBERED]
        if reply.playback.is_playing or not reply.has_ended:
            await self._client.send(protocol.agent_interrupted(heard))
            await reply.tell_end()

    async def _act(self, act: Callable[[], Awaitable[None]]) -> None:
        """Greet or answer; a failure costs an error message and nothing else."""
        with suppress(ClientGoneError):
            try:
                with blame(ErrorCode.TURN_FAILED):
                    await act()
            except TurnError as error:
                await self._is_over.wait()
                self._words.forget()
                await self._tell(error)

    async def _greet(self) -> None:
        async def pieces() -> AsyncGenerator[str]:
            yield self._agent.greeting

        await self._client.send(protocol.agent_greeting(self._agent.greeting))
        try:
            await self._speak(pieces(), may_begin=self._is_over.wait, tell_words=False)
        finally:
            await self._client.send(protocol.GREETING_END)

    async def _answer(self) -> None:
        question = await self._words.text()
        if not question:
            await self._is_over.wait()
            self._words.forget()  # A noise.
            return

        async def may_begin() -> None:
            await self._is_over.wait()
            self._question = question
            await self._client.send(protocol.user_transcript(question))

        brain = self._engines.brains[self._agent.brain]
        pieces = brain.answer(question, tuple(self._history))
        await self._speak(pieces, may_begin=may_begin)

    async def _transcribe(self, audio: Samples, is_certain: Callable[[], bool]) -> str:
        texts: list[str] = []
        for piece in cut(audio):
            transcribe = partial(self._engines.transcriber.transcribe, piece)
            with blame(ErrorCode.EARS_FAILED):
                texts.append(
                    await self._workers.run_long(
                        self._share, piece.size / INPUT_RATE, is_certain, transcribe
                    )
                )
        return " ".join(text for text in texts if text)

    async def _speak(
        self,
        pieces: AsyncGenerator[str],
        *,
        may_begin: Callable[[], Awaitable[object]],
        tell_words: bool = True,
    ) -> None:
        self._reply = Reply(
            self._client,
            voice=self._engines.voice,
            workers=self._workers,
            share=self._share,
            limits=self._limits,
            setup=self._setup,
            is_certain=self._is_over.is_set,
        )
        try:
            async with aclosing(pieces):
                await self._reply.speak(pieces, may_begin=may_begin, tell_words=tell_words)
        finally:
            self._reply.release()
            self._workers.tidy_soon()

    async def _tell(self, error: TurnError) -> None:
        """Tell the client that a turn failed, and the log why."""
        if error.is_expected:
            self._client.log(logging.WARNING, f"error {error.code}: {error}")
        else:
            _LOGGER.warning("Error %d: %s", error.code, error, exc_info=error)
        await self._client.send_error(error.code, is_fatal=False)
