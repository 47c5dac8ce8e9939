"""A conversation as a cascade: speech to text, brain, text to speech."""

import asyncio
from collections.abc import Callable, Sequence

from ..audio import Encoder, Samples
from ..config import Agent, EndOfTurn
from ..home import FromHome, Handled, HomeOffer, Say, UserText
from ..home.link import HomeLink
from ..languages import choose
from ..limits import Limits
from ..registry import Engines
from ..turn_detection import (
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
)
from ..workers import Threads, Workers
from . import Emit, events
from .faults import TurnError
from .inbox import Inbox
from .listener import Listener
from .pauses import Pauses
from .responder import Responder
from .says import Says
from .utterances import Begin, Utterances


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
        self._has_greeting = bool(agent.greeting)
        self._own_language = agent.language
        self._languages = engines.languages
        self._emit = emit
        self._limits = limits
        self._inbox = Inbox(limits)
        self._says = Says(limits)
        self._home = HomeLink(emit, limits)
        self._heard_at = asyncio.get_running_loop().time()
        self._ended = asyncio.Event()
        self._has_failed = False
        self._is_speaking = False
        self._is_over = asyncio.Event()
        """Set once the end of the turn is certain. Before, nothing of its reply may be sent."""

        self._is_over.set()
        self._threads = Threads(workers, address, self._is_over.is_set)
        self._listener = Listener(engines.endpointer, self._threads)
        self._stt = stt = engines.speech_to_text(self._threads)
        self._utterances = Utterances(
            lambda earlier: stt.begin(self._responder.language, earlier, self._phrases)
        )
        self._pauses = Pauses(
            engines,
            self._threads,
            stt=stt,
            utterances=self._utterances,
            begin_judged=self._begin_judged(engines),
            found=self._inbox.wake,
        )
        self._responder = Responder(
            agent,
            engines.brains[agent.brain](),
            engines.text_to_speech(self._threads),
            self._threads,
            limits,
            emit=emit,
            home=self._home,
            says=self._says,
            new_encoder=new_encoder,
            over=self._is_over,
            turn_over=self._utterances.forget,
            is_free=self._inbox.wake,
        )

    async def run(self) -> None:
        """See `Conversation`."""
        if self._has_greeting:
            self._responder.greet()
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
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._responder.close()
            self._pauses.stop()
            self._utterances.stop()
            self._threads.leave()

    def feed(self, audio: bytes) -> None:
        """See `Conversation`."""
        self._inbox.put(audio)
        if audio:
            self._heard_at = asyncio.get_running_loop().time()

    def receive(self, message: FromHome) -> None:
        """See `Conversation`."""
        match message:
            case HomeOffer():
                self._home.offer = message
                self._responder.language = (
                    choose(message.language, self._languages(self._own_language))
                    or self._own_language
                )
                self._listener.set_end_of_turn(EndOfTurn(message.patience))
                return
            case Say():
                self._says.put(message)
                self._inbox.wake()
            case UserText() | Handled():
                self._inbox.put_request(message)
                if isinstance(message, UserText):
                    self._says.drop()
                self._says.restart()
            case _:
                self._home.receive(message)
        self._heard_at = asyncio.get_running_loop().time()

    def _begin_judged(self, engines: Engines) -> Begin | None:
        if engines.judge is None:
            return None
        judge = engines.judge(self._threads)
        return lambda earlier: judge.begin(self._responder.language, earlier, self._phrases)

    @property
    def _phrases(self) -> Sequence[str]:
        return self._home.offer.phrases if self._home.offer else ()

    def end(self) -> None:
        """See `Conversation`."""
        self._ended.set()

    @property
    def is_busy(self) -> bool:
        """See `Conversation`."""
        return self._is_speaking or self._responder.is_speaking

    @property
    def idle(self) -> float:
        """See `Conversation`."""
        if self._responder.is_speaking:
            return 0.0
        return asyncio.get_running_loop().time() - self._heard_at

    async def _watch(self) -> None:
        """Return when the conversation has been idle for too long."""
        while (left := self._limits.longest_idle - self.idle) > 0:  # noqa: ASYNC110 (time passes)
            await asyncio.sleep(left)

    async def _listen(self) -> None:
        """Process what the user sends, in order."""
        while True:
            match await self._inbox.take():
                case bytes(audio):
                    await self._hear(audio)
                case UserText(text):
                    await self._typed(text)
                case Handled():
                    await self._responder.hand_over()
                    self._inbox.wake()
                case None:
                    await self._judge()
                    if not self._is_speaking:
                        await self._responder.say_next()

    async def _hear(self, audio: bytes) -> None:
        """Detect where the user speaks."""
        try:
            heard = await self._listener.hear(audio, agent_speaks=self._responder.is_audible)
        except TurnError as error:
            await self._resumed()
            await self._set_speaking(is_speaking=False)
            if not self._has_failed:
                # Report it once, not for every slice of audio.
                self._has_failed = True
                await self._emit(error.event())
        else:
            self._has_failed = False
            await self._handle(heard)
        if self._stt.is_streaming:
            self._utterances.stream(self._listener.speech)
        else:
            self._utterances.drop_stream()

    async def _judge(self) -> None:
        """Decide whether the pauses that were examined end the turn."""
        for paused, evidence in self._pauses.take():
            if self._utterances.take_guess() or (
                evidence.is_command and self._utterances.take_command(evidence.text)
            ):
                await self._begin_answer()
            await self._handle(self._listener.judge(paused, evidence))
        if self._pauses.waiting is not None:
            await self._paused(self._pauses.waiting)

    async def _handle(self, heard: Sequence[TurnEvent]) -> None:
        for event in heard:
            match event:
                case SpeechStarted():
                    await self._speech_started()
                case Paused():
                    await self._paused(event)
                case Resumed():
                    await self._resumed()
                case SpeechEnded(speech, silence):
                    await self._speech_ended(speech, silence)
                case BackgroundHeard():
                    await self._ignore()

    async def _speech_started(self) -> None:
        self._says.drop()
        if not await self._responder.take_back():
            await self._responder.stop()
        await self._set_speaking(is_speaking=True)

    async def _paused(self, paused: Paused) -> None:
        """Examine the pause, and start an answer that is ready if the pause ends the turn."""
        was_guessed = self._utterances.is_guessed
        self._pauses.examine(paused, self._responder.language)
        if self._utterances.is_guessed and not was_guessed:
            await self._begin_answer()

    async def _resumed(self) -> None:
        self._pauses.stop()
        if self._utterances.is_guessed:
            self._utterances.drop_guess()
            await self._responder.stop()

    async def _speech_ended(self, audio: Samples, silence: float) -> None:
        self._pauses.stop()
        await self._set_speaking(is_speaking=False, silence=silence)
        if not self._utterances.is_guessed:
            await self._responder.stop()  # A typed turn may be answered at the moment.
        if not self._utterances.add(audio):
            await self._begin_answer()
        self._is_over.set()

    async def _ignore(self) -> None:
        """Drop the turn, with what was taken back before: it was a voice in the background."""
        await self._resumed()
        self._utterances.forget()
        self._utterances.drop_stream()
        await self._set_speaking(is_speaking=False)
        self._is_over.set()

    async def _begin_answer(self) -> None:
        self._is_over.clear()
        await self._responder.answer(self._utterances.text)

    async def _set_speaking(self, *, is_speaking: bool, silence: float = 0.0) -> None:
        """Report changes of whether the user speaks."""
        if is_speaking is not self._is_speaking:
            self._is_speaking = is_speaking
            if not is_speaking:
                self._inbox.wake()
            await self._emit(events.SpeechStarted() if is_speaking else events.SpeechEnded(silence))

    async def _typed(self, text: str) -> None:
        """Answer a typed text. It interrupts the agent, and spoken words are not part of it."""
        self._utterances.stop()
        self._is_over.set()
        await self._responder.answer_text(text)
