"""A conversation as a cascade: speech to text, brain, text to speech."""

import asyncio
from collections.abc import Callable, Sequence

from ..audio import Encoder
from ..config import Agent, EndOfTurn
from ..home import FromHome, Handled, Hold, HomeOffer, Played, Say, UserText
from ..home.link import HomeLink
from ..languages import choose
from ..limits import Limits
from ..registry import Engines
from ..workers import Threads, Workers
from . import Emit
from .agent_echo import AgentEcho
from .inbox import Inbox
from .listener import Listener
from .partial_words import PartialWords
from .pauses import Pauses
from .replies import Replies
from .responder import Responder
from .say_queue import SayQueue
from .user_turns import UserTurns
from .utterances import Begin, Utterances


class CascadeConversation:
    """Listens and answers until the conversation ends; see `Conversation`."""

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

        The conversation inherits the thread use of closed conversations from its `address`.
        """
        self._has_greeting = bool(agent.greeting)
        self._own_language = agent.language
        self._languages = engines.languages
        self._limits = limits
        self._inbox = Inbox(limits)
        self._say_queue = SayQueue(limits)
        self._home = HomeLink(emit, limits)
        self._heard_at = asyncio.get_running_loop().time()
        self._ended = asyncio.Event()
        turn_ended = asyncio.Event()  # Nothing of a reply is sent before its turn has ended.
        turn_ended.set()
        self._threads = Threads(workers, address, turn_ended.is_set)
        self._echo = AgentEcho(engines.echo_canceller)
        self._listener = Listener(engines.endpointer, self._threads, self._echo)
        stt = engines.speech_to_text(self._threads)
        utterances = Utterances(
            lambda earlier: stt.begin(self._responder.language, earlier, self._phrases)
        )
        pauses = Pauses(
            engines,
            self._threads,
            stt=stt,
            utterances=utterances,
            begin_judged=self._begin_judged(engines),
            on_found=self._inbox.wake,
        )
        self._responder = Responder(
            agent,
            engines.brains[agent.brain](),
            Replies(
                emit,
                engines.text_to_speech(self._threads),
                self._threads,
                limits,
                new_encoder=new_encoder,
                echo=self._echo,
            ),
            limits,
            emit=emit,
            home=self._home,
            say_queue=self._say_queue,
            turn_ended=turn_ended,
            echo=self._echo,
            begin_turn=utterances.forget,
            on_free=self._inbox.wake,
        )
        self._turns = UserTurns(
            self._listener,
            stt,
            utterances,
            pauses,
            self._responder,
            say_queue=self._say_queue,
            partial_words=PartialWords(utterances, is_wanted=self._wants_partial_words, emit=emit),
            turn_ended=turn_ended,
            emit=emit,
            on_speech_ended=self._inbox.wake,
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
            self._turns.stop()
            self._threads.leave()

    def feed(self, audio: bytes) -> None:
        """See `Conversation`."""
        self._inbox.put(audio)
        self._echo.received(len(audio))
        if audio:
            self._heard_at = asyncio.get_running_loop().time()

    def receive(self, message: FromHome) -> None:
        """See `Conversation`."""
        match message:
            case HomeOffer():
                self._home.offer = message
                self._echo.is_wanted = message.hears_agent
                self._responder.language = (
                    choose(message.language, self._languages(self._own_language))
                    or self._own_language
                )
                self._listener.set_end_of_turn(message.patience and EndOfTurn(message.patience))
                return
            case Played():
                self._responder.played(message)
                return
            case Hold():
                self._inbox.put_hold(message)
            case Say():
                self._say_queue.put(message)
                self._inbox.wake()
            case UserText() | Handled():
                self._inbox.put_request(message)
                if isinstance(message, UserText):
                    self._say_queue.drop()
                self._say_queue.restart()
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

    def _wants_partial_words(self) -> bool:
        return self._home.offer is not None and self._home.offer.partial_transcripts

    def end(self) -> None:
        """See `Conversation`."""
        self._ended.set()

    @property
    def is_busy(self) -> bool:
        """See `Conversation`."""
        return self._turns.has_floor or self._responder.is_speaking

    @property
    def idle(self) -> float:
        """See `Conversation`."""
        if self._responder.is_speaking:
            return 0.0
        unheard = asyncio.get_running_loop().time() - self._heard_at
        return min(unheard, self._responder.silence)

    async def _watch(self) -> None:
        """Return when the conversation has been idle for too long."""
        while (left := self._limits.longest_idle - self.idle) > 0:  # noqa: ASYNC110 (time passes)
            await asyncio.sleep(left)

    async def _listen(self) -> None:
        """Process the input of the user, in order."""
        while True:
            match await self._inbox.take():
                case bytes(audio):
                    await self._turns.hear(audio)
                case Hold(is_held):
                    await self._turns.hold(is_held=is_held)
                case UserText(text):
                    await self._turns.answer_text(text)
                case Handled():
                    await self._responder.hand_over()
                    self._inbox.wake()
                case None:
                    await self._turns.limit_hold()
                    await self._turns.judge()
                    if not self._turns.has_floor:
                        await self._responder.say_next()
