"""Reports to the server how much of a reply the user has heard (rule 15)."""

from typing import Final

from ..home import Feature
from ..messages import Played
from .conversation import Conversation
from .state import ReplyState

REPORT_SECONDS: Final = 0.2
"""Seconds between two reports of a playing reply."""


def report(
    conversation: Conversation, reply: ReplyState, now: float, *, is_stopped: bool = False
) -> None:
    """Report the position of a reply, if the server uses it and does not know it."""
    features = conversation.traits.features
    number = reply.stream - conversation.earlier_streams
    if features is None or Feature.PLAYED not in features.features or number < 1:
        return
    position = reply.position(now), is_stopped
    is_early = reply.reported is not None and now < reply.reported_at + REPORT_SECONDS
    if position == reply.reported or (is_early and not is_stopped):
        return
    reply.reported, reply.reported_at = position, now
    conversation.send(Played(number, *position))
