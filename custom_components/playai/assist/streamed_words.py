"""Collects the words that a conversation agent streams into a chat log."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components import conversation

MAX_CHARACTERS: Final = 32_000


@dataclass(slots=True)
class StreamedWords:
    """The words of one answer; `on_words` is called with each piece."""

    on_words: Callable[[str], None]
    began: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    text: str = ""
    _role: str = ""
    _is_new_message: bool = False

    @contextmanager
    def collect_from(self, chat_log: conversation.ChatLog) -> Iterator[None]:
        """Listen to a chat log, in addition to the pipeline."""
        pipeline = chat_log.delta_listener

        def listener(log: conversation.ChatLog, delta: dict[str, Any]) -> None:
            if pipeline is not None:
                pipeline(log, delta)
            self._take_delta(delta)

        chat_log.delta_listener = listener
        try:
            yield
        finally:
            if chat_log.delta_listener is listener:
                chat_log.delta_listener = pipeline

    def _take_delta(self, delta: dict[str, Any]) -> None:
        if role := delta.get("role"):
            self._role = role
            self._is_new_message = bool(self.text)
        if self._role == "assistant" and (content := delta.get("content")):
            if len(self.text) < MAX_CHARACTERS:
                self.add(content)
            else:
                self.full.set()

    def add(self, words: str) -> None:
        """Add words, streamed or not."""
        if self._is_new_message and not self.text[-1].isspace():
            words = f" {words}"
        self._is_new_message = False
        self.text += words
        self.on_words(words)
        if self.text.strip():
            self.began.set()
