"""How a turn gets from stage to stage of the Assist pipeline's run that it belongs to.

Speech-to-text offers its turn in a context variable of ours; conversation and text-to-speech
of the same run find it there, and take it once. `current_session` of the chat session must
name the same conversation. Nothing of Home Assistant's own objects is looked into.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from homeassistant.helpers.chat_session import current_session

from .agent import Turn
from .agent.reply import Reply


@dataclass(slots=True)
class Handover:
    """A turn on its way through one run."""

    entry_id: str
    conversation_id: str
    turn: Turn | None
    """To be taken by the conversation stage; None when it was."""

    reply: Reply | None = None
    """To be taken by the text-to-speech stage; None before, and when it was."""

    failure_language: str | None = None
    """The language of the text that says that the turn failed, for text-to-speech."""


_current: ContextVar[Handover | None] = ContextVar("playai_handover", default=None)


def offer_turn(entry_id: str, conversation_id: str, turn: Turn) -> None:
    """Offer a turn to the conversation stage of this run."""
    _current.set(Handover(entry_id, conversation_id, turn))


def take_turn(entry_id: str) -> Turn | None:
    """Take the turn of this run, when there is one of this agent."""
    handover = _of_this_run(entry_id)
    if handover is None:
        return None
    turn, handover.turn = handover.turn, None
    return turn


def offer_reply(reply: Reply) -> None:
    """Offer the reply of the turn that was taken to the text-to-speech stage of this run."""
    if (handover := _current.get()) is not None:
        handover.reply = reply
        reply.expect_listener()


def take_reply(entry_id: str) -> Reply | None:
    """Take the reply of this run, when there is one of this agent."""
    handover = _of_this_run(entry_id)
    if handover is None:
        return None
    reply, handover.reply = handover.reply, None
    return reply


def offer_failure(language: str) -> None:
    """Tell the text-to-speech stage of this run that it gets an error text in a language."""
    if (handover := _current.get()) is not None:
        handover.failure_language = language


def take_failure(entry_id: str) -> str | None:
    """Take the language of the error text of this run; None unless the turn failed."""
    handover = _of_this_run(entry_id)
    if handover is None:
        return None
    language, handover.failure_language = handover.failure_language, None
    return language


def _of_this_run(entry_id: str) -> Handover | None:
    handover, chat = _current.get(), current_session.get()
    if handover is None or chat is None or handover.entry_id != entry_id:
        return None
    return handover if handover.conversation_id == chat.conversation_id else None
