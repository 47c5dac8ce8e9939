"""The offer of a home to an agent over the home link, and its answers."""

import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

import orjson

__all__ = [
    "AgentFeatures",
    "AnswerEnd",
    "Delta",
    "Feature",
    "HomeHandler",
    "HomeOffer",
    "Patience",
    "Tool",
    "ToolResult",
    "check_language",
    "fit_phrases",
]

MAX_TOOLS: Final = 64
MAX_PHRASES: Final = 2_000
MAX_OFFER_BYTES: Final = 64 * 1024
"""The size of the tools together with the prompt, and of all phrases, as JSON."""

MAX_NAME: Final = 256
"""Bytes of the name of a tool."""

MAX_TEXT_BYTES: Final = 32 * 1024
"""The size of a text in a message."""

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}")


class Feature(StrEnum):
    """The features of a server over the home link."""

    SAY = "say"
    """Speak texts of the client with the agent's voice."""

    USER_TEXT = "userText"
    """Answer typed turns."""

    TOOLS = "tools"
    """Call the tools of the home."""

    TOOL_WORDS = "toolWords"
    """Speak texts of the client while a tool of the home runs."""

    PHRASES = "phrases"
    """Recognize the names of the home better."""

    PATIENCE = "patience"
    """Wait a shorter or longer time before ending the user's turn."""

    PLAYED = "played"
    """Remember only the part of an answer that the user has heard."""

    PARTIAL_TRANSCRIPTS = "partialTranscripts"
    """Send the words of a turn that may continue."""

    HOLD = "hold"
    """Listen as long as the user holds a button to talk."""


class Patience(StrEnum):
    """How long the agent waits for the end of the user's turn."""

    QUICK = "quick"
    NORMAL = "normal"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the home that the server may call."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the arguments."""


@dataclass(frozen=True, slots=True)
class HomeOffer:
    """The offer of a home to the server. Raises `ValueError` beyond the limits of the home link."""

    language: str
    answers: bool
    """Whether the home has a conversation agent that may be asked."""

    tools: tuple[Tool, ...] = ()
    prompt: str = ""
    phrases: tuple[str, ...] = field(default=(), repr=False)
    """Sentences that the home understands, with its names. See `fit_phrases`."""

    patience: str | None = None
    """A `Patience`; None for that of the agent's own settings."""

    partial_transcripts: bool = False
    """Whether the server is to send the user's words while they speak, see `UserSaid`."""
    hears_agent: bool = False
    """Whether the microphone hears the agent, because nothing has removed its echo."""

    def __post_init__(self) -> None:
        """Check the limits."""
        if len(self.tools) > MAX_TOOLS:
            raise ValueError(f"{len(self.tools)} tools, and {MAX_TOOLS} are allowed")
        if len(self.phrases) > MAX_PHRASES:
            raise ValueError(f"{len(self.phrases)} phrases, and {MAX_PHRASES} are allowed")
        if len({tool.name for tool in self.tools}) < len(self.tools):
            raise ValueError("two tools have the same name")
        if not all(0 < len(tool.name.encode(errors="replace")) <= MAX_NAME for tool in self.tools):
            raise ValueError("the name of a tool is empty or too long")
        if self.patience not in (None, *Patience):
            raise ValueError(f"the patience is none of {', '.join(Patience)}")
        check_language(self.language)
        for name, value in (
            ("tools and prompt", (self.tools, self.prompt)),
            ("phrases", self.phrases),
        ):
            try:
                size = len(orjson.dumps(value))
            except TypeError:  # Surrogates raise it, too.
                raise ValueError(f"the {name} cannot be written as JSON") from None
            if size > MAX_OFFER_BYTES:
                raise ValueError(f"{size} bytes of {name}, and {MAX_OFFER_BYTES} are allowed")


def check_language(language: str) -> None:
    """Raise `ValueError` for anything but a language tag."""
    if not _LANGUAGE.fullmatch(language):
        raise ValueError("the language is not a tag such as en or pt-BR")


def fit_phrases(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return the first distinct phrases that fit into an offer."""
    fitting: dict[str, None] = {}
    size = 2
    for phrase in phrases:
        if phrase in fitting:
            continue
        size += len(orjson.dumps(phrase)) + 1
        if size > MAX_OFFER_BYTES or len(fitting) == MAX_PHRASES:
            break
        fitting[phrase] = None
    return tuple(fitting)


@dataclass(frozen=True, slots=True)
class AgentFeatures:
    """The abilities of an agent, as its server reports them."""

    name: str
    languages: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    """Names of `Feature`, and of features that this version does not know."""

    health: str | None = None
    """The path of the server's health check, on the same host and port."""


@dataclass(frozen=True, slots=True)
class Delta:
    """The next words of the home's answer."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The home's answer is complete; the last value of `HomeHandler.answer`."""

    text: str | None = None
    """The whole answer if there were no deltas. With `not_understood`, an apology of the home,
    which the server speaks if it cannot answer itself."""

    continue_conversation: bool = False
    """Whether the home expects an answer from the user."""

    error: str | None = None
    """`not_understood` lets the server try its own brain; any other error fails the turn."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool."""

    data: Any
    """Anything that can be written as JSON."""

    is_error: bool = False


class HomeHandler(Protocol):
    """Answers for the home in one turn; passed to `Turn.wait_reply`.

    The calls run as tasks of the session, in a copy of the caller's context. They are cancelled
    when the user interrupts, when the turn ends, and by their limits. Exceptions are logged and
    sent as errors.
    """

    def answer(self, text: str) -> AsyncGenerator[Delta | AnswerEnd]:
        """Answer the user; yields the words as they come, and `AnswerEnd` last."""

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool of the offer. The arguments are not validated."""
