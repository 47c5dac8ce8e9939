"""Passes a turn from stage to stage of its Assist pipeline run.

Speech-to-text offers its turn in a context variable; the conversation and text-to-speech
stages of the same run find it there, and take it once. `current_session` of the chat session
must name the same conversation. Home Assistant's private objects are not used.
"""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass

from homeassistant.helpers.chat_session import current_session

from ..agent import Turn
from ..agent.reply import Reply
from .microphone import Microphone


@dataclass(frozen=True, slots=True)
class Answer:
    """The audio that the text-to-speech stage speaks for a turn."""

    reply: asyncio.Task[Reply]
    """Raises `AgentError` when the turn fails. Still pending when the agent is slow."""

    language: str
    """The language of the text that describes a failure."""


@dataclass(slots=True)
class _Handover:
    """A turn on its way through one run."""

    entry_id: str
    conversation_id: str
    turn: Turn | None
    """For the conversation stage; None once it was taken."""

    microphone: Microphone | None = None
    """The microphone of the turn, which may still send."""

    has_words: bool = True
    """Whether the text of the run is the user's words, not a placeholder."""

    text: str = ""
    """The answer, if it is known already."""

    is_silent: bool = False
    """Whether nobody spoke after the agent has asked, which is not an error."""

    voice: asyncio.Future[Turn] | None = None
    """Gets the turn in which the agent speaks the answer to a typed text."""

    answer: Answer | None = None
    """For the text-to-speech stage; None before, and once it was taken."""


_current: ContextVar[_Handover | None] = ContextVar("playai_handover", default=None)


def offer_turn(
    entry_id: str,
    conversation_id: str,
    turn: Turn | None,
    *,
    microphone: Microphone | None = None,
    has_words: bool = True,
    text: str = "",
) -> None:
    """Offer a turn to the conversation stage of this run; None if nobody spoke.

    `text` is the answer, if it is known already.
    """
    _current.set(
        _Handover(
            entry_id,
            conversation_id,
            turn,
            microphone,
            has_words=has_words,
            text=text,
            is_silent=turn is None,
        )
    )


def offer_voice(entry_id: str, conversation_id: str, voice: asyncio.Future[Turn]) -> None:
    """Ask the conversation stage to let the agent speak its answer to a typed text.

    The session of the conversation must be open; `voice` gets the turn of the answer.
    """
    _current.set(_Handover(entry_id, conversation_id, None, voice=voice))


def take_voice(entry_id: str) -> asyncio.Future[Turn] | None:
    """Return the future that gets the turn of the spoken answer in this run; None without one."""
    handover = _of_this_run(entry_id)
    return None if handover is None else handover.voice


def take_microphone(entry_id: str) -> Microphone | None:
    """Take the microphone of the turn of this run."""
    handover = _of_this_run(entry_id)
    if handover is None:
        return None
    microphone, handover.microphone = handover.microphone, None
    return microphone


def is_silent(entry_id: str) -> bool:
    """Whether nobody spoke in this run, and that is not an error."""
    handover = _of_this_run(entry_id)
    return handover is not None and handover.is_silent


def has_words(entry_id: str) -> bool:
    """Whether the text of this run is the user's words, not a placeholder."""
    handover = _of_this_run(entry_id)
    return handover is None or handover.has_words


def known_answer(entry_id: str) -> str:
    """Return the answer to the turn of this run; empty if it is not known."""
    handover = _of_this_run(entry_id)
    return "" if handover is None else handover.text


def take_turn(entry_id: str) -> Turn | None:
    """Take the turn of this run; None if it has none of this agent."""
    handover = _of_this_run(entry_id)
    if handover is None:
        return None
    turn, handover.turn = handover.turn, None
    return turn


def offer_answer(answer: Answer) -> None:
    """Offer the answer to the turn that was taken to the text-to-speech stage of this run."""
    if (handover := _current.get()) is not None:
        handover.answer = answer


def take_answer(entry_id: str) -> Answer | None:
    """Take the answer of this run; None if it has none of this agent."""
    handover = _of_this_run(entry_id)
    if handover is None:
        return None
    answer, handover.answer = handover.answer, None
    return answer


def _of_this_run(entry_id: str) -> _Handover | None:
    handover, chat = _current.get(), current_session.get()
    if handover is None or chat is None or handover.entry_id != entry_id:
        return None
    return handover if handover.conversation_id == chat.conversation_id else None
