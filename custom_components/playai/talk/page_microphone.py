"""The microphone of a page, as the agent hears it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant

from ..agent.audio import SILENCE
from ..last_speech import LastSpeech
from .limits import STALLED_SECONDS
from .talk_button import TalkButton

if TYPE_CHECKING:
    from .call import Call

TICK_SECONDS: Final = 0.1
BYTES_PER_TICK: Final = round(16_000 * TICK_SECONDS)


class PageMicrophone:
    """The audio of a page, or silence in its place."""

    def __init__(self, hass: HomeAssistant, call: Call) -> None:
        """The agent of `call` gets µ-law in real time."""
        self.is_muted = False
        self.has_button = False
        """Whether the user holds a button to talk."""

        self.last_speech = LastSpeech()
        self._clock = hass.loop.time
        self._call = call
        self._button: Final = TalkButton()
        self._heard_at = self._clock()

    def hold(self, *, is_held: bool) -> None:
        """Hold or release the button."""
        self._button.press(is_held=is_held)
        self._call.hold(is_held=is_held)

    def push(self, mulaw: bytes) -> None:
        """Take audio of the page."""
        self._heard_at = self._clock()
        if self.is_muted:
            mulaw = bytes([SILENCE]) * len(mulaw)
        elif self.has_button:
            was_held = self._button.is_held
            mulaw = self._button.hear(mulaw, is_known=self._call.knows_button)
            if was_held and not self._button.is_held:
                self._call.hold(is_held=False)
        self.last_speech.push(mulaw, self._heard_at)
        self._call.hear(mulaw)

    async def keep_time(self, on_tick: Callable[[], bool]) -> None:
        """Let the agent hear silence while the page sends nothing: it measures time with audio.

        `on_tick` returns whether the page is there.
        """
        silence = bytes([SILENCE]) * BYTES_PER_TICK
        due = self._clock()
        while True:
            due += TICK_SECONDS
            await asyncio.sleep(due - self._clock())
            is_stalled = self._clock() - self._heard_at > STALLED_SECONDS
            # Silence would end the turn of a user who still holds the button.
            if not on_tick() or (is_stalled and not self._button.is_held):
                self._call.hear(silence)
