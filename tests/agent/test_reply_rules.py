"""A reply between decoder and listener, step by step, without a session or sockets."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from custom_components.playai.agent.audio import ReplyDecoder
from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.messages import OutputFormat
from custom_components.playai.agent.reply import Reply
from custom_components.playai.agent.settings import Timings
from custom_components.playai.agent.turn_taking.state import ReplyState

RATE = 16_000
SECOND = 2 * RATE
TIMINGS = Timings(silence_after=0.5, max_gap=3.0)


def now() -> float:
    return asyncio.get_running_loop().time()


class Owner:
    """A session that records the reply's calls, and keeps the state as turn-taking does."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def listener_expected(self, reply: Reply) -> None:
        self.calls.append(("expected", reply))

    def listener_came(self, reply: Reply) -> None:
        self.calls.append(("came", reply))
        reply.state.is_claimed = True
        reply.state.handed_at = reply.state.played_until = now()

    def audio_handed(self, reply: Reply, size: int, *, is_silence: bool) -> None:
        self.calls.append(("handed", reply, size, is_silence))
        state = reply.state
        state.handed_at = now()
        state.handed_seconds += state.seconds(size)
        state.played_until = max(state.played_until, now()) + state.seconds(size)

    def audio_heard(self, reply: Reply, seconds: float) -> None:
        self.calls.append(("heard", reply, seconds))
        reply.state.heard(seconds, now())

    def listener_left(self, reply: Reply) -> None:
        self.calls.append(("left", reply))

    def reply_dropped(self, reply: Reply) -> None:
        self.calls.append(("dropped", reply))


class Decoder:
    """A decoder that holds steps of audio back until the end."""

    def __init__(self, *held: bytes, rate: int | None = RATE) -> None:
        self.rate = rate
        self._held = held

    def flush(self) -> Iterator[bytes]:
        yield from self._held


def make_reply() -> tuple[Reply, Owner]:
    owner = Owner()
    return Reply(owner, ReplyState(rate=RATE), TIMINGS), owner


class Listener:
    """Listens in a task and notes each step with its time."""

    def __init__(self, reply: Reply) -> None:
        self.steps: list[tuple[float, bytes]] = []
        self._began = now()
        self.task = asyncio.create_task(self._listen(reply))

    async def _listen(self, reply: Reply) -> None:
        async for step in reply.stream():
            self.steps.append((round(now() - self._began, 6), step))

    @property
    def times(self) -> list[float]:
        return [when for when, _ in self.steps]


async def until(when: float, began: float) -> None:
    """Wait until a time on the clock of the test, and until all tasks have run."""
    await asyncio.sleep(began + when - now())


def complete(reply: Reply) -> None:
    reply.state.is_complete = True
    reply.changed()


# The properties of a reply.


async def test_properties_are_those_of_the_state() -> None:
    reply, _ = make_reply()
    state = reply.state
    assert reply.rate == RATE
    assert reply.response_time == 0
    assert (reply.error, reply.transcript) == (None, "")
    flags = lambda: (reply.is_complete, reply.is_over, reply.was_interrupted, reply.was_heard)  # noqa: E731
    assert flags() == (False, False, False, False)
    state.response_time = 1.5
    state.error = AgentError(ErrorKind.BAD_AUDIO)
    state.transcript.add("Good morning.")
    assert (reply.response_time, reply.error) == (1.5, state.error)
    assert reply.transcript == "Good morning."
    state.is_complete = True
    assert flags() == (True, False, False, False)
    state.is_over = True
    assert flags() == (True, True, False, False)
    state.was_interrupted = True
    assert flags() == (True, True, True, False)
    state.handed_seconds = 0.5
    assert flags() == (True, True, True, True)


async def test_owner_is_asked_for_a_listener_and_to_drop() -> None:
    reply, owner = make_reply()
    reply.expect_listener()
    assert owner.calls == [("expected", reply)]
    reply.drop()
    assert owner.calls[1:] == [("dropped", reply)]


# Words.


async def test_words_are_yielded_as_they_arrive() -> None:
    reply, _ = make_reply()
    heard: list[str] = []

    async def read() -> None:
        async for words in reply.words():
            heard.append(words)  # noqa: PERF401 (read while it grows)

    reply.state.transcript.add("It is")
    task = asyncio.create_task(read())
    await asyncio.sleep(1)
    assert heard == ["It is"]
    reply.changed()  # Nothing new.
    await asyncio.sleep(1)
    assert heard == ["It is"]
    reply.state.transcript.add("late.")
    reply.changed()
    await asyncio.sleep(1)
    assert heard == ["It is", " late."]
    reply.state.transcript.add("Good night.")
    complete(reply)
    await task
    assert heard == ["It is", " late.", " Good night."]


async def test_words_of_a_complete_reply() -> None:
    reply, _ = make_reply()
    reply.state.transcript.add("Yes.")
    complete(reply)
    assert [words async for words in reply.words()] == ["Yes."]
    assert [words async for words in reply.words()] == ["Yes."]


async def test_reply_without_words() -> None:
    reply, _ = make_reply()
    complete(reply)
    assert [words async for words in reply.words()] == []


# Audio.


