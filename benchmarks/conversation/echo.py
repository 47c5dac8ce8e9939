"""The agent's voice in the user's microphone: a loudspeaker in the same room."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
import numpy as np

from agent_server.audio import INPUT_RATE as RATE

from .call import FRAME, Call, call
from .clips import Audio, Clip
from .scenes import clean, spoken
from .serve import STORYTELLER
from .settings import Setting
from .speaking import Sound, level

DELAYS: Final = (0.04, 0.1, 0.2)
QUIETER: Final = (6.0, 12.0, 20.0)
"""Seconds from the player to the microphone, and dB below the user."""

REPLY: Final = 23.0
"""Seconds of the answer."""

_REVERBERATION: Final = 0.25
_REVERBERANT: Final = 0.08
"""Level of the room's first reflections, relative to the direct sound."""

_PRIMING: Final = 3
"""Frames from the first audio of a reply to the sound of the player."""

_REPORTED: Final = 6
"""Frames from one report to the next: four a second."""

_VOICE: Final = 0.074
"""Level of the agent's loud parts, from 0 to 1."""

_NOISE: Final = 3e-4
_LISTENED: Final = 6.0
_AFTER: Final = 3.0


@dataclass(frozen=True)
class Room:
    """How the microphone hears the loudspeaker."""

    delay: float
    quieter: float

    def response(self) -> Audio:
        """Return the impulse response, with a level of 1."""
        random = np.random.default_rng(1)
        times = np.arange(round(_REVERBERATION * RATE)) / RATE
        room = random.normal(0, _REVERBERANT, times.size) * 10 ** (-3 * times / _REVERBERATION)
        room[0] = 1
        heard = np.concatenate([np.zeros(round(self.delay * RATE)), room])
        response: Audio = (heard / np.sqrt(np.square(room).sum())).astype(np.float32)
        return response


@dataclass(frozen=True)
class Echoed:
    """The agent's behavior in one scene."""

    room: Room
    is_removed: bool
    """Whether the client reports its playback, so that the agent can remove the echo."""

    starts: int
    """Turns that began although nobody spoke, until the answer was over."""

    sound: Sound | None = None
    after: float | None = None
    """Seconds from the onset of the user's voice to the message that stops the answer."""


class _Speaker:
    """Plays the agent's audio as a page does, and lets the microphone hear it."""

    def __init__(self, talk: Call, room: Room, gain: float, *, is_reported: bool) -> None:
        self._talk = talk
        self._response = room.response() * np.float32(gain)
        self._is_reported = is_reported
        self._queue = np.empty(0, np.float32)
        self._sound = np.zeros(self._response.size + FRAME - 1, np.float32)
        self._stream = self._played = self._wait = 0
        self._is_told = True
        talk.on_audio = self._hear
        talk.on_stop = self._stop

    def _hear(self, pcm: bytes, begins: bool) -> None:
        if begins:
            self._stream += 1
            self._queue = self._queue[:0]
            self._played, self._wait, self._is_told = 0, _PRIMING, False
        self._queue = np.concatenate([self._queue, np.frombuffer(pcm, "<i2") / np.float32(32768)])

    def _stop(self) -> None:
        if self._queue.size:
            self._queue = self._queue[:0]
            self._is_told = False

    async def frame(self, user: Audio) -> None:
        """Play and send one frame of the microphone."""
        size = 0
        if self._wait:
            self._wait -= 1
        else:
            size = min(FRAME, self._queue.size)
        played = np.zeros(FRAME, np.float32)
        played[:size], self._queue = self._queue[:size], self._queue[size:]
        self._sound = np.concatenate([self._sound[FRAME:], played])
        heard = np.convolve(self._sound, self._response, "valid")
        await self._talk.play(np.clip(user + heard, -1, 1).astype(np.float32))
        before, self._played = self._played, self._played + size
        is_due = size and (not before or before // FRAME % _REPORTED == 0)
        is_stopped = not self._queue.size
        if self._is_reported and (is_due or (is_stopped and before and not self._is_told)):
            self._is_told = self._is_told or is_stopped
            await self._talk.send(
                {
                    "type": "played",
                    "stream": self._stream,
                    "ms": round(1000 * self._played / RATE),
                    "isStopped": is_stopped,
                }
            )


async def echo_all(
    http: aiohttp.ClientSession, url: str, question: Clip, clips: Sequence[Clip], setting: Setting
) -> list[Echoed]:
    """Let the agent hear itself, alone and with somebody who interrupts it, two at once."""
    places = asyncio.Semaphore(2)

    async def scene(room: Room, sound: Sound | None, *, is_removed: bool) -> Echoed:
        async with places, call(http, url, STORYTELLER, setting) as talk:
            return await _scene(talk, question, room, sound, is_removed=is_removed)

    rooms = [Room(delay, quieter) for delay in DELAYS for quieter in QUIETER]
    sounds = [Sound("interruption", clip.name, spoken(clip)) for clip in clips]
    spoken_over = [(rooms[n % len(rooms)], sound) for n, sound in enumerate(sounds)]
    scenes = [*((room, None) for room in rooms), *spoken_over]
    return list(
        await asyncio.gather(
            *(scene(*each, is_removed=removed) for removed in (False, True) for each in scenes)
        )
    )


async def _scene(
    talk: Call, question: Clip, room: Room, sound: Sound | None, *, is_removed: bool
) -> Echoed:
    random = np.random.default_rng(2)
    user_level = level(spoken(question))
    offer = {"language": "en", "answers": False, "hearsAgent": is_removed}
    await talk.send({"type": "home", **offer})
    gain = user_level / _VOICE * 10 ** (-room.quieter / 20)
    speaker = _Speaker(talk, room, gain, is_reported=is_removed)

    async def play(audio: Audio) -> None:
        for begin in range(0, audio.size // FRAME * FRAME, FRAME):
            noise = random.normal(0, _NOISE, FRAME).astype(np.float32)
            await speaker.frame(audio[begin : begin + FRAME] + noise)

    silence = np.zeros(FRAME, np.float32)
    await play(clean(question).audio[: -2 * RATE])
    while not talk.times("audioStream"):
        await play(silence)
    first = talk.sent
    while talk.sent < first + (REPLY if sound is None else _LISTENED):
        await play(silence)
    begin = talk.sent
    onset, after = begin, None
    if sound is not None:
        onset += sound.onset
        voice = sound.audio * np.float32(user_level / level(sound.audio))
        await play(np.concatenate([voice, np.zeros(round(_AFTER * RATE), np.float32)]))
        stops = [at for at in talk.times("onAgentInterrupted") if at > begin]
        after = stops[0] - onset if stops else None
    starts = [at for at in talk.times("voiceActivityStart") if first <= at < onset]
    return Echoed(room, is_removed, len(starts), sound, after)
