"""What a conversation goes by: the user's settings and what was learnt of the server."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .audio import RawEncoding
from .messages import SETUP_SAMPLE_RATE, OutputFormat

IDLE_TIMEOUT: Final = 60.0


class EndOfTurn(StrEnum):
    """Who finds the end of the user's turn."""

    AGENT = "agent"
    """The server, by its voice-activity messages."""

    HOME_ASSISTANT = "home_assistant"
    """Whoever feeds the microphone, by ending its stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """How to reach one agent and how to talk with it."""

    url: str
    """ws:// or wss://; `{agent_id}` in it is replaced, else the id goes into the query."""

    api_key: str = field(repr=False)
    agent_id: str
    output_format: OutputFormat = OutputFormat.WAV
    output_sample_rate: int = SETUP_SAMPLE_RATE
    """In Hz, a wish: the reply's own header tells the truth."""

    raw_encoding: RawEncoding = RawEncoding.INT16
    """What samples the format `raw` holds; the document does not say."""

    enable_vad: bool = True
    end_of_turn: EndOfTurn = EndOfTurn.AGENT
    wait_for_words: bool = False
    """Whether speech-to-text waits for the server's transcript of the user's words."""

    idle_timeout: float = IDLE_TIMEOUT
    """Seconds after which a conversation without a turn is closed."""


@dataclass(slots=True, kw_only=True)
class ServerTraits:
    """What was learnt of a server; shared by its sessions. None: not known yet."""

    greets: bool | None = None
    """Whether it speaks first on a new connection."""

    sends_voice_activity: bool | None = None
    """Whether it sends the voice-activity messages that it was asked for."""

    marks_stream_end: bool | None = None
    """Whether it sends `audioStreamEnd`."""

    def learn(self, others: ServerTraits) -> None:
        """Take over what is known in `others`, the traits of a probe."""
        if others.greets is not None:
            self.greets = others.greets
        if others.sends_voice_activity is not None:
            self.sends_voice_activity = others.sends_voice_activity
