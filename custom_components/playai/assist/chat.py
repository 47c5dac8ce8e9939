"""What is written to the chat log, and so to the Assist dialog."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeassistant.components import conversation

from ..const import CONF_KEEP_LISTENING, DEFAULT_OPTIONS, KeepListening
from ..models import PlayAIConfigEntry


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


def keeps_listening(entry: PlayAIConfigEntry, *, is_asked: bool) -> bool:
    """Return whether a satellite listens again after a reply that may be a question."""
    match entry.options.get(CONF_KEEP_LISTENING, DEFAULT_OPTIONS[CONF_KEEP_LISTENING]):
        case KeepListening.NEVER:
            return False
        case KeepListening.ALWAYS:
            return True
        case _:
            return is_asked
