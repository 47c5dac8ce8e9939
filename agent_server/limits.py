"""How much of everything one client may have, and how long anything may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds."""

    setup: float = 10.0
    """From the opening of a connection to its setup message."""

    write: float = 10.0
    """A client that takes nothing for so long is dropped."""

    close: float = 0.5
    """For the closing handshake; then the connection is cut."""

    heartbeat: float = 20.0
    """Between pings; a client that does not answer one within half of it is dropped."""

    control_frames: float = 20.0
    """Pings and pongs at once; then one each `control_interval`."""

    control_interval: float = 1.0

    message: int = 2 * 1024 * 1024
    """Bytes of a message: a minute of audio in one message fits."""

    header: float = 5.0
    """From the opening of a connection to the end of its HTTP request."""

    stranger: float = 20.0
    """From the opening of a connection to a setup message with a valid key, in any case."""

    stranger_bytes: int = 65_536
    """Read from a connection before its key is known to be valid."""

    waiting: int = 128
    """Connections whose key is not known to be valid yet; a further one replaces the oldest."""

    waiting_per_address: int = 64
    """Of these, from one address; those behind a proxy share its address."""

    backlog: float = 75.0
    """Audio ahead of real time: a minute is taken, the rest is for clocks that differ."""

    drain: float = 1.02
    """How much faster than real time a backlog shrinks: no client's clock is exact."""

    message_audio: float = 0.01
    """Each message counts as so much audio at least: a flood of empty ones is a flood, too."""

    idle: float = 30.0
    """A conversation without audio for so long gives its place to a new one."""

    longest_idle: float = 600.0
    """A conversation without audio for so long ends."""

    bad_messages: int = 50
    """In one conversation; the next one ends it."""

    engine: float = 30.0
    """One step of an engine: an utterance heard, a piece of an answer, a piece of speech."""

    reply: float = 300.0
    """Audio of one reply."""
