"""The settings of a conversation, its time limits, and the observed traits of a server."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .audio import RawEncoding
from .home import AgentFeatures
from .messages import SETUP_SAMPLE_RATE, OutputFormat

__all__ = [
    "DEFAULT_OUTPUT_FORMAT",
    "IDLE_TIMEOUT",
    "AgentSettings",
    "EndOfTurn",
    "ServerTraits",
    "Timings",
]

IDLE_TIMEOUT: Final = 60.0
DEFAULT_OUTPUT_FORMAT: Final = OutputFormat.WAV


class EndOfTurn(StrEnum):
    """Who detects the end of the user's turn."""

    AGENT = "agent"
    """The server, with its voice-activity messages."""

    HOME_ASSISTANT = "home_assistant"
    """The caller, by ending the stream of the microphone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """How to connect to one agent and how to talk to it."""

    url: str
    """ws:// or wss://; `{agent_id}` in it is replaced, else the id goes into the query."""

    api_key: str = field(repr=False)
    agent_id: str
    output_format: OutputFormat = DEFAULT_OUTPUT_FORMAT
    output_sample_rate: int = SETUP_SAMPLE_RATE
    """The requested rate in Hz; a header in the reply takes precedence."""

    raw_encoding: RawEncoding = RawEncoding.INT16
    """The samples of the format `raw`, which the protocol does not specify."""

    enable_vad: bool = True
    end_of_turn: EndOfTurn = EndOfTurn.AGENT
    wait_for_words: bool = False
    """Whether speech-to-text waits for the server's transcript of the user's words."""

    idle_timeout: float = IDLE_TIMEOUT
    """Seconds after which a conversation without a turn is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Every limit of a conversation, in seconds."""

    connect: float = 10.0
    """Name resolution, TCP, TLS and the WebSocket handshake."""

    accept: float = 2.0
    """The setup counts as accepted after this time without an error."""

    greeting: float = 2.0
    """An agent that greets starts within this time after the connection was opened."""

    may_continue: float = 0.8
    """The user may continue within this time after the end of speech."""

    transcript: float = 3.0
    """The wait for the user's transcript, where it is needed."""

    home_transcript: float = 10.0
    """The same with the home link, where the server always sends one, however busy it is."""

    no_end: float = 3.0
    """The wait for an end of speech after the microphone's stream has ended."""

    flush: float = 3.0
    """Silence after a cancelled turn if no end of speech follows."""

    silence: float = 5.0
    """The wait for an answer to a stream that may hold no speech, from an unknown server."""

    no_speech: float = 15.0
    """From the first audio sent to the first speech."""

    speech: float = 60.0
    """The longest turn of the user."""

    first_audio: float = 30.0
    """From the end of the user's turn to the first audio of the reply."""

    claim: float = 5.0
    """The next stage must claim a turn or a reply within this time. The server's calls wait for
    it."""

    features: float = 2.0
    """The wait for the server's features before a text is sent to it."""

    delta: float = 30.0
    """The wait for the first words of the home's answer, and for more of them."""

    tool: float = 15.0
    """The longest run of a tool of the home."""

    home_answer: float = 180.0
    """From the end of the user's turn to the first audio of the reply, while the home answers."""

    stale_reply: float = 10.0
    """The reply to a cancelled turn may still arrive within this time."""

    stream_end_grace: float = 0.3
    """A new stream may continue the reply within this time after `audioStreamEnd`."""

    quiet: float = 2.5
    """Quiet that ends a reply of a server that does not mark the end."""

    stall: float = 15.0
    """Quiet that ends a reply of a server that marks the end."""

    reply: float = 300.0
    """The longest reply."""

    silence_after: float = 0.5
    """A player that has had nothing to play for this long gets silence."""

    max_gap: float = 3.0
    """A player that still has audio gets a little silence after this time without a byte, because
    ESPHome's player gives up after 5 s."""

    first_retry: float = 1.0
    """The pause before the first attempt to reconnect; it doubles each time."""

    longest_retry: float = 10.0
    """The longest pause between attempts to reconnect."""

    error_grace: float = 1.0
    """A close within this time after an error belongs to the error."""

    last_words: float = 5.0
    """The wait for messages that the server sent before the connection broke."""


@dataclass(slots=True, kw_only=True)
class ServerTraits:
    """The observed behavior of a server, shared by its sessions. None: unknown."""

    greets: bool | None = None
    """Whether it speaks first on a new connection."""

    sends_voice_activity: bool | None = None
    """Whether it sends voice-activity messages on request."""

    marks_stream_end: bool | None = None
    """Whether it sends `audioStreamEnd`."""

    features: AgentFeatures | None = None
    """Its features over the home link."""

    def learn(self, others: ServerTraits) -> None:
        """Update the traits with those that are known in `others`, the result of a probe."""
        if others.greets is not None:
            self.greets = others.greets
        if others.sends_voice_activity is not None:
            self.sends_voice_activity = others.sends_voice_activity
        self.features = others.features
