"""The pace of the frames, without a session and without sockets (rules 2 and 4)."""

import asyncio
from collections import deque
from typing import Any

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.messages import AudioIn, Hold
from custom_components.playai.agent.pacing import Sender

VOICE, SILENCE = b"voice", b"silence"


class Line:
    """A connection that accepts frames, and the frames to be sent."""

    def __init__(self, *frames: bytes | None) -> None:
        self.frames: deque[bytes | None] = deque(frames)
        self.holds: dict[int, Hold] = {}
        """The message to send before a frame, by the number of frames before it."""

        self.log: list[tuple[float, bytes | str]] = []
        self.delays: list[float] = []
        self.error: AgentError | None = None
        self.sender = Sender(self._next, self._next_hold, self._voice_sent)
        self._began = now()
        connection: Any = self
        self.task = asyncio.create_task(self.sender.run(connection))

    async def send(self, message: AudioIn | Hold) -> None:
        if self.error is not None:
            raise self.error
        if self.delays:
            await asyncio.sleep(self.delays.pop(0))
        self._note(message.data if isinstance(message, AudioIn) else str(message.is_held))

    @property
    def times(self) -> list[float]:
        return [when for when, what in self.log if isinstance(what, bytes)]

    @property
    def sent(self) -> list[bytes | str]:
        return [what for _, what in self.log]

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def _next(self) -> tuple[bytes | None, bool]:
        frame = self.frames.popleft() if self.frames else None
        return frame, frame == VOICE

    def _next_hold(self) -> Hold | None:
        return self.holds.pop(len(self.times), None)

    def _voice_sent(self) -> None:
        self._note("voice sent")

    def _note(self, what: bytes | str) -> None:
        self.log.append((round(now() - self._began, 6), what))


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_silence_is_sent_in_real_time() -> None:
    line = Line(*[SILENCE] * 4)
    await asyncio.sleep(1)
    assert line.times == [0, 0.04, 0.08, 0.12]
    assert line.sent == [SILENCE] * 4
    await line.stop()


async def test_backlog_is_sent_four_times_as_fast() -> None:
    line = Line(*[VOICE] * 3, SILENCE, SILENCE)
    await asyncio.sleep(1)
    assert line.times == [0, 0.01, 0.02, 0.03, 0.07]
    assert line.sent == [VOICE, "voice sent"] * 3 + [SILENCE] * 2
    await line.stop()


async def test_frame_is_sent_as_soon_as_there_is_one() -> None:
    line = Line(VOICE)
    await asyncio.sleep(0.5)
    line.frames += [VOICE, VOICE]
    await asyncio.sleep(0.5)
    assert line.times == [0]  # Nothing has woken the sender.
    line.sender.wake()
    await asyncio.sleep(0.5)
    # The time without a frame is not made up for.
    assert line.times == [0, 1, 1.01]
    line.frames.append(SILENCE)
    await asyncio.sleep(0.5)
    assert len(line.times) == 3
    line.sender.wake()
    await asyncio.sleep(0.5)
    assert line.times[3:] == [2]
    await line.stop()


async def test_button_is_sent_between_frames_and_takes_no_time() -> None:
    line = Line(VOICE, VOICE)
    line.holds = {1: Hold(is_held=True), 2: Hold(is_held=False)}
    await asyncio.sleep(1)
    assert line.sent == [VOICE, "voice sent", "True", VOICE, "voice sent", "False"]
    assert [when for when, _ in line.log] == [0, 0, 0.01, 0.01, 0.01, 0.02]
    line.holds = {2: Hold(is_held=True)}
    line.sender.wake()
    await asyncio.sleep(1)
    assert line.sent[-1] == "True"
    await line.stop()


async def test_wake_without_a_frame_waits_again() -> None:
    line = Line()
    line.sender.wake()
    await asyncio.sleep(1)
    assert line.log == []
    line.frames.append(VOICE)
    line.sender.wake()
    await asyncio.sleep(1)
    assert line.times == [1]
    await line.stop()


async def test_slow_connection_is_not_flooded_afterwards() -> None:
    line = Line(*[SILENCE] * 4)
    line.delays = [0.5, 0.03]
    await asyncio.sleep(2)
    # The second one was 30 ms late, and so are those after it.
    assert line.times == pytest.approx([0.5, 0.57, 0.61, 0.65])
    await line.stop()


async def test_error_of_the_connection_ends_it() -> None:
    line = Line(VOICE)
    line.error = AgentError(ErrorKind.CONNECTION_LOST)
    with pytest.raises(AgentError) as raised:
        await line.task
    assert raised.value is line.error
    assert line.log == []
