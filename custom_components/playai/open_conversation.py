"""One open conversation: its session, its user and its players."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import HomeAssistant

from .agent import Session
from .agent.events import SessionEvent, SessionStarted, Status, StatusChanged, VoiceActivity
from .last_speech import LastSpeech
from .silence import async_players_of

FADE_SECONDS: Final = 2.0
"""Seconds for which a player may still play an answer that should have been played."""


@dataclass(slots=True)
class OpenConversation:
    """A conversation, from its first turn to the end of its session."""

    session: Session
    is_announcement: bool = False
    """Whether it only speaks texts of the home, without a user."""

    source: str | None = None
    """Where the user is if it is no Assist pipeline; data of the activities."""

    listener: Callable[[SessionEvent], None] = lambda _: None
    """Called with each event of the session."""

    is_started: bool = False
    """Whether the server has accepted it."""

    voice_active: bool = False
    satellite: dict[str, str | None] = field(default_factory=dict)
    """Where the user is, as far as Home Assistant knows; data of the activities."""

    players: set[str] = field(default_factory=set)
    """Media players on which its answers play, besides those of the satellite."""

    expects_follow_up: bool = False
    last_speech: LastSpeech | None = None
    """When the user last spoke in the turn; None for a turn without a microphone."""

    leave_microphone: Callable[[], None] = lambda: None
    """Stops reading the microphone of the latest turn."""

    used_at: float = 0.0
    """When its status last changed, in seconds of the loop's clock."""

    def take_event(self, event: SessionEvent, now: float) -> None:
        """Update from an event of its session."""
        match event:
            case SessionStarted():
                self.is_started = True
            case StatusChanged():
                self.used_at = now
            case VoiceActivity(active):
                self.voice_active = active

    def take_follow_up(self) -> bool:
        """Return whether a follow-up is expected, once for each answer."""
        follows, self.expects_follow_up = self.expects_follow_up, False
        return follows

    def response_time(self, agent_time: float, now: float) -> float:
        """Return the seconds since the user has last spoken, for an answer that begins now.

        Without a microphone, or if it is never quiet, this is the agent's share of that time.
        """
        if self.last_speech is None or self.last_speech.at is None:
            return agent_time
        return max(agent_time, now - self.last_speech.at)

    def current_players(self, hass: HomeAssistant) -> set[str]:
        """Return the media players that play an answer now."""
        status = self.session.status
        has_just_ended = status is Status.IDLE and hass.loop.time() - self.used_at < FADE_SECONDS
        if status is not Status.SPEAKING and not has_just_ended:
            return set()
        return self.players | async_players_of(
            hass, self.satellite.get("satellite_id"), self.satellite.get("satellite_device_id")
        )
