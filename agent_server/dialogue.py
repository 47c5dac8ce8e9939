"""One conversation: the user's audio in, the agent's replies out."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import numpy as np

from . import protocol
from .audio import INPUT_RATE, Samples, mulaw_decode
from .brain import Exchange
from .client import Client, ClientGoneError
from .config import Agent
from .ears import SpeechEnded, SpeechStarted
from .engines import Engines
from .inbox import Inbox
from .limits import Limits
from .protocol import ErrorCode, ProtocolError, Setup
from .reply import Reply, TurnError, blame
from .workers import Workers

_LOGGER = logging.getLogger(__name__)

_REMEMBERED = 20
"""Exchanges that the brain is told of."""

_LONGEST_UTTERANCE = 60 * INPUT_RATE
"""Samples of one turn that are transcribed, however often it was continued: the last ones."""


class Dialogue:
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
        self._inbox = Inbox(limits)
        self._endpointer = engines.endpointer()
        self._is_deaf = False
        self._utterances: list[Samples] = []
        self._question = ""
        self._history: list[Exchange] = []
        self._task: asyncio.Task[None] | None = None
        self._reply: Reply | None = None

    async def run(self) -> None:
        """Converse; raises `ClientGoneError`, or `ProtocolError` for what ends it."""
        if self._agent.greeting:
            self._task = asyncio.create_task(self._greet(self._agent.greeting))
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._listen())]
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

    async def _listen(self) -> None:
        """Find where the user speaks, in the order of the audio."""
        while True:
            for event in await self._hear(await self._inbox.take()):
                match event:
                    case SpeechStarted():
                        await self._speech_started()
                    case SpeechEnded(audio):
                        await self._speech_ended(audio)

    async def _hear(self, audio: bytes) -> list[SpeechStarted | SpeechEnded]:
        try:
            with blame(ErrorCode.EARS_FAILED):
                events = await self._workers.run_short(
                    lambda: self._endpointer.feed(mulaw_decode(audio))
                )
        except TurnError as error:
            if not self._is_deaf:
                # Once, not with every piece of audio until it works again.
                self._is_deaf = True
                await self._tell(error)
            self._endpointer = self._engines.endpointer()
            return []
        self._is_deaf = False
        return events

    async def _speech_started(self) -> None:
        await self._stop_speaking()
        if self._setup.enable_vad:
            await self._client.send(protocol.VOICE_ACTIVITY_START)

    async def _speech_ended(self, audio: Samples) -> None:
        if self._setup.enable_vad:
            await self._client.send(protocol.VOICE_ACTIVITY_END)
        self._utterances.append(audio)
        self._task = asyncio.create_task(self._take_turn())

    async def _stop_speaking(self) -> None:
        """End the turn under way; what was heard of its reply by now counts as said."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        reply, self._reply = self._reply, None
        if reply is None or not reply.has_begun:
            return  # The user goes on: the turn is joined with what follows.
        self._utterances.clear()
        heard = reply.playback.heard_words()
        if self._question:
            self._history.append(Exchange(self._question, heard))
            del self._history[:-_REMEMBERED]
        if reply.playback.is_playing or not reply.has_ended:
            await self._client.send(protocol.agent_interrupted(heard))
            await reply.tell_end()

    async def _greet(self, greeting: str) -> None:
        async def pieces() -> AsyncGenerator[str]:
            yield greeting

        with suppress(ClientGoneError):
            await self._client.send(protocol.agent_greeting(greeting))
            try:
                await self._speak(pieces(), tell_words=False)
            except TurnError as error:
                await self._tell(error)
            finally:
                await self._client.send(protocol.GREETING_END)

    async def _take_turn(self) -> None:
        with suppress(ClientGoneError):
            try:
                with blame(ErrorCode.TURN_FAILED):
                    await self._answer()
            except TurnError as error:
                self._utterances.clear()
                await self._tell(error)

    async def _answer(self) -> None:
        with blame(ErrorCode.EARS_FAILED):
            words = await self._workers.run_long(
                self._engines.transcriber.transcribe,
                np.concatenate(self._utterances)[-_LONGEST_UTTERANCE:],
            )
        self._question = words.strip()
        if not self._question:
            self._utterances.clear()  # A noise.
            return
        await self._client.send(protocol.user_transcript(self._question))
        brain = self._engines.brains[self._agent.brain]
        await self._speak(brain.answer(self._question, tuple(self._history)))

    async def _speak(self, pieces: AsyncGenerator[str], *, tell_words: bool = True) -> None:
        self._reply = Reply(
            self._client, self._engines.voice, self._workers, self._limits, self._setup
        )
        async with aclosing(pieces):
            await self._reply.speak(pieces, tell_words=tell_words)

    async def _tell(self, error: TurnError) -> None:
        """Tell the client that a turn failed, and the log why."""
        _LOGGER.warning("Error %d: %s", error.code, error, exc_info=not error.is_expected)
        await self._client.send_error(error.code, is_fatal=False)
