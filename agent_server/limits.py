"""Limits on the resources of one client, and on how long anything may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds."""

    setup: float = 10.0
    """From the WebSocket handshake to the setup message."""

    write: float = 10.0
    """A client that reads nothing for this long is dropped."""

    close: float = 0.5
    """The closing handshake; then the connection is cut."""

    heartbeat: float = 20.0
    """Between pings; a client that does not answer one within half of it is dropped."""

    control_frames: float = 20.0
    """Pings and pongs at once; then one each `control_interval`."""

    control_interval: float = 1.0

    message: int = 2 * 1024 * 1024
    """Bytes of a message: a minute of audio in one message fits."""

    header: float = 5.0
    """From the opening of a connection to the end of its HTTP request."""

    authentication: float = 20.0
    """From the opening of a connection to a setup message with a valid key, at most."""

    unauthenticated_bytes: int = 65_536
    """Read from a connection before its key is verified."""

    unauthenticated: int = 128
    """Connections without a verified key. A further one replaces the oldest of the address that has
    the most."""

    unauthenticated_per_address: int = 64
    """Connections without a verified key from one address. Clients behind a proxy share one."""

    backlog: float = 75.0
    """Seconds of audio ahead of real time: one minute, and some tolerance for other clocks."""

    drain: float = 1.02
    """Factor of real time at which a backlog shrinks: no client's clock is exact."""

    message_audio: float = 0.01
    """The least audio in seconds that a message counts as, so that empty messages count."""

    idle: float = 30.0
    """A conversation that is idle for this long may lose its place to a new one."""

    longest_idle: float = 600.0
    """A conversation that is idle for this long ends."""

    bad_messages: int = 50
    """Invalid messages in one conversation; the next one ends it."""

    engine: float = 30.0
    """One step of an engine: transcription, a piece of speech."""

    brain: float = 60.0
    """A piece of an answer. The brain may wait for the home first, and then answer itself."""

    stop: float = 10.0
    """The wait for a brain and a voice to stop after an interruption, before the next answer."""

    home_answer: float = 30.0
    """From an ask to the first words of the home, and between two parts of its answer."""

    home_tool: float = 15.0
    """A tool call of the home."""

    home_text: int = 65_536
    """Characters of the home that may wait to be spoken; the rest of an answer is dropped."""

    home_requests: int = 16
    """Typed turns and turns answered by the home that may wait."""

    home_messages: float = 10_000.0
    """Messages of the home at once; each 4 KB of a message counts as one more."""

    home_rate: float = 200.0
    """Messages of the home per second after that."""

    take_back: float = 1.5
    """An answer that the user interrupts sooner than this was given too early: it is withdrawn."""

    reply: float = 300.0
    """Audio of one reply."""

    last_turns: float = 30.0
    """The wait for running turns to end when the server is asked to stop."""

    turn_gap: float = 1.0
    """When the server stops, a turn counts as over after this long without speech: a message of
    the home may continue it."""
