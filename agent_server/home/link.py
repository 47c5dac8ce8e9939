"""The home at the other end of a connection: asks and tool calls out, their answers in."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from ..conversation import Emit
from ..conversation.events import CallCancelled, HomeAsked, ToolCalled
from ..limits import Limits
from . import (
    AnswerDelta,
    AnswerEnd,
    HomeError,
    HomeOffer,
    NotUnderstoodError,
    Reply,
    Tool,
    ToolResult,
    ToolReturned,
)

NOT_UNDERSTOOD: Final = "not_understood"


class _Answer:
    """The part of the answer to one ask that has arrived but was not taken yet.

    Receiving must not wait for the brain, because the user's audio comes the same way. So the
    waiting text has a limit, and a longer answer is cut off.
    """

    def __init__(self, longest: int) -> None:
        """`longest` is the highest number of characters that may wait."""
        self.end: AnswerEnd | None = None
        self.is_cut_off = False
        self._longest = longest
        self._text: list[str] = []
        self._length = 0
        self._has_changed = asyncio.Event()

    def add(self, text: str) -> None:
        """Append the next words."""
        if text and self.end is None and not self.is_cut_off:
            self._text.append(text)
            self._length += len(text)
            self.is_cut_off = self._length > self._longest
            self._has_changed.set()

    def finish(self, end: AnswerEnd) -> None:
        """Record the end."""
        if self.end is None:
            self.end = end
            self._has_changed.set()

    async def take(self) -> str:
        """Wait for words and return them; "" at the end."""
        while not self._text and self.end is None and not self.is_cut_off:
            self._has_changed.clear()
            await self._has_changed.wait()
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        return text


@dataclass(slots=True)
class _Call:
    """A tool call that is running."""

    result: asyncio.Future[ToolResult]
    on_words: Callable[[str], None]
    longest: int
    """Characters that are still accepted as words before its result."""

    def say(self, text: str) -> None:
        """Take words; too many are ignored."""
        if text and not self.result.done() and len(text) <= self.longest:
            self.longest -= len(text)
            self.on_words(text)


class HomeLink:
    """Asks the home and calls its tools over one connection, in which ids are unique."""

    def __init__(self, emit: Emit, limits: Limits) -> None:
        self.offer: HomeOffer | None = None
        """None until the home has introduced itself, and for clients without a home."""

        self._emit = emit
        self._limits = limits
        self._ids = count(1)
        self._answers: dict[str, _Answer] = {}
        self._calls: dict[str, _Call] = {}

    def receive(self, reply: Reply) -> None:
        """Pass a reply of the home to the call with its id; late and unknown ones are ignored."""
        match reply:
            case AnswerDelta(call_id, text) if call_id in self._answers:
                self._answers[call_id].add(text)
            case AnswerEnd(call_id) if call_id in self._answers:
                self._answers[call_id].finish(reply)
            case AnswerDelta(call_id, text) if call_id in self._calls:
                self._calls[call_id].say(text)
            case ToolReturned(call_id, result) if call_id in self._calls:
                waiting = self._calls[call_id].result
                if not waiting.done():
                    waiting.set_result(result)

    def turn(self, confirmed: asyncio.Event) -> TurnHome | None:
        """Return the home for one turn, whose end is certain once `confirmed` is set."""
        return None if self.offer is None else TurnHome(self, self.offer, confirmed)

    async def converse(self, text: str) -> AsyncGenerator[str]:
        """See `Home`."""
        call_id = str(next(self._ids))
        answer = self._answers[call_id] = _Answer(self._limits.home_text)
        is_silent = True
        try:
            await self._emit(HomeAsked(call_id, text))
            while piece := await self._next(answer):
                is_silent = False
                yield piece
        finally:
            del self._answers[call_id]
            if answer.end is None:
                await self._emit(CallCancelled(call_id))
        if answer.end is None:
            return  # Cut off.
        if answer.end.error == NOT_UNDERSTOOD and is_silent:
            raise NotUnderstoodError(answer.end.text or "")
        if answer.end.error is not None:
            raise HomeError(f"the home has no answer: {answer.end.error!r}")
        if is_silent and answer.end.text:
            yield answer.end.text

    async def _next(self, answer: _Answer) -> str:
        try:
            async with asyncio.timeout(self._limits.home_answer):
                return await answer.take()
        except TimeoutError:
            raise HomeError("the home does not answer") from None

    async def call(
        self, name: str, arguments: Mapping[str, Any], on_words: Callable[[str], None]
    ) -> ToolResult:
        """See `Home`."""
        call_id = str(next(self._ids))
        result: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
        self._calls[call_id] = _Call(result, on_words, self._limits.home_text)
        try:
            async with asyncio.timeout(self._limits.home_tool):
                await self._emit(ToolCalled(call_id, name, arguments))
                return await result
        except TimeoutError:
            raise HomeError(f"the tool {name} does not answer") from None
        finally:
            del self._calls[call_id]
            if result.cancelled() or not result.done():
                await self._emit(CallCancelled(call_id))


class TurnHome:
    """The home for one turn; see `Home`."""

    def __init__(self, link: HomeLink, offer: HomeOffer, confirmed: asyncio.Event) -> None:
        self.was_asked = False
        """Whether the home may have acted for this turn."""

        self._link = link
        self._offer = offer
        self._confirmed = confirmed

    @property
    def answers(self) -> bool:
        """See `Home`."""
        return self._offer.answers

    @property
    def tools(self) -> Sequence[Tool]:
        """See `Home`."""
        return self._offer.tools

    @property
    def prompt(self) -> str:
        """See `Home`."""
        return self._offer.prompt

    async def converse(self, text: str) -> AsyncGenerator[str]:
        """See `Home`."""
        await self._confirmed.wait()
        self.was_asked, was_asked = True, self.was_asked
        try:
            async with aclosing(self._link.converse(text)) as pieces:
                async for piece in pieces:
                    yield piece
        except NotUnderstoodError:
            self.was_asked = was_asked  # The home has done nothing.
            raise

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        on_words: Callable[[str], None] = lambda _: None,
    ) -> ToolResult:
        """See `Home`."""
        if all(tool.name != name for tool in self.tools):
            raise HomeError(f"the home has no tool {name}")
        await self._confirmed.wait()
        self.was_asked = True
        return await self._link.call(name, arguments, on_words)
