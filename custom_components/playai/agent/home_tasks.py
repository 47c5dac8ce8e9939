"""Runs the calls of the server: one task each, in the context of the turn's caller."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import aclosing
from contextvars import Context
from typing import Final

import orjson

from .engine import Engine
from .home import MAX_TEXT_BYTES, AnswerEnd, Delta, HomeHandler, ToolResult
from .messages import Ask, ToolCall
from .outbox import Outbox
from .turn_taking.state import CallState

_LOGGER = logging.getLogger(__name__)

MAX_TASKS: Final = 16
"""Tasks of a session, cancelled ones that do not end included."""

CANCEL_SECONDS: Final = 1.0
"""The wait for cancelled tasks at the end of a session."""


class HomeTasks:
    """The tasks of one session that answer for the home."""

    def __init__(self, engine: Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox
        self._tasks: dict[CallState, asyncio.Task[None]] = {}

    def begin(self, call: CallState, handler: HomeHandler, context: Context) -> None:
        """Run a call in a copy of the context."""
        if len(self._tasks) >= MAX_TASKS:
            self._fail(call, "too_many")
            return
        running: Coroutine[None, None, None]
        match call.message:
            case Ask(text=text):
                running = self._answer(call, handler, text)
            case ToolCall() as message:
                running = self._call_tool(call, handler, message)
        task = asyncio.get_running_loop().create_task(
            running, name="voice agent home", context=context.copy()
        )
        self._tasks[call] = task
        task.add_done_callback(lambda _: self._ended(call), context=Context())

    def cancel(self, call: CallState) -> None:
        """Cancel a call."""
        if (task := self._tasks.get(call)) is not None:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until all tasks have ended, for `CANCEL_SECONDS` at most."""
        if self._tasks:
            _, running = await asyncio.wait(self._tasks.values(), timeout=CANCEL_SECONDS)
            if running:
                _LOGGER.debug("%s cancelled calls of the home have not ended", len(running))

    def _ended(self, call: CallState) -> None:
        self._tasks.pop(call, None)
        self._fail(call, "cancelled")  # Without an effect if it has returned a result.

    async def _answer(self, call: CallState, handler: HomeHandler, text: str) -> None:
        engine = self._engine
        try:
            async with aclosing(handler.answer(text)) as answer:
                async for part in answer:
                    match part:
                        case Delta(words):
                            effects = engine.rules.answer_delta(call, words, engine.clock())
                            engine.apply(effects)
                            await self._outbox.wait_empty()
                        case AnswerEnd():
                            engine.apply(engine.rules.answer_ended(call, part, engine.clock()))
                            return
        except Exception:
            _LOGGER.exception("The home failed to answer")
            self._fail(call, "failed")
        else:
            engine.apply(engine.rules.answer_ended(call, AnswerEnd(), engine.clock()))

    async def _call_tool(self, call: CallState, handler: HomeHandler, message: ToolCall) -> None:
        engine = self._engine
        try:
            result = await handler.call_tool(message.name, message.arguments)
            refusal = _refusal(result)
        except Exception:
            _LOGGER.exception("A tool of the home failed")
            self._fail(call, "failed")
            return
        if refusal is not None:
            _LOGGER.warning("The result of the tool %s was not sent: %s", message.name, refusal)
            result = ToolResult(refusal, is_error=True)
        engine.apply(engine.rules.tool_returned(call, result, engine.clock()))

    def _fail(self, call: CallState, reason: str) -> None:
        engine = self._engine
        now = engine.clock()
        if isinstance(call.message, Ask):
            effects = engine.rules.answer_ended(call, AnswerEnd(error=reason), now)
        else:
            effects = engine.rules.tool_returned(call, ToolResult(reason, is_error=True), now)
        engine.apply(effects)


def _refusal(result: ToolResult) -> str | None:
    """Return why a result cannot be sent."""
    try:
        size = len(orjson.dumps(result.data))
    except TypeError:
        return "the result cannot be written as JSON"
    return "the result is too long" if size > MAX_TEXT_BYTES else None
