"""The texts of the chat log, and so of the Assist dialog."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.core import callback
from homeassistant.helpers import intent

from ..const import CONF_KEEP_LISTENING, DEFAULT_OPTIONS, KeepListening
from ..coordinator import PlayAIConfigEntry


async def async_stream_words(
    chat_log: conversation.ChatLog, agent_id: str, words: AsyncGenerator[str]
) -> str:
    """Stream words into the chat log as they come; returns all of them."""
    pieces: list[str] = []

    async def deltas() -> AsyncGenerator[conversation.AssistantContentDeltaDict]:
        yield {"role": "assistant"}
        async with aclosing(words):
            async for piece in words:
                pieces.append(piece)
                yield {"content": piece}

    async with aclosing(deltas()) as stream:
        async for _ in chat_log.async_add_delta_content_stream(agent_id, stream):
            pass
    return "".join(pieces).strip()


@callback
def async_correct_question(chat_log: conversation.ChatLog, text: str) -> None:
    """Replace the last message of the user: its words have come after speech-to-text."""
    for index, content in reversed(list(enumerate(chat_log.content))):
        if isinstance(content, conversation.UserContent):
            chat_log.content[index] = replace(content, content=text)
            return


INTERRUPTED: Final = "[interrupted]"
"""Ends an answer in the chat log that the user has interrupted. Language models read it."""


@callback
def async_cut_answer(chat_log: conversation.ChatLog, said: str, heard: str) -> None:
    """Cut the agent's last answer to the words that the user has heard."""
    spoken = said.split()
    for index, content in reversed(list(enumerate(chat_log.content))):
        if isinstance(content, conversation.AssistantContent) and content.content:
            words = content.content.split()
            is_same = bool(spoken) and words[: len(spoken)] == spoken
            if is_same and len(heard.split()) < len(words):
                cut = f"{heard} {INTERRUPTED}".strip()
                chat_log.content[index] = replace(content, content=cut)
            return


def conversation_result(
    entry: PlayAIConfigEntry,
    chat_log: conversation.ChatLog,
    response: intent.IntentResponse,
    *,
    is_asked: bool,
    is_failure: bool = False,
) -> conversation.ConversationResult:
    """Return the result of a run; after a failure, a satellite does not listen again."""
    is_failure = is_failure or response.response_type is intent.IntentResponseType.ERROR
    return conversation.ConversationResult(
        response,
        chat_log.conversation_id,
        not is_failure and _keeps_listening(entry, is_asked=is_asked),
    )


def _keeps_listening(entry: PlayAIConfigEntry, *, is_asked: bool) -> bool:
    """Return whether a satellite listens again after a reply that may be a question."""
    match entry.options.get(CONF_KEEP_LISTENING, DEFAULT_OPTIONS[CONF_KEEP_LISTENING]):
        case KeepListening.NEVER:
            return False
        case KeepListening.ALWAYS:
            return True
        case _:
            return is_asked


START_SPEAKING: Final = "\n" * 61
"""More than 60 characters start text-to-speech at once, and keep it off the disk. Blank lines
are not displayed."""


class HeldDeltas:
    """Holds back a stream into a chat log until the pipeline may start text-to-speech.

    The pipeline starts it after 60 characters, which may come before there is any audio.
    """

    def __init__(self, chat_log: conversation.ChatLog) -> None:
        """Listen in place of the pipeline."""
        self._chat_log = chat_log
        self._pipeline = chat_log.delta_listener
        self._held: list[dict[str, Any]] | None = []
        self._role = ""
        chat_log.delta_listener = self._listen

    def release(self) -> None:
        """Start text-to-speech, and pass on the deltas that were held back."""
        held, self._held = self._held or [], None
        # Only the pipeline hears this: it is not kept in the chat log.
        for delta in ({"role": "assistant", "content": START_SPEAKING}, *held):
            self._pass_on(delta)

    def close(self) -> None:
        """Let the pipeline listen again."""
        self._chat_log.delta_listener = self._pipeline

    def _listen(self, _: conversation.ChatLog, delta: dict[str, Any]) -> None:
        if self._held is None:
            self._pass_on(delta)
        else:
            self._held.append(delta)

    def _pass_on(self, delta: dict[str, Any]) -> None:
        if "role" not in delta and self._role == "tool_result":
            # A tool was called while the agent was speaking; its words continue.
            delta = {"role": "assistant", **delta}
        self._role = delta.get("role", self._role)
        if self._pipeline is not None:
            self._pipeline(self._chat_log, delta)
