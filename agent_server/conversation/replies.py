"""Creates the replies of one conversation, and numbers their streams of audio."""

from collections.abc import Callable
from functools import partial

from ..audio import Encoder
from ..echo.track import Track
from ..limits import Limits
from ..tts import TextToSpeech
from ..workers import Threads
from . import Emit
from .agent_echo import AgentEcho
from .reply import Reply


class Replies:
    """Creates replies with the voice and encoder of one conversation."""

    def __init__(
        self,
        emit: Emit,
        tts: TextToSpeech,
        threads: Threads,
        limits: Limits,
        *,
        new_encoder: Callable[[int], Encoder],
        echo: AgentEcho,
    ) -> None:
        self._emit = emit
        self._tts = tts
        self._threads = threads
        self._limits = limits
        self._new_encoder = new_encoder
        self._echo = echo
        self.streams = 0
        """The number of streams of audio that have begun."""

    def create(self, language: str) -> Reply:
        """Return a new reply in a language."""
        track = self._echo.new_track()
        return Reply(
            self._emit,
            self._tts,
            self._threads,
            language=language,
            limits=self._limits,
            new_encoder=self._new_encoder,
            next_stream=partial(self._next_stream, track),
            track=track,
        )

    def _next_stream(self, track: Track | None) -> int:
        self.streams += 1
        self._echo.begin(track)
        return self.streams
