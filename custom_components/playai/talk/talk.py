"""One talk of one page with one agent. It outlives its socket for a moment."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol
from uuid import uuid4

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..agent import AgentError, Feature, Session, Turn
from ..agent.audio import SILENCE
from ..agent.events import (
    Disconnected,
    ErrorOccurred,
    SessionEnded,
    SessionEvent,
    Status,
    StatusChanged,
    VoiceActivity,
)
from ..assist.answer_with import async_home_agent, async_knows
from ..assist.offer import async_first_offer, async_home_offer
from ..const import CONF_LLM_APIS, DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..last_speech import LastSpeech
from .limits import (
    AHEAD_MS,
    KEPT_MESSAGES,
    MAX_TEXT_CHARACTERS,
    PROTOCOL,
    RESUME_SECONDS,
    STALLED_SECONDS,
    TALK_SECONDS,
)
from .place import Place, UnknownPlaceError
from .playback import Playback
from .player import Player
from .talk_button import TalkButton
from .turns import Turns

_LOGGER = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.1
BYTES_PER_TICK: Final = round(16_000 * TICK_SECONDS)
REOPEN_SECONDS: Final = 10.0
"""A conversation that is lost twice in this time is not opened again."""

BLAME_SECONDS: Final = 2.0
"""A conversation that ends within this time after an error ends because of it."""


class CloseCode:
    """Why a socket is closed."""

    ENDED: Final = 4000
    STOPPING: Final = 1001
    RELOADING: Final = 4001
    FORBIDDEN: Final = 4003
    GONE: Final = 4004
    FLOOD: Final = 4008
    REPLACED: Final = 4009
    SLOW: Final = 4013
    INVALID: Final = 4400
    OTHER_PROTOCOL: Final = 4426


class Page(Protocol):
    """The socket of a page, as its talk sees it."""

    def send(self, message: dict[str, Any] | bytes) -> None:
        """Send a message or a frame, in order."""

    def close(self, code: int) -> None:
        """Close the socket after what was sent before."""


class Talk:
    """Listens to a page all the time, and lets it hear the agent."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PlayAIConfigEntry,
        entity_id: str,
        user_id: str,
        place: Place,
        *,
        on_over: Callable[[Talk], None],
    ) -> None:
        """Create a talk; `start` opens the conversation."""
        self.entry: Final = entry
        self.entity_id: Final = entity_id
        self.user_id: Final = user_id
        self.hass: Final = hass
        self.place = place
        self.conversation_id = ""
        self.is_over = False
        self._close_code = CloseCode.GONE
        self.resume_path = ""
        """The signed path of the next socket."""

        self._on_over = on_over
        self._page: Page | None = None
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT_MESSAGES)
        self._count = 0
        self._session: Session | None = None
        self._turns = Turns(self)
        self.player: Final = Player(self)
        self._phase = ""
        self._error: tuple[AgentError | None, float] = (None, 0.0)
        """The last one, and when it came."""

        self._opened_at = 0.0
        self._active_at = 0.0
        self._heard_at = 0.0
        self._last_speech = LastSpeech()
        self._is_muted = False
        self._holds = False
        self._button = TalkButton()
        self._tasks: list[asyncio.Task[None]] = []
        self._resuming: asyncio.TimerHandle | None = None
        self._longest: asyncio.TimerHandle | None = None
        self._releases: list[CALLBACK_TYPE] = []

    @property
    def session(self) -> Session:
        """The conversation with the agent."""
        assert self._session is not None  # noqa: S101 (set by `start`)
        return self._session

    def context(self) -> Context:
        """Return a context with the rights of the user."""
        return Context(user_id=self.user_id)

    # Its life.

    @callback
    def start(self) -> None:
        """Open the conversation."""
        loop = self.hass.loop
        self._longest = loop.call_later(TALK_SECONDS, self.end, "limit")
        self._heard_at = loop.time()
        self._tasks = [
            self.entry.async_create_background_task(
                self.hass, self._keep_time(), f"{DOMAIN} listens to a page"
            )
        ]
        self._open()

    @callback
    def attach(self, page: Page, resume: dict[str, int] | None = None) -> None:
        """Use the socket of a page, which has missed some messages if it resumes.

        The talk is gone for a page that has missed too many.
        """
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None
        if self._page is not None:
            self._page.close(CloseCode.REPLACED)
        received = 0 if resume is None else resume["n"]
        missed = [message for message in self._messages if message["n"] > received]
        if len(missed) < self._count - received:
            page.close(CloseCode.GONE)
            self.close(CloseCode.GONE)
            return
        if not self.is_over:
            self._page = page
        page.send(self._ready())
        for message in missed:
            page.send(message)
        if self.is_over:
            page.close(self._close_code)  # It ended before its page was there.
            return
        if resume is not None:
            self.player.resume(page, resume["reply"], resume["samples"])

    @callback
    def detach(self, page: Page) -> None:
        """The socket is lost: wait for another one."""
        if self.is_over or (self._page is not None and page is not self._page):
            return
        self._page = None
        self._button.press(is_held=False)
        self._resuming = self.hass.loop.call_later(RESUME_SECONDS, self.close, CloseCode.GONE)

    @callback
    def end(self, reason: str, *, key: str | None = None) -> None:
        """End the talk, and say why."""
        if not self.is_over:
            self.send("end", reason=reason, **({} if key is None else {"key": key}))
            self.close(CloseCode.ENDED)

    @callback
    def close(self, code: int) -> None:
        """End the talk with a close code."""
        if self.is_over:
            return
        self.is_over = True
        self._close_code = code
        for timer in (self._resuming, self._longest):
            if timer is not None:
                timer.cancel()
        for release in self._releases:
            release()
        self._turns.close()
        self.player.close()
        for task in self._tasks:
            task.cancel()
        if self._page is not None:
            self._page.close(code)
            self._page = None
        if self._session is not None:
            self.entry.runtime_data.conversations.async_end(self.conversation_id)
        self._on_over(self)

    @callback
    def on_over(self, release: CALLBACK_TYPE) -> None:
        """Call a function when the talk is over."""
        self._releases.append(release)

    # To the page.

    @callback
    def send(self, kind: str, **fields: Any) -> None:
        """Send a message, now or when the page is back."""
        self._count += 1
        message = {"n": self._count, "type": kind, **fields}
        self._messages.append(message)
        if self._page is not None:
            self._page.send(message)

    @callback
    def send_audio(self, frame: bytes) -> None:
        """Send a frame, if the page is there; the player has it for later."""
        if self._page is not None:
            self._page.send(frame)

    @callback
    def send_error(self, key: str, message: str = "") -> None:
        """Report an error with which the talk continues."""
        self.send("error", key=key, message=message)

    def _ready(self) -> dict[str, Any]:
        entity = er.async_get(self.hass).async_get(self.entity_id)
        state = self.hass.states.get(self.entity_id)
        name = self.entry.title if state is None or entity is None else state.name
        settings = self.entry.runtime_data.settings
        return {
            "type": "ready",
            "protocol": PROTOCOL,
            "agent": {"entity_id": self.entity_id, "name": name, "features": self._features()},
            "limits": {
                "ahead_ms": AHEAD_MS,
                "text": MAX_TEXT_CHARACTERS,
                "idle_s": settings.idle_timeout,
                "talk_s": TALK_SECONDS,
            },
            "resume": {"path": self.resume_path, "seconds": RESUME_SECONDS},
            "conversation_id": self.conversation_id,
        }

    def _features(self) -> list[str]:
        has_agent = async_home_agent(self.hass, self.entry) is not None
        features = []
        if has_agent or async_knows(self.entry, Feature.USER_TEXT):
            features.append("text")
        if has_agent or self.entry.options.get(CONF_LLM_APIS):
            features.append("tools")
        return features

    # From the page.

    @callback
    def hear(self, mulaw: bytes) -> None:
        """Take audio of the microphone."""
        self._heard_at = self.hass.loop.time()
        if self._is_muted:
            mulaw = bytes([SILENCE]) * len(mulaw)
        elif self._holds:
            mulaw = self._button.hear(mulaw)
        self._last_speech.push(mulaw, self._heard_at)
        self.session.hear(mulaw)

    @callback
    def receive(self, kind: str, fields: dict[str, Any]) -> None:
        """Do what the page asks for."""
        match kind:
            case "played":
                self.player.played(fields["reply"], fields["ms"])
            case "flushed":
                self.player.flushed(fields["reply"], fields["ms"])
            case "interrupt":
                self.player.flushed(fields["reply"], fields["ms"])
                self.interrupt()
            case "text":
                self._type(fields["text"])
            case "mute":
                self._is_muted = fields["on"]
                if self._is_muted and self.session.is_hearing:
                    self.session.interrupt()
            case "mode":
                self._holds = fields["value"] == "hold"
                self._button.press(is_held=False)
            case "hold":
                self._button.press(is_held=fields["on"])
                if fields["on"]:
                    self.interrupt()
            case "place":
                self._move(fields)
            case "again":
                self._begin_again()
            case "bye":
                self.end("bye")
        if kind not in ("played", "flushed"):
            self._active_at = self.hass.loop.time()
            self.session.keep_awake()

    @callback
    def interrupt(self) -> None:
        """Stop the agent: the user wants no answer, or no more of it."""
        self.player.flush()
        self._turns.drop()
        self.session.interrupt()

    def _type(self, text: str) -> None:
        if not text.strip():
            return
        if "text" not in self._features():
            self.send_error("no_text", "the agent takes no text")
            return
        self.interrupt()
        self._turns.begin_typed(text)

    def _move(self, fields: dict[str, Any]) -> None:
        try:
            self.place = Place.async_from(self.hass, fields)
        except UnknownPlaceError as error:
            self.send_error("unknown_place", str(error))
            return
        self._note_place()

    def _begin_again(self) -> None:
        self.interrupt()
        previous, self._session = self.conversation_id, None
        self.entry.runtime_data.conversations.async_end(previous)
        self._open()
        self.send("restarted", conversation_id=self.conversation_id)

    # The conversation with the agent.

    def _open(self) -> None:
        """Open a conversation; nobody else knows its id, and it is no ULID, so it is kept."""
        coordinator = self.entry.runtime_data
        self.conversation_id = uuid4().hex
        self._opened_at = self._active_at = self.hass.loop.time()
        offer = async_first_offer(self.hass, self.entry, self.place.language)
        self._session = coordinator.async_begin_call(
            self.conversation_id, offer, self._session_event, self._turns.begin
        )
        self._note_place()
        self._show_phase()
        self.entry.async_create_background_task(self.hass, self._offer_home(), f"{DOMAIN} offers")

    def _note_place(self) -> None:
        self.entry.runtime_data.conversations.async_note_satellite(
            self.conversation_id, None, self.place.own_device_id
        )

    async def _offer_home(self) -> None:
        """Offer names and tools of the home, which takes time."""
        session = self.session
        offer = await async_home_offer(self.hass, self.entry, self.place.language)
        if not session.is_closed:
            session.update_home(offer)

    @callback
    def _session_event(self, session: Session, event: SessionEvent) -> None:
        if session is not self._session or self.is_over:
            return
        match event:
            case StatusChanged(Status.IDLE):
                pass  # It ends.
            case StatusChanged() | VoiceActivity():
                self._active_at = self.hass.loop.time()
                self._show_phase()
            case Disconnected(error):
                self._error = error.without_traceback(), self.hass.loop.time()
            case ErrorOccurred(error):
                self._error = error.without_traceback(), self.hass.loop.time()
                self.send_error(error.kind.value, error.message)
            case SessionEnded(was_started):
                self._ended(was_started=was_started)

    def _ended(self, *, was_started: bool) -> None:
        """Open another conversation after an error that may go away, or end the talk."""
        now = self.hass.loop.time()
        error, when = self._error
        if error is None or now - when > BLAME_SECONDS:
            quiet = now - self._active_at
            is_idle = quiet >= self.entry.runtime_data.settings.idle_timeout - 1
            self.end("idle" if is_idle else "agent")
        elif was_started and error.policy.may_retry and now - self._opened_at >= REOPEN_SECONDS:
            self._error = (None, 0.0)
            self._open()
            self.send("restarted", conversation_id=self.conversation_id)
        else:
            self.end("error", key=error.kind.value)

    def _show_phase(self) -> None:
        session = self.session
        phase = session.status.value
        if session.status is Status.IDLE:
            return
        if session.status is Status.LISTENING and session.is_hearing:
            phase = "hearing"
        if phase != self._phase:
            self._phase = phase
            self.send("phase", value=phase)

    async def _keep_time(self) -> None:
        """Let the agent hear silence while the page sends nothing: it measures time with audio."""
        silence = bytes([SILENCE]) * BYTES_PER_TICK
        loop = self.hass.loop
        due = loop.time()
        while True:
            due += TICK_SECONDS
            await asyncio.sleep(due - loop.time())
            is_away = self._page is None
            if self._session is not None and (
                is_away or loop.time() - self._heard_at > STALLED_SECONDS
            ):
                self._session.hear(silence)
            if is_away:
                self.player.wait()

    # What turns need.

    def play(self, turn: Turn, number: int, playback: Playback) -> None:
        """Report a reply that begins."""
        self.send("reply", id=playback.number, turn=number)
        if turn.state.has_microphone:
            agent = playback.reply.response_time
            conversations = self.entry.runtime_data.conversations
            response = conversations.async_response_time(self.conversation_id, agent)
            self.send(
                "metric",
                turn=number,
                response_ms=round(response * 1000),
                agent_ms=round(agent * 1000),
            )

    @callback
    def expect_speech(self) -> None:
        """Measure when the user last speaks in a turn that begins."""
        conversations = self.entry.runtime_data.conversations
        self._last_speech = conversations.async_expect_speech(self.conversation_id)
