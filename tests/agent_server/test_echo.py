"""The agent does not hear itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE as RATE
from agent_server.audio import Samples, mulaw_decode
from agent_server.conversation.agent_echo import AgentEcho
from agent_server.echo.reference import EchoReference
from agent_server.echo.track import Track
from agent_server.registry import Engines, extras

from .calling import SILENCE, Caller, link
from .serving import AGENT, KEY, make_engines, serving
from .test_dialogue import AE, RAW, SAID, S
from .test_played import VAD, played

SECOND = np.full(RATE, 0.5, np.float32)


def track_of(seconds: float) -> Track:
    """A track whose samples grow from 0 to 1."""
    track = Track()
    track.add(np.linspace(0, 1, round(seconds * RATE), dtype=np.float32))
    return track


class Gate:
    """Hears nothing while the loudspeaker plays."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def process(self, microphone: Samples, loudspeaker: Samples) -> Samples:
        assert microphone.shape == loudspeaker.shape
        self.sizes.append(microphone.size)
        return np.where(loudspeaker == 0, microphone, 0).astype(np.float32)


# The track and the reference.


def test_track_returns_what_was_added_and_forgets_it():
    track = Track()
    for level in (0.25, 0.5):
        track.add(np.full(100, level, np.float32))
    track.add(np.empty(0, np.float32))
    assert track.length == 200
    assert track.take(-10, 20) == pytest.approx([0] * 10 + [0.25] * 10, abs=1e-4)
    assert track.take(90, 20) == pytest.approx([0.25] * 10 + [0.5] * 10, abs=1e-4)
    assert track.take(190, 20) == pytest.approx([0.5] * 10 + [0] * 10, abs=1e-4)
    assert track.take(300, 2).tolist() == [0, 0]
    assert track.take(150, 1).tolist() == [0]


def test_nothing_is_played_before_the_client_reports():
    reference = EchoReference()
    reference.begin(track_of(1))
    reference.received = 640
    assert reference.take(640) is None


def position(reference: EchoReference, size: int = 640) -> float:
    """The position in a track of 10 s at which the next samples begin, in seconds."""
    taken = reference.take(size)
    assert taken is not None
    return float(taken[0]) * 10


def test_position_is_kept_in_the_time_of_the_microphone():
    reference, track = EchoReference(), track_of(10)
    reference.received = RATE
    reference.take(RATE - 640)
    reference.play(track, 2.0, is_stopped=False)
    # The last 0.04 s have arrived but were not taken yet, and the reference is 0.1 s early.
    assert position(reference) == pytest.approx(2.06, abs=0.002)
    reference.received += RATE
    assert position(reference) == pytest.approx(2.1, abs=0.002)


@pytest.mark.parametrize(
    ("reported", "expected"),
    [(2.95, 3.1), (3.05, 3.1), (2.85, 3.1), (3.5, 3.6), (2.0, 2.1)],
)
def test_small_deviations_change_nothing(reported: float, expected: float):
    reference, track = EchoReference(), track_of(10)
    reference.play(track, 2.0, is_stopped=False)
    reference.received = RATE
    reference.take(RATE)
    reference.play(track, reported, is_stopped=False)
    assert position(reference) == pytest.approx(expected, abs=0.002)


def test_next_track_begins_as_late_as_the_one_before():
    reference = EchoReference()
    first, second = track_of(10), track_of(10)
    reference.begin(first)
    reference.received = RATE
    reference.take(RATE)
    reference.play(first, 0.5, is_stopped=False)  # It began half a second after it was sent.
    reference.received = 2 * RATE
    reference.take(RATE)
    reference.begin(second)
    reference.received = 3 * RATE
    reference.take(RATE)
    assert position(reference) == pytest.approx(0.6, abs=0.002)


def test_client_that_has_stopped_plays_nothing():
    reference, track = EchoReference(), track_of(10)
    reference.play(track, 2.0, is_stopped=False)
    reference.received = 640
    reference.play(track, 2.04, is_stopped=True)
    taken = reference.take(1280)
    assert taken is not None
    assert taken[:640].all()
    assert not taken[640:].any()
    assert reference.take(RATE) is not None  # The room still reverberates.
    assert reference.take(RATE) is None


