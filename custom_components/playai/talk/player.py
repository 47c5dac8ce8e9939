"""Plays the replies of a talk on its page, one at a time."""

import asyncio
import math
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..agent import Reply, Turn
from .frames import MAX_REPLIES
from .limits import ECHO_SECONDS, FLUSH_SECONDS
from .playback import Playback

if TYPE_CHECKING:
    from .page_link import Page
    from .talk import Talk


class Player:
    """Sends replies to the page, and flushes them there."""

    def __init__(self, talk: Talk) -> None:
        """Create a player of one talk."""
        self._talk = talk
        self._count = 0
        self._current: Playback | None = None
        self._heard_at = -math.inf
        """When the page last reported that it plays."""

        self._reporting: set[asyncio.Task[None]] = set()
        self._stopping: dict[int, Playback] = {}
        """Flushed replies whose stop position the page has not reported yet."""

    @property
    def is_heard(self) -> bool:
        """Whether the page has reported within `ECHO_SECONDS` that it plays."""
        return self._talk.hass.loop.time() - self._heard_at < ECHO_SECONDS

    @property
    def overheard(self) -> str | None:
        """The words of the reply that the microphone may hear; None if it hears none."""
        playback = self._current
        if playback is None or not (self.is_heard or playback.is_audible):
            return None
        return playback.words

    async def play(self, turn: Turn, number: int, reply: Reply) -> Playback:
        """Play a reply to its end, or until it is flushed."""
        if self._count >= MAX_REPLIES:
            self._talk.end("limit")
        self._count += 1
        playback = self._current = Playback(self._count, reply)
        self._report_begin(turn, number, reply)
        async with (
            aclosing(reply.stream(fills_pauses=False)) as stream,
            asyncio.TaskGroup() as tasks,
        ):
            saying = tasks.create_task(self._say(playback))
            async for pcm in stream:
                for frame in playback.frames(pcm):
                    self._send(playback, frame)
                await playback.wait_for_credit()
                if playback.is_flushed:
                    break
            if playback.is_flushed or reply.was_interrupted:
                saying.cancel()
            else:
                for frame in playback.last_frames():
                    self._send(playback, frame)
        if reply.was_interrupted:
            self._flush(playback)
        if not playback.is_flushed:
            self._talk.link.send("reply_end", reply=playback.number, ms=round(playback.sent_ms))
        return playback

    def _report_begin(self, turn: Turn, number: int, reply: Reply) -> None:
        talk, agent = self._talk, reply.response_time
        talk.link.send("reply", id=self._count, turn=number)
        if turn.state.has_microphone:
            talk.link.send(
                "metric",
                turn=number,
                response_ms=round(talk.call.response_time(agent) * 1000),
                agent_ms=round(agent * 1000),
            )

    def _send(self, playback: Playback, frame: bytes) -> None:
        if not playback.is_flushed:
            self._talk.link.send_audio(frame)

    async def _say(self, playback: Playback) -> None:
        """Show the words of a reply as they come."""
        async with aclosing(playback.reply.words()) as words:
            async for piece in words:
                if piece.strip():
                    self.say(playback, piece)

    def say(self, playback: Playback, text: str) -> None:
        """Show words of a reply."""
        at = playback.say(text)
        self._talk.link.send("said", reply=playback.number, at_ms=at, text=text)

    def show(self, turn: int, text: str) -> None:
        """Show an answer that has no audio."""
        self._count += 1
        self._talk.link.send("reply", id=self._count, turn=turn)
        self._talk.link.send("said", reply=self._count, at_ms=0, text=text)
        self._talk.link.send("reply_end", reply=self._count, ms=0)

    # The page.

    @callback
    def played(self, number: int, ms: float) -> None:
        """Take the position that was heard."""
        if self._current is not None and self._current.number == number:
            self._current.heard(ms)
            self._heard_at = self._talk.hass.loop.time()

    @callback
    def flushed(self, number: int, ms: float) -> None:
        """Take the position at which the page has stopped."""
        playback = self._current
        if playback is None or playback.number != number:
            playback = self._stopping.get(number)  # The next reply has begun already.
        if playback is not None:
            playback.heard(ms)
            playback.stopped.set()

    @callback
    def flush(self) -> bool:
        """Stop the page, if it still plays; returns whether it did."""
        playback = self._current
        if playback is None or playback.is_heard or playback.is_flushed:
            return False
        self._flush(playback)
        return True

    @callback
    def resume(self, page: Page, number: int, sample: int) -> None:
        """Resend the part of the reply that a page has missed."""
        playback = self._current
        if playback is None or playback.is_flushed:
            return
        for frame in playback.frames_from(sample if playback.number == number else 0):
            page.send(frame)

    @callback
    def wait(self) -> None:
        """Hold the position of the reply while the page is away."""
        playback = self._current
        if playback is not None and not (playback.is_flushed or playback.is_heard):
            playback.heard(playback.heard_ms)

    @callback
    def close(self) -> None:
        """Report nothing more."""
        for task in self._reporting:
            task.cancel()

    def _flush(self, playback: Playback) -> None:
        if playback.is_flushed:
            return
        playback.flush()
        self._stopping[playback.number] = playback
        self._talk.link.send("flush", reply=playback.number)
        task = self._talk.entry.async_create_background_task(
            self._talk.hass, self._report(playback), "playai reports an interruption"
        )
        self._reporting.add(task)
        task.add_done_callback(self._reporting.discard)

    async def _report(self, playback: Playback) -> None:
        """Report how much of a reply was heard, once the page has said where it has stopped."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await playback.stopped.wait()
        finally:
            del self._stopping[playback.number]
        ms = playback.heard_ms
        text = playback.words_until(ms)
        self._talk.call.note_interruption(playback.words, text)
        self._talk.link.send("interrupted", reply=playback.number, ms=round(ms), text=text)
