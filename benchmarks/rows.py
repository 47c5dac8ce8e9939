"""The performance goals, and the rows and steps of the tables."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks import sessions
from benchmarks.chain import Measured
from benchmarks.tap import Wire
from tests.harness.spoken_turn import SpokenTurn

WIRE_TO_URL: Final = 5
"""Median in milliseconds."""

CHUNK_TO_WIRE: Final = 45
"""Maximum in milliseconds."""

SHARE_OF_WYOMING: Final = 0.55
CPU: Final = 5
"""Milliseconds per live second."""

SESSIONS: Final = 100
IDLE: Final = 256
"""Kilobytes."""

LATE: Final = 100
"""Milliseconds by which audio in real time may be late."""

_FRAME_CHUNKS: Final = 2
"""Chunks of the microphone, 20 ms each, in a frame of 40 ms."""


@dataclass(frozen=True, slots=True)
class Row:
    """A goal and the measured value."""

    what: str
    goal: str
    measured: str
    is_reached: bool


def of_chain(measured: Measured) -> Iterator[Row]:
    """Yield the rows of turns through Home Assistant."""
    for name, turns in measured.turns.items():
        players: tuple[tuple[str, Callable[[SpokenTurn], float]], ...] = (
            ("that waits at the URL", lambda turn: turn.waited_byte),
            ("that asks when it is told to", lambda turn: turn.first_byte),
        )
        for player, byte in players:
            waits = [byte(turn) - came(wire, "audioStream") for turn, wire in turns.ours]
            yield Row(
                f"agent's first audio on the wire → first byte for a player {player}, {name}",
                f"≤ {WIRE_TO_URL} ms, median",
                _spread(waits),
                statistics.median(waits) * 1000 <= WIRE_TO_URL,
            )
    ours = [pair for turns in measured.turns.values() for pair in turns.ours]
    for place, chunk in (("last", _FRAME_CHUNKS - 1), ("first", 0)):
        waits = [wait for turn, wire in ours for wait in _frame_waits(turn, wire, chunk)]
        yield Row(
            f"microphone chunk → frame on the wire, from the frame's {place} chunk",
            f"≤ {CHUNK_TO_WIRE} ms",
            _spread(waits),
            max(waits) * 1000 <= CHUNK_TO_WIRE,
        )
    for name, turns in measured.turns.items():
        mine = statistics.median(turn.first_audio - turn.speech_ended for turn, _ in turns.ours)
        other = statistics.median(turn.first_audio - turn.speech_ended for turn in turns.wyoming)
        yield Row(
            f"end of speech → first audio of the answer, playai to `wyoming`, {name}",
            f"≤ {SHARE_OF_WYOMING} of it",
            f"{mine * 1000:.0f} to {other * 1000:.0f} ms: {mine / other:.2f}",
            mine / other <= SHARE_OF_WYOMING,
        )


def of_sessions(one: sessions.Row, many: sessions.Row) -> Iterator[Row]:
    """Yield the rows of the library without Home Assistant: one session, and many at once."""
    yield Row(
        f"CPU per live second of one conversation, of {many.sessions} (alone)",
        f"≤ {CPU} ms",
        f"{many.cpu:.1f} ms ({one.cpu:.1f}, {one.clock:.1f} of it the benchmark's clock)",
        many.cpu <= CPU,
    )
    lost, late = many.lost * 1000, many.late * 1000
    yield Row(
        "live conversations on one core in real time",
        f"≥ {SESSIONS}",
        f"{many.sessions}: {lost:.0f} ms lost, {late:.0f} ms late at most",
        many.sessions >= SESSIONS and lost <= 0 and late <= LATE,
    )
    idle, resident = many.idle / 1024, many.resident / 1024
    yield Row(
        "memory per idle session (with what the C library keeps)",
        f"≤ {IDLE} KB",
        f"{idle:.0f} KB ({resident:.0f})",
        idle <= IDLE,
    )


def came(wire: Wire, kind: str) -> float:
    """Return when the agent's first message of a type passed the tap."""
    return next(message.at for message in wire if message.from_agent and message.kind == kind)


def _frame_waits(turn: SpokenTurn, wire: Wire, chunk: int) -> list[float]:
    """Return the seconds from one chunk of each frame to the frame, while the user spoke."""
    end = came(wire, "voiceActivityEnd")
    frames = [m.at for m in wire if m.kind == "audioIn" and not m.from_agent and m.at < end]
    sent = turn.chunk_sent[chunk::_FRAME_CHUNKS]
    return [at - begin for at, begin in zip(frames, sent, strict=False)]


def _spread(seconds: Sequence[float]) -> str:
    """Return the median, the 95th percentile and the maximum, in ms."""
    rest = sorted(seconds)
    high = rest[min(len(rest) - 1, round(0.95 * len(rest)))]
    median = statistics.median(rest) * 1000
    return f"{median:.1f} ms (p95 {high * 1000:.1f}, max {rest[-1] * 1000:.1f})"


type Step = tuple[str, Callable[[SpokenTurn, Wire], float]]
"""A description, and a function that returns the time."""

OUR_STEPS: Final[list[Step]] = [
    ("agent: the pause was long enough (E)", lambda _, wire: came(wire, "voiceActivityEnd")),
    ("agent: the user's words", lambda _, wire: came(wire, "onUserTranscript")),
    ("agent: the reply begins (N)", lambda _, wire: came(wire, "newAudioStream")),
    ("agent: first audio", lambda _, wire: came(wire, "audioStream")),
    ("Home Assistant: speech-to-text done", lambda turn, _: turn.turn_ended),
    ("player: asks for the URL", lambda turn, _: turn.url_asked),
    ("player: first byte", lambda turn, _: turn.first_byte),
    ("player: first audio", lambda turn, _: turn.first_audio),
]
"""Of a turn with the agent, whose messages are timed at the tap."""

WYOMING_STEPS: Final[list[Step]] = [
    (
        "Home Assistant's detector: end of the turn",
        lambda turn, _: turn.event_arrived["stt-vad-end"],
    ),
    ("Home Assistant: speech-to-text done", lambda turn, _: turn.turn_ended),
    ("Home Assistant: answer known", lambda turn, _: turn.event_arrived["intent-end"]),
    ("player: asks for the URL", lambda turn, _: turn.url_asked),
    ("player: first byte", lambda turn, _: turn.first_byte),
    ("player: first audio", lambda turn, _: turn.first_audio),
]


def times(turns: Sequence[tuple[SpokenTurn, Wire]], steps: Sequence[Step]) -> list[float]:
    """Return the median time of each step, in ms after the end of speech."""
    return [
        statistics.median((when(turn, wire) - turn.speech_ended) * 1000 for turn, wire in turns)
        for _, when in steps
    ]
