"""The conversation of a talk with the agent, from its first connection to its end."""

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from homeassistant.core import callback

from ..agent import AgentError, Feature, LiveCall
from ..agent.events import (
    Disconnected,
    ErrorOccurred,
    SessionEnded,
    SessionEvent,
    Status,
    StatusChanged,
    UserSaid,
    VoiceActivity,
)
from ..assist.answer_with import async_knows
from ..assist.offer import async_first_offer, async_home_offer
from ..const import BROWSER, DOMAIN
from ..last_speech import LastSpeech
from ..open_conversation import OpenConversation

if TYPE_CHECKING:
    from .talk import Talk

REOPEN_SECONDS: Final = 10.0
"""A conversation that is lost sooner than this after it was opened is not opened again."""

BLAME_SECONDS: Final = 2.0
"""A conversation that ends within this time after an error ends because of it."""


class Call:
    """A live call; another one is opened after an error that may go away."""

    def __init__(self, talk: Talk) -> None:
        """Create it; `open` connects."""
        self.conversation_id = self.public_id = ""
        self._talk = talk
        self._session: LiveCall | None = None
        self._hears_agent = self._is_held = False
        self._phase = ""
        self._error: tuple[AgentError | None, float] = (None, 0.0)
        """The last one, and when it came."""

        self._opened_at = 0.0
        self._active_at = 0.0

    @property
    def session(self) -> LiveCall:
        """The conversation with the agent."""
        assert self._session is not None  # noqa: S101 (set by `open`)
        return self._session

    @callback
    def open(self) -> None:
        """Open a conversation; its id is not a ULID, because Home Assistant replaces old ULIDs."""
        talk = self._talk
        self.conversation_id = uuid4().hex
        self._opened_at = self._active_at = talk.hass.loop.time()
        self._session = talk.entry.runtime_data.async_begin_call(
            self.conversation_id,
            async_first_offer(talk.hass, talk.entry, talk.place.language),
            self._session_event,
            talk.turns.begin,
        )
        self.public_id = talk.entry.runtime_data.conversations[self.conversation_id].public_id
        self._session.hear_agent(hears_agent=self._hears_agent)
        self._session.hold(is_held=self._is_held)
        self.note_place()
        self.show_phase()
        talk.entry.async_create_background_task(talk.hass, self._offer_home(), f"{DOMAIN} offers")

    @callback
    def open_another(self) -> None:
        """Begin a new conversation in the same talk."""
        self.close()
        self.open()
        self._talk.link.send("restarted", conversation_id=self.public_id)

    @callback
    def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            self._session = None
            self._talk.entry.runtime_data.conversations.async_end(self.conversation_id)

    @callback
    def hear(self, mulaw: bytes) -> None:
        """Let the agent hear the user."""
        if self._session is not None:
            self._session.hear(mulaw)

    @callback
    def hear_agent(self, *, hears_agent: bool) -> None:
        """Note whether the microphone of the page hears the agent."""
        self._hears_agent = hears_agent
        if self._session is not None:
            self._session.hear_agent(hears_agent=hears_agent)

    @property
    def knows_button(self) -> bool:
        """Whether the agent ends a turn when the user releases the button."""
        return async_knows(self._talk.entry, Feature.HOLD)

    @callback
    def hold(self, *, is_held: bool) -> None:
        """Let the user hold the button, or release it."""
        self._is_held = is_held
        if self._session is not None:
            self._session.hold(is_held=is_held)

    @callback
    def keep_awake(self) -> None:
        """Restart the idle time."""
        if self._session is not None:
            self._active_at = self._talk.hass.loop.time()
            self._session.keep_awake()

    @callback
    def note_place(self) -> None:
        """Remember where the user is, for the activities."""
        if (conversation := self._conversation) is not None:
            conversation.note_satellite(None, self._talk.place.own_device_id, BROWSER)

    @callback
    def expect_speech(self) -> LastSpeech:
        """Return an object to which a turn that begins reports the level of the microphone."""
        conversation = self._conversation
        return LastSpeech() if conversation is None else conversation.expect_speech()

    @callback
    def note_interruption(self, said: str, heard: str) -> None:
        """Remember the words of an answer that were said, and those that were heard."""
        if (conversation := self._conversation) is not None:
            conversation.interrupted = said, heard

    @callback
    def response_time(self, agent_time: float) -> float:
        """Return the seconds since the user last spoke."""
        conversation, now = self._conversation, self._talk.hass.loop.time()
        return agent_time if conversation is None else conversation.response_time(agent_time, now)

    @property
    def _conversation(self) -> OpenConversation | None:
        return self._talk.entry.runtime_data.conversations.get(self.conversation_id)

    async def _offer_home(self) -> None:
        """Offer names and tools of the home, which takes time."""
        talk, session = self._talk, self.session
        offer = await async_home_offer(talk.hass, talk.entry, talk.place.language)
        if not session.is_closed:
            session.update_home(offer)

    @callback
    def _session_event(self, session: LiveCall, event: SessionEvent) -> None:
        if session is not self._session or self._talk.is_over:
            return
        now = self._talk.hass.loop.time()
        match event:
            case StatusChanged(Status.IDLE):
                pass  # It ends.
            case StatusChanged() | VoiceActivity():
                self._active_at = now
                self.show_phase()
            case UserSaid(text, final=False):
                self._talk.turns.show_partial(text)
            case UserSaid(text, final=True):
                self._talk.turns.show_late(text)
            case Disconnected(error):
                self._error = error.without_traceback(), now
            case ErrorOccurred(error):
                self._error = error.without_traceback(), now
                self._talk.link.send("error", key=error.kind.value, message=error.message)
            case SessionEnded(was_started):
                self._session = None
                self._ended(was_started=was_started)

    def _ended(self, *, was_started: bool) -> None:
        """Open another conversation after an error that may go away, or end the talk."""
        talk, now = self._talk, self._talk.hass.loop.time()
        error, when = self._error
        if error is None or now - when > BLAME_SECONDS:
            quiet = now - self._active_at
            is_idle = quiet >= talk.entry.runtime_data.settings.idle_timeout - 1
            talk.end("idle" if is_idle else "agent")
        elif was_started and error.policy.may_retry and now - self._opened_at >= REOPEN_SECONDS:
            self._error = (None, 0.0)
            self.open_another()
        else:
            talk.end("error", key=error.kind.value)

    @callback
    def show_phase(self) -> None:
        """Show the page the phase of the talk, if that has changed."""
        session = self._session
        if session is None or session.status is Status.IDLE or self._talk.is_over:
            return
        phase = session.status.value
        if session.status is Status.LISTENING and session.is_hearing:
            phase = "hearing"
        elif session.status is Status.LISTENING and self._talk.turns.is_thinking:
            phase = "thinking"
        if phase != self._phase:
            self._phase = phase
            self._talk.link.send("phase", value=phase)
