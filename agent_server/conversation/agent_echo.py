"""Removes the echo of the agent's voice in one conversation, if the client does not."""

import logging
from collections.abc import Callable
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Samples, mulaw_decode
from ..echo import EchoCanceller, EchoCancellerFactory
from ..echo.reference import EchoReference
from ..echo.track import Track

_LOGGER = logging.getLogger(__name__)

_FRAME: Final = INPUT_RATE // 100
"""A canceller takes multiples of this many samples."""


class AgentEcho:
    """Converts the user's audio to samples, and removes the agent's voice from it.

    It removes the voice while the client reports its playback, and only if the home says that the
    microphone hears the agent. All methods belong to the event loop, but the function that `hear`
    returns may run in a thread.
    """

    def __init__(self, new_canceller: EchoCancellerFactory | None) -> None:
        """Without `new_canceller`, nothing is removed."""
        self._new_canceller = new_canceller
        self._canceller: EchoCanceller | None = None
        self._reference = EchoReference()
        self._rest = np.empty((2, 0), np.float32)
        """Samples of the microphone and of the loudspeaker that do not fill a frame yet."""

        self.is_wanted = False
        """Whether the microphone hears the agent."""

        self.is_removed = False
        """Whether the agent's voice is removed from the latest audio."""

    @property
    def _is_on(self) -> bool:
        return self.is_wanted and self._new_canceller is not None

    def new_track(self) -> Track | None:
        """Return a track for the audio of a reply, if there is a use for it."""
        return Track() if self._is_on else None

    def received(self, samples: int) -> None:
        """Note that audio of the user has arrived, which `hear` will get."""
        self._reference.received += samples

    def begin(self, track: Track | None) -> None:
        """Note that the first audio of a track is sent."""
        if track is not None:
            self._reference.begin(track)

    def play(self, track: Track | None, seconds: float, *, is_stopped: bool) -> None:
        """Record a position that the client reports."""
        if track is not None:
            self._reference.play(track, seconds, is_stopped=is_stopped)

    def stop(self, track: Track | None) -> None:
        """Note that the client is asked to stop playing."""
        if track is not None:
            self._reference.stop(track)

    def hear(self, mulaw: bytes) -> Callable[[], Samples]:
        """Return a function that converts the next audio of the user."""
        played = self._reference.take(len(mulaw))
        self.is_removed = played is not None and self._is_on
        if played is None or not self._is_on:
            return lambda: self._flush(mulaw_decode(mulaw))
        return lambda: self._clean(mulaw_decode(mulaw), played)

    def _flush(self, samples: Samples) -> Samples:
        rest: Samples = self._rest[0]
        self._rest = self._rest[:, :0]
        return np.concatenate([rest, samples]) if rest.size else samples

    def _clean(self, microphone: Samples, loudspeaker: Samples) -> Samples:
        both = np.concatenate([self._rest, np.stack([microphone, loudspeaker])], axis=1)
        size = both.shape[1] // _FRAME * _FRAME
        self._rest = both[:, size:]
        heard: Samples = both[0, :size]
        try:
            if self._canceller is None and self._new_canceller is not None:
                self._canceller = self._new_canceller()
            if self._canceller is not None and size:
                return self._canceller.process(heard, both[1, :size])
        except Exception:
            # Without it, the user can still be heard.
            _LOGGER.exception("The echo canceller failed, and is not used any more")
            self._new_canceller = self._canceller = None
        return heard
