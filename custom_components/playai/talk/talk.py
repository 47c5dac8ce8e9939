"""One talk of one page with one agent. It outlives its socket for a moment."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback

from ..agent import Feature
from ..assist.answer_with import async_home_agent, async_knows
from ..const import CONF_LLM_APIS, DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..own_entities import async_conversation_entity
from .call import Call
from .confirmations import Confirmations
from .controls import Controls
from .limits import AHEAD_MS, MAX_TEXT_CHARACTERS, PROTOCOL, RESUME_SECONDS, TALK_SECONDS
from .page_link import CloseCode, Page, PageLink
from .page_microphone import PageMicrophone
from .place import Place
from .player import Player
from .turns import Turns


class Talk:
    """Listens to a page all the time, and lets it hear the agent."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: PlayAIConfigEntry,
        user_id: str,
        place: Place,
        *,
        on_over: Callable[[Talk], None],
    ) -> None:
        """Create a talk; `start` opens the conversation."""
        self.hass: Final = hass
        self.entry: Final = entry
        self.user_id: Final = user_id
        self.place = place
        self.is_over = False
        self.resume_path = ""
        """The signed path of the next socket."""

        self.link: Final = PageLink()
        self.player: Final = Player(self)
        self.turns: Final = Turns(self)
        self.call: Final = Call(self)
        self.confirmations: Final = Confirmations(self, self.turns.ask)
        self.microphone: Final = PageMicrophone(hass, self.call)
        self.controls: Final = Controls(self)
        self._close_code = CloseCode.GONE
        self._over: list[Callable[[], object]] = [lambda: on_over(self)]
        self._leave_login: CALLBACK_TYPE = lambda: None
        self._resuming: asyncio.TimerHandle | None = None

    @property
    def entity_id(self) -> str:
        """The agent's conversation entity."""
        return async_conversation_entity(self.hass, self.entry) or ""

    @property
    def context(self) -> Context:
        """A context with the permissions of the user."""
        return Context(user_id=self.user_id)

    @property
    def features(self) -> list[str]:
        """The features of this agent for a page."""
        has_agent = async_home_agent(self.hass, self.entry) is not None
        features = []
        if has_agent or async_knows(self.entry, Feature.USER_TEXT):
            features.append("text")
        if has_agent or self.entry.options.get(CONF_LLM_APIS):
            features += ["tools", "confirm"]
        return features

    @callback
    def start(self) -> None:
        """Open the conversation."""
        keeping = self.microphone.keep_time(self._tick)
        name = f"{DOMAIN} listens to a page"
        task = self.entry.async_create_background_task(self.hass, keeping, name)
        longest = self.hass.loop.call_later(TALK_SECONDS, self.end, "limit")
        self._over += [task.cancel, longest.cancel]
        self.call.open()

    @callback
    def attach(self, page: Page, resume: dict[str, int] | None = None) -> None:
        """Use the socket of a page, which may have missed something."""
        self._stop_waiting()
        self.microphone.hold(is_held=False)  # The loss of the earlier one may be noticed later.
        if not self.link.attach(page, self._ready(), 0 if resume is None else resume["n"]):
            self.close(CloseCode.GONE)
        elif self.is_over:
            self.link.close(self._close_code)  # It ended before its page was there.
        elif resume is not None:
            self.player.resume(page, resume["reply"], resume["samples"])

    @callback
    def detach(self, page: Page) -> None:
        """A socket is lost: wait for another one."""
        if self.link.detach(page) and not self.is_over:
            self._stop_waiting()
            self.microphone.hold(is_held=False)
            loop = self.hass.loop
            self._resuming = loop.call_later(RESUME_SECONDS, self.close, CloseCode.GONE)

    @callback
    def end(self, reason: str, *, key: str | None = None) -> None:
        """End the talk, and report why."""
        if not self.is_over:
            self.link.send("end", reason=reason, **({} if key is None else {"key": key}))
            self.close(CloseCode.ENDED)

    @callback
    def close(self, code: int) -> None:
        """End the talk with a close code."""
        if self.is_over:
            return
        self.is_over = True
        self._close_code = code
        self._stop_waiting()
        self.confirmations.deny()
        self.turns.close()
        self.player.close()
        self.link.close(code)
        self.call.close()
        self._leave_login()
        for release in self._over:
            release()

    @callback
    def on_over(self, release: CALLBACK_TYPE) -> None:
        """Call a function when the talk is over."""
        self._over.append(release)

    @callback
    def follow_login(self, release: CALLBACK_TYPE) -> None:
        """Call a function when another login takes the place of this one, and at the end."""
        self._leave_login()
        self._leave_login = release

    def _stop_waiting(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    def _tick(self) -> bool:
        if self.turns.is_asking or self.confirmations.is_asking or self.player.is_heard:
            self.call.keep_awake()
        if not self.link.is_open:
            self.player.wait()
        return self.link.is_open

    def _ready(self) -> dict[str, Any]:
        state = self.hass.states.get(self.entity_id)
        return {
            "type": "ready",
            "protocol": PROTOCOL,
            "agent": {
                "entity_id": self.entity_id,
                "name": self.entry.title if state is None else state.name,
                "features": self.features,
            },
            "limits": {
                "ahead_ms": AHEAD_MS,
                "text": MAX_TEXT_CHARACTERS,
                "idle_s": self.entry.runtime_data.settings.idle_timeout,
                "talk_s": TALK_SECONDS,
            },
            "resume": {"path": self.resume_path, "seconds": RESUME_SECONDS},
            "conversation_id": self.call.public_id,
        }
