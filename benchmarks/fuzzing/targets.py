"""The targets: decoders, parsers and servers, which take an input step by step."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Final

from custom_components.playai.agent import AgentError, OutputFormat
from custom_components.playai.agent.audio import (
    Container,
    MulawConverter,
    RawEncoding,
    ReplyDecoder,
)
from custom_components.playai.agent.messages import MalformedMessageError, parse

from . import seeds
from .mutate import Mutator

SERVER_SECONDS: Final = 10.0
"""The server must answer a valid request within this time, after any other input."""

ANSWER_SECONDS: Final = 0.05
TEXT_FRAME: Final = b"\x81"


class Target(ABC):
    """One decoder, parser or server."""

    refusals: tuple[type[Exception], ...] = (AgentError,)
    """The errors that it may raise for invalid input; any other is a finding."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.mutator = Mutator(self.seeds(), random)

    @abstractmethod
    def seeds(self) -> Sequence[bytes]:
        """Return the real data to mutate."""

    @abstractmethod
    def steps(self, pieces: list[bytes]) -> Iterator[object]:
        """Take an input; each step is timed."""


class Reply(Target):
    """The decoder of replies in one format, fed with any format."""

    output_format = OutputFormat.RAW

    def seeds(self) -> Sequence[bytes]:
        """See `Target`."""
        return seeds.audio()

    def steps(self, pieces: list[bytes]) -> Iterator[object]:
        """See `Target`."""
        encoding = self.random.choice(list(RawEncoding))
        rate = self.random.choice((None, 16_000, 48_000))
        decoder = ReplyDecoder(self.output_format, 24_000, encoding, rate)
        for piece in pieces:
            yield from decoder.feed(piece)
        yield from decoder.flush()


class Microphone(Target):
    """The converter of microphone audio."""

    container = Container.WAV

    def seeds(self) -> Sequence[bytes]:
        """See `Target`."""
        return seeds.audio()

    def steps(self, pieces: list[bytes]) -> Iterator[object]:
        """See `Target`."""
        declared = (
            self.random.choice((8_000, 16_000, 44_100)),
            self.random.choice((8, 16, 24, 32)),
            self.random.choice((1, 2)),
        )
        converter = MulawConverter(self.container, *declared)
        for piece in pieces:
            # Home Assistant passes chunks of a few kilobytes at most.
            for start in range(0, len(piece), 4_096):
                yield converter.feed(piece[start : start + 4_096])
        yield converter.finish()


class Messages(Target):
    """The parser of the agent's messages."""

    refusals = (MalformedMessageError,)

    def seeds(self) -> Sequence[bytes]:
        """See `Target`."""
        return seeds.messages()

    def steps(self, pieces: list[bytes]) -> Iterator[object]:
        """See `Target`."""
        data = b"".join(pieces)
        yield parse(data)
        yield parse(data.decode(errors="replace"))


class Requests(Target):
    """HTTP requests to an agent server on loopback."""

    refusals = (ConnectionRefusedError,)
    port = 0

    def seeds(self) -> Sequence[bytes]:
        """See `Target`."""
        return seeds.requests()

    def steps(self, pieces: list[bytes]) -> Iterator[object]:
        """See `Target`."""
        with socket.create_connection(("127.0.0.1", self.port), SERVER_SECONDS) as connection:
            connection.settimeout(ANSWER_SECONDS)
            answer = b""
            with suppress(TimeoutError, ConnectionError):
                self.greet(connection)
                for piece in pieces:
                    connection.sendall(piece)
                answer = connection.recv(65_536)
        if not self.is_accepted(answer):
            raise ConnectionRefusedError
        yield answer

    def greet(self, connection: socket.socket) -> None:
        """Send the messages that precede the input."""

    def is_accepted(self, answer: bytes) -> bool:
        """Return whether the server accepted the input."""
        return answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 101 ", b"HTTP/1.0 200 "))

    def check(self) -> None:
        """Raise an error if the server no longer answers a valid request."""
        with socket.create_connection(("127.0.0.1", self.port), SERVER_SECONDS) as connection:
            connection.settimeout(SERVER_SECONDS)
            connection.sendall(seeds.requests()[1])
            if not connection.recv(1_024).startswith(b"HTTP/1.1 "):
                raise ConnectionError("no answer to a valid request")


class Frames(Requests):
    """WebSocket frames to the agent server."""

    handshake = seeds.HANDSHAKE

    def seeds(self) -> Sequence[bytes]:
        """See `Target`."""
        return seeds.frames()

    def greet(self, connection: socket.socket) -> None:
        """See `Requests`."""
        connection.sendall(self.handshake)
        connection.recv(65_536)

    def is_accepted(self, answer: bytes) -> bool:
        """See `Requests`."""
        return answer.startswith(TEXT_FRAME) and b'"error"' not in answer


class Link(Frames):
    """WebSocket frames of a client with a home link."""

    handshake = seeds.LINK_HANDSHAKE

    def seeds(self) -> Sequence[bytes]:
        """See `Target`."""
        return seeds.link_frames()


def make(name: str, random: Random, port: int) -> Target:
    """Create the target with a name in `NAMES`."""
    kind, _, detail = name.partition(":")
    target = _KINDS[kind](random)
    if isinstance(target, Reply):
        target.output_format = OutputFormat(detail)
    elif isinstance(target, Microphone):
        target.container = Container(detail)
    elif isinstance(target, Requests):
        target.port = port
    return target


_KINDS: Final[dict[str, type[Target]]] = {
    "reply": Reply,
    "microphone": Microphone,
    "messages": Messages,
    "requests": Requests,
    "frames": Frames,
    "link": Link,
}
NAMES: Final = (
    *(f"reply:{wanted.value}" for wanted in OutputFormat),
    *(f"microphone:{container.value}" for container in Container),
    "messages",
    "requests",
    "frames",
    "link",
)
SERVER_NAMES: Final = ("requests", "frames", "link")