async def test_audio_is_yielded_in_order_and_reported() -> None:
    reply, owner = make_reply()
    first, second = bytes([1]) * SECOND, bytes([2]) * 100
    reply.push(first)
    reply.push(second)
    complete(reply)
    assert [step async for step in reply.stream()] == [first, second]
    assert owner.calls == [
        ("came", reply),
        ("handed", reply, SECOND, False),
        ("handed", reply, 100, False),
        ("left", reply),
    ]


async def test_listener_gets_audio_when_it_arrives() -> None:
    reply, _ = make_reply()
    began = now()
    listener = Listener(reply)
    await until(0.25, began)
    assert listener.steps == []
    reply.push(b"ab")
    reply.changed()
    await until(0.3, began)
    assert listener.steps == [(0.25, b"ab")]
    complete(reply)
    await listener.task
    assert len(listener.steps) == 1


async def test_second_listener_is_refused() -> None:
    reply, owner = make_reply()
    reply.state.is_claimed = True
    with pytest.raises(RuntimeError, match="this reply has a listener"):
        await anext(reply.stream())
    assert owner.calls == []


async def test_interruption_ends_the_loop_with_audio_in_the_queue() -> None:
    reply, owner = make_reply()
    reply.push(b"ab")
    reply.push(b"cd")
    stream = reply.stream()
    assert await anext(stream) == b"ab"
    reply.state.was_interrupted = True
    assert [step async for step in stream] == []
    assert owner.calls[-1] == ("left", reply)


async def test_interruption_ends_the_wait_for_audio() -> None:
    reply, _ = make_reply()
    listener = Listener(reply)
    await asyncio.sleep(0.1)
    reply.state.was_interrupted = True
    reply.changed()
    await listener.task
    assert listener.steps == []


async def test_listener_that_leaves_is_reported() -> None:
    reply, owner = make_reply()
    reply.push(b"ab")
    stream = reply.stream()
    await anext(stream)
    assert owner.calls == [("came", reply), ("handed", reply, 2, False)]
    await stream.aclose()
    assert owner.calls[2:] == [("left", reply)]


async def test_dropped_queue_is_not_heard() -> None:
    reply, _ = make_reply()
    reply.push(b"ab")
    reply.drop_queue()
    reply.push(b"cd")
    complete(reply)
    assert [step async for step in reply.stream()] == [b"cd"]


# Silence in a pause.


async def test_silence_fills_a_pause_in_real_time() -> None:
    reply, owner = make_reply()
    began = now()
    listener = Listener(reply)
    await until(0.69, began)
    # Half a second after the player has run dry; then 40 ms each 40 ms.
    assert listener.times == [0.5, 0.54, 0.58, 0.62, 0.66]
    assert {step for _, step in listener.steps} == {bytes(1280)}
    assert owner.calls[-1] == ("handed", reply, 1280, True)
    reply.push(b"ab" * RATE)
    reply.changed()
    await until(2.15, began)
    assert len(listener.steps) == 6
    assert listener.steps[-1] == (0.69, b"ab" * RATE)
    # Half a second later again: the audio plays until 1.7 s, one after the first step of it.
    await until(2.3, began)
    assert listener.times[6:] == [2.2, 2.24, 2.28]
    complete(reply)
    await listener.task


async def test_player_with_much_audio_gets_a_little_silence() -> None:
    reply, _ = make_reply()
    reply.push(bytes([1]) * 10 * SECOND)
    began = now()
    listener = Listener(reply)
    await until(2.9, began)
    assert listener.times == [0]
    await until(3.1, began)
    assert listener.times == [0, 3]
    await until(6.1, began)
    assert listener.times == [0, 3, 6]
    complete(reply)
    await listener.task


async def test_silence_has_the_rate_of_the_reply() -> None:
    reply, _ = make_reply()
    reply.state.rate = 22_050
    assert await anext(reply.stream()) == bytes(1764)


# The decoder.


async def test_decoder_of_the_stream() -> None:
    reply, _ = make_reply()
    assert reply.decoder is None
    decoder = ReplyDecoder(OutputFormat.RAW, RATE)
    reply.begin_stream(decoder)
    assert reply.decoder is decoder
    reply.end_stream()
    assert reply.decoder is None


async def test_flush_yields_what_the_decoder_holds() -> None:
    reply, _ = make_reply()
    decoder: Any = Decoder(b"ab", b"", b"cd", rate=8_000)
    reply.begin_stream(decoder)
    assert list(reply.flush()) == [(b"ab", 8_000), (b"cd", 8_000)]
    assert reply.decoder is None
    assert list(reply.flush()) == []


async def test_flush_without_a_rate_yields_nothing() -> None:
    reply, _ = make_reply()
    decoder: Any = Decoder(b"ab", rate=None)
    reply.begin_stream(decoder)
    assert list(reply.flush()) == []


async def test_listener_that_knows_what_was_heard() -> None:
    reply, owner = make_reply()
    reply.push(bytes(2 * RATE))
    stream = reply.stream()
    await anext(stream)
    reply.heard(0.25)
    assert ("heard", reply, 0.25) in owner.calls
    assert 0.249 <= reply.heard_seconds <= 1
    await stream.aclose()


async def test_pauses_are_not_filled_for_a_player_that_can_wait() -> None:
    reply, _ = make_reply()
    stream = reply.stream(fills_pauses=False)
    step = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(3 * TIMINGS.silence_after)
    assert not step.done()
    reply.push(b"\1\0")
    reply.changed()
    assert await step == b"\1\0"
    await stream.aclose()
