"""One open conversation: its session, its user and its players."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .agent import BaseSession
from .agent.events import SessionEvent, SessionStarted, Status, StatusChanged, VoiceActivity
from .last_speech import LastSpeech
from .silence import async_players_of

FADE_SECONDS: Final = 2.0
"""Seconds for which a player may still be playing an answer that should have ended."""


@dataclass(slots=True)
class OpenConversation:
    """A conversation, from its first turn to the end of its session."""

    conversation_id: str
    public_id: str
    """The id in activities, which every user of Home Assistant can read. Whoever knows the other
    id can take part in the conversation, so that of a talk is known to nobody else."""

    session: BaseSession
    is_announcement: bool = False
    """Whether it only speaks texts of the home, without a user."""

    source: str | None = None
    """The place of a user who does not use an Assist pipeline; data of the activities."""

    listener: Callable[[SessionEvent], None] = lambda _: None
    """Called with each event of the session."""

    is_started: bool = False
    """Whether the server has accepted it."""

    voice_active: bool = False
    satellite: dict[str, str | None] = field(default_factory=dict)
    """The satellite of the user, if Home Assistant knows it; data of the activities."""

    players: set[str] = field(default_factory=set)
    """Media players on which its answers play, besides those of the satellite."""

    interrupted: tuple[str, str] | None = None
    """The words of an interrupted answer: those that the agent said, and those that the user
    heard. None without one, or once the next turn has taken them."""

    expects_follow_up: bool = False
    """Whether the user is expected to continue after the answer, without a wake word."""

    last_speech: LastSpeech | None = None
    """When the user last spoke in the turn; None for a turn without a microphone."""

    leave_microphone: Callable[[], None] = lambda: None
    """Stops reading the microphone of the latest turn."""

    used_at: float = 0.0
    """When its status last changed, in seconds of the loop's clock."""

    @property
    def data(self) -> dict[str, Any]:
        """The data of its activities."""
        data: dict[str, Any] = {"conversation_id": self.public_id, **self.satellite}
        if self.source is not None:
            data["source"] = self.source
        return data

    def take_event(self, event: SessionEvent, now: float) -> None:
        """Update from an event of its session."""
        match event:
            case SessionStarted():
                self.is_started = True
            case StatusChanged():
                self.used_at = now
            case VoiceActivity(active):
                self.voice_active = active

    def note_satellite(
        self, satellite_id: str | None, device_id: str | None, source: str | None = None
    ) -> None:
        """Remember where the user is, for the activities that follow.

        Ignored unless `source` is that of the conversation: a page's talk, or a pipeline (None).
        """
        if self.source == source:
            self.satellite = {"satellite_id": satellite_id, "satellite_device_id": device_id}

    def expect_speech(self) -> LastSpeech:
        """Return an object to which a turn reports the level of its microphone."""
        self.last_speech = LastSpeech()
        return self.last_speech

    def listen(self, cancel: Callable[[], None]) -> None:
        """Listen to another microphone; `cancel` stops listening to it.

        The run of the earlier turn must not wait for its client any longer: Home Assistant runs
        one turn at a time in a conversation.
        """
        self.leave_microphone()
        self.leave_microphone = cancel

    def take_interruption(self) -> tuple[str, str] | None:
        """Return the said and the heard words of an interrupted answer, once; None without one."""
        interrupted, self.interrupted = self.interrupted, None
        return interrupted

    def take_follow_up(self) -> bool:
        """Return whether a follow-up is expected, once for each answer."""
        follows, self.expects_follow_up = self.expects_follow_up, False
        return follows

    def response_time(self, agent_time: float, now: float) -> float:
        """Return the seconds since the user last spoke, for an answer that begins now.

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
