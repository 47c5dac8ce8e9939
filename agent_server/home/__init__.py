"""The home of the user: it can answer, has tools, and lets the agent speak its texts."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..errors import EngineError


class HomeError(EngineError):
    """The home failed, or did not answer in time."""


class NotUnderstoodError(HomeError):
    """The home does not understand the user's words, and has done nothing."""

    def __init__(self, words: str = "") -> None:
        """`words` are the home's own for this, if it has any."""
        super().__init__("the home does not understand the words")
        self.words = words


type Patience = Literal["quick", "normal", "patient"]
"""How long a pause of the user may be."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the home."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of the arguments."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool."""

    data: Any
    is_error: bool


@dataclass(frozen=True, slots=True)
class HomeOffer:
    """The offer of a home: its answers, tools and sentences."""

    language: str
    answers: bool
    """Whether it may be asked for answers."""

    tools: Sequence[Tool] = ()
    prompt: str = ""
    """Instructions for a language model that uses the tools."""

    phrases: Sequence[str] = ()
    """Sentences that the home understands, to recognize them better. Never show or log them."""

    patience: Patience | None = None
    """How soon the agent answers after a pause; None: as configured."""

    hears_agent: bool = False
    """Whether the microphone hears the agent's voice, and nothing has removed it."""

    partial_transcripts: bool = False
    """Whether it wants the words of a turn that may continue."""


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """The next words of an answer, or words that the agent speaks before the result of a tool."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """An answer is complete, or has failed."""

    id: str
    text: str | None = None
    """The whole answer if there were no deltas, or the home's words for not having understood."""

    error: str | None = None


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool call has ended."""

    id: str
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Say:
    """A text for the agent to speak."""

    text: str
    language: str | None = None
    is_final: bool = True
    """Whether the text is complete; otherwise another one continues it."""


@dataclass(frozen=True, slots=True)
class UserText:
    """A typed turn of the user."""

    text: str


@dataclass(frozen=True, slots=True)
class Handled:
    """The home has answered the turn itself."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The user holds a button to talk, or has released it."""

    is_held: bool


@dataclass(frozen=True, slots=True)
class Played:
    """How much of the agent's audio the user has heard."""

    stream: int
    """The number of the stream in the connection; the first one is 1."""

    seconds: float
    is_stopped: bool = False
    """Whether nothing more of it is played."""


type Reply = AnswerDelta | AnswerEnd | ToolReturned
"""Replies of a home to an `ask` or a tool call."""

type Request = Say | UserText | Handled
"""Requests of a home to the agent."""

type FromHome = HomeOffer | Reply | Request | Played | Hold


class Home(Protocol):
    """The home as one turn may use it."""

    @property
    def answers(self) -> bool:
        """Whether it may be asked for answers."""

    @property
    def tools(self) -> Sequence[Tool]:
        """The tools that may be called."""

    @property
    def prompt(self) -> str:
        """Instructions for a language model that uses the tools."""

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        on_words: Callable[[str], None] = lambda _: None,
    ) -> ToolResult:
        """Call a tool once the user has certainly finished; raises `HomeError`.

        `on_words` is called with the words that the home wants spoken before the result.
        """

    def converse(self, text: str) -> AsyncGenerator[str]:
        """Ask once the user has certainly finished, and yield the answer as it comes.

        Close the generator to stop the answer. Raises `NotUnderstoodError` before the first
        piece, and `HomeError`.
        """