def test_client_that_was_told_to_stop_stops_soon():
    reference, track = EchoReference(), track_of(10)
    reference.play(track, 2.0, is_stopped=False)
    reference.stop(track_of(1))
    reference.stop(track)
    taken = reference.take(RATE)
    assert taken is not None
    assert taken[: RATE // 4].all()
    assert not taken[RATE // 2 :].any()


def test_nothing_is_played_after_the_end_of_a_track():
    reference = EchoReference()
    reference.play(track_of(0.5), 0.25, is_stopped=False)
    assert reference.take(2 * RATE) is not None
    assert reference.take(640) is None


# The echo in one conversation.


def hear(echo: AgentEcho, size: int) -> Samples:
    mulaw = bytes([0x10]) * size
    echo.received(size)
    return echo.hear(mulaw)()


def test_canceller_gets_whole_frames_and_nothing_is_lost():
    gate = Gate()
    echo = AgentEcho(lambda: gate)
    echo.is_wanted = True
    track = echo.new_track()
    assert track is not None
    assert hear(echo, 100).size == 100
    assert not echo.is_removed
    track.add(SECOND)
    echo.play(track, 0.0, is_stopped=False)
    sizes = [hear(echo, size).size for size in (100, 0, 100, 640, 7)]
    assert sizes == [0, 0, 160, 640, 0]
    assert gate.sizes == [160, 640]
    assert echo.is_removed
    echo.play(track, 0.0, is_stopped=True)
    hear(echo, 3 * RATE)
    assert sum(gate.sizes) + hear(echo, 10).size == 847 + 3 * RATE + 10


@pytest.mark.parametrize(("has_canceller", "is_wanted"), [(True, False), (False, True)])
def test_audio_is_unchanged_without_a_canceller_or_a_need(has_canceller: bool, is_wanted: bool):
    echo = AgentEcho(Gate if has_canceller else None)
    echo.is_wanted = is_wanted
    assert echo.new_track() is None
    echo.begin(None)
    echo.play(None, 1.0, is_stopped=False)
    echo.stop(None)
    assert (hear(echo, 640) == mulaw_decode(bytes([0x10]) * 640)).all()


def test_canceller_that_fails_is_not_used_again(caplog: pytest.LogCaptureFixture):
    calls = []

    class Broken:
        def process(self, microphone: Samples, loudspeaker: Samples) -> Samples:
            calls.append(microphone.size)
            raise RuntimeError

    echo = AgentEcho(Broken)
    echo.is_wanted = True
    track = echo.new_track()
    assert track is not None
    track.add(SECOND)
    echo.play(track, 0.0, is_stopped=False)
    for _ in range(2):
        assert (hear(echo, 640) == mulaw_decode(bytes([0x10]) * 640)).all()
    assert calls == [640]
    assert caplog.text.count("The echo canceller failed") == 1


def test_package_that_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "agent_server.echo.webrtc", None)
    assert extras.import_echo_canceller() is None


def test_webrtc_removes_what_the_loudspeaker_plays():
    pytest.importorskip("pywebrtc_audio", reason="the package is optional")
    from agent_server.echo.webrtc import WebRtcEchoCanceller  # noqa: PLC0415

    random = np.random.default_rng(3)
    played = random.normal(0, 0.1, 5 * RATE).astype(np.float32)
    heard = np.roll(played, RATE // 10) / 2
    canceller = WebRtcEchoCanceller()
    cleaned = np.concatenate(
        [
            canceller.process(heard[begin : begin + 640], played[begin : begin + 640])
            for begin in range(0, 5 * RATE, 640)
        ]
    )
    assert np.abs(cleaned[-RATE:]).mean() < np.abs(heard[-RATE:]).mean() / 10


# Over the wire.


def engines_with_gate() -> Engines:
    return replace(make_engines(lambda _: "word " * 40), echo_canceller=Gate)


async def echo_of_the_agent(caller: Caller, **offer: Any) -> None:
    """Report a position in the agent's reply, then let the microphone hear a sound."""
    await caller.send({"type": "home", "language": "en", "answers": False, **offer})
    await caller.say(0x10)
    await caller.wait(AE)
    await played(caller, 1000)
    await caller.say(0x20)


async def test_agent_does_not_hear_itself():
    async with serving(engines_with_gate()) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        assert "hearsAgent" in caller.of("agent")[0]["features"]
        await echo_of_the_agent(caller, hearsAgent=True)
        # The user stops the agent, and can be heard.
        await played(caller, 2600, isStopped=True)
        await caller.play(bytes([SILENCE]) * 2 * RATE)
        await caller.say(0x11)
        await caller.wait(SAID, 2)
        assert [each["message"] for each in caller.of(SAID)] == ["w10", "w11"]
        assert len(caller.of(S)) == 2


async def test_client_that_cancels_echo_is_heard_as_it_is():
    async with serving(engines_with_gate()) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await echo_of_the_agent(caller)
        await caller.wait("onAgentInterrupted")


async def test_agent_without_a_canceller():
    engines = make_engines(lambda _: "word " * 40)
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        assert "hearsAgent" not in caller.of("agent")[0]["features"]
        await echo_of_the_agent(caller, hearsAgent=True)
        await caller.wait("onAgentInterrupted")


async def test_invalid_flag():
    async with serving() as (_, url), link(url, AGENT, KEY, **RAW) as caller:
        await caller.send({"type": "home", "language": "en", "answers": True, "hearsAgent": "yes"})
        assert (await caller.wait("error"))["code"] == 4400
