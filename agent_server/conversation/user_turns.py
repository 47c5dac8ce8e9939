"""The turns of the user: finds them in the audio, and lets the agent answer them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ..audio import Samples
from ..stt import SpeechToText
from ..turn_detection import (
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
)
from ..turn_detection.endpointing import LONGEST_HOLD
from . import Emit, events
from .faults import TurnError
from .listener import Listener
from .partial_words import PartialWords
from .pauses import Pauses
from .responder import Responder
from .say_queue import SayQueue
from .utterances import Utterances


class UserTurns:
    """Starts, withdraws and interrupts answers as the user speaks, pauses and types.

    Speech before the reply has started continues the turn. Later speech interrupts the
    reply as long as the user still hears it.
    """

    def __init__(
        self,
        listener: Listener,
        stt: SpeechToText,
        utterances: Utterances,
        pauses: Pauses,
        responder: Responder,
        *,
        say_queue: SayQueue,
        partial_words: PartialWords,
        turn_ended: asyncio.Event,
        emit: Emit,
        on_speech_ended: Callable[[], None],
    ) -> None:
        """`utterances` are the user's words as `stt` hears them; `partial_words` reports them.

        `turn_ended` is set here while it is certain that the user has finished, and
        `on_speech_ended` is called when the user stops speaking, or holding a button, and when
        `limit_hold` has to be called.
        """
        self._listener = listener
        self._stt = stt
        self._utterances = utterances
        self._pauses = pauses
        self._responder = responder
        self._say_queue = say_queue
        self._partial_words = partial_words
        self._turn_ended = turn_ended
        self._emit = emit
        self._on_speech_ended = on_speech_ended
        self._has_failed = False
        self._hold_timer: asyncio.TimerHandle | None = None
        self._is_held_too_long = False
        self.is_speaking = False
        """Whether the user speaks."""

    @property
    def has_floor(self) -> bool:
        """Whether the user speaks, or holds a button to do so."""
        return self.is_speaking or self._listener.is_held

    async def hear(self, audio: bytes) -> None:
        """Process the next µ-law of the user."""
        await self._take(self._listener.hear(audio, agent_speaks=self._responder.is_audible))

    async def hold(self, *, is_held: bool) -> None:
        """Let the user speak as long as they hold a button; when they release it, the turn ends."""
        await self._take(self._listener.hold(is_held=is_held))

    async def _take(self, hearing: Awaitable[Sequence[TurnEvent]]) -> None:
        was_held = self._listener.is_held
        try:
            heard = await hearing
        except TurnError as error:
            await self._resumed()
            self._responder.give_up_rest()
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
        if self._listener.is_held is not was_held:
            self._hold_changed(is_held=not was_held)

    def _hold_changed(self, *, is_held: bool) -> None:
        self._cancel_hold_timer()
        self._is_held_too_long = False
        if is_held:
            loop = asyncio.get_running_loop()
            self._hold_timer = loop.call_later(LONGEST_HOLD, self._expire_hold)
        else:
            self._on_speech_ended()

    def _expire_hold(self) -> None:
        self._is_held_too_long = True
        self._on_speech_ended()

    def _cancel_hold_timer(self) -> None:
        if self._hold_timer is not None:
            self._hold_timer.cancel()

    async def limit_hold(self) -> None:
        """Release a button that is held for too long: the microphone may have become silent."""
        if self._is_held_too_long:
            await self.hold(is_held=False)

    async def judge(self) -> None:
        """Decide whether the pauses that were examined end the turn."""
        for paused, evidence in self._pauses.take():
            if self._utterances.take_guess() or (
                evidence.is_command and self._utterances.take_command(evidence.text)
            ):
                await self._begin_answer()
            await self._partial_words.report()
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
        self._say_queue.drop()
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
            await self._responder.stop()  # The agent may be answering a typed turn.
        if not self._utterances.add(audio):
            await self._begin_answer()
        self._turn_ended.set()

    async def _ignore(self) -> None:
        """Drop the turn, with the words of a withdrawn answer: it was a voice in the background."""
        await self._resumed()
        self._utterances.forget()
        self._utterances.drop_stream()
        await self._set_speaking(is_speaking=False)
        self._turn_ended.set()
        await self._responder.ignore()

    async def _begin_answer(self) -> None:
        self._turn_ended.clear()
        await self._responder.answer(self._utterances.text)

    async def _set_speaking(self, *, is_speaking: bool, silence: float = 0.0) -> None:
        """Report when the user starts or stops speaking."""
        if is_speaking is not self.is_speaking:
            self.is_speaking = is_speaking
            if is_speaking:
                self._partial_words.forget()
            else:
                self._on_speech_ended()
            await self._emit(events.SpeechStarted() if is_speaking else events.SpeechEnded(silence))

    async def answer_text(self, text: str) -> None:
        """Answer a typed text. It interrupts the agent, and spoken words are not part of it."""
        self._utterances.stop()
        self._turn_ended.set()
        await self._responder.answer_text(text)

    def stop(self) -> None:
        """Stop examining and transcribing."""
        self._cancel_hold_timer()
        self._pauses.stop()
        self._utterances.stop()
