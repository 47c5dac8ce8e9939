"""Waits for the entities that the Assist pipeline of an agent needs."""

from collections.abc import Callable

from homeassistant.const import Platform
from homeassistant.core import callback


class Engines:
    """Calls a function once, when Home Assistant has added the last engine."""

    def __init__(self) -> None:
        """Create it before the engines; speech-to-text and text-to-speech are added last."""
        self.on_added: Callable[[], None] = lambda: None
        self._awaited = {Platform.STT, Platform.TTS}

    @callback
    def async_added(self, platform: Platform) -> None:
        """Note that Home Assistant has added an engine."""
        if platform in self._awaited:  # It is added again when it is renamed.
            self._awaited.remove(platform)
            if not self._awaited:
                self.on_added()
