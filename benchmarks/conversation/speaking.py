"""The agent's reactions to sounds of people while it speaks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import aiohttp
import numpy as np

from agent_server.audio import INPUT_RATE as RATE
from agent_server.tts.hibari import HibariVoice

from .call import call
from .clips import Audio, Clip, loudness
from .scenes import clean, spoken
from .serve import STORYTELLER
from .settings import Setting

BACKCHANNELS: Final = (
    "Yeah.",
    "Mm-hmm.",
    "Okay.",
    "Right.",
    "Uh-huh.",
    "I see.",
    "Oh, nice.",
    "Really?",
    "Got it.",
    "Hahaha.",
    "Yes, exactly.",
)
"""Spoken by the agent's own voice, because few recordings of people have such sounds."""

_LISTENED: Final = 3.0
"""Seconds of the answer before the sound: longer than an answer can be taken back."""

_AFTER: Final = 4.0
_ONSET: Final = 0.2
"""Seconds after its onset in which speech is mostly loud; a click is not."""

_QUIET: Final = 12.0
"""dB below the loud parts; the rooms of some recordings are not much quieter."""


@dataclass(frozen=True)
class Sound:
    """A sound of somebody while the agent speaks."""

    kind: str
    name: str
    audio: Audio

    @cached_property
    def onset(self) -> float:
        """Seconds until the voice begins."""
        levels = loudness(self.audio)
        loud = levels > np.percentile(levels, 90) * 10 ** (-_QUIET / 20)
        steps = round(_ONSET * 100)
        ahead = np.convolve(loud, np.ones(steps), "full")[steps - 1 :][: loud.size]
        return float(np.argmax(loud & (ahead > 0.7 * steps))) / 100


@dataclass(frozen=True)
class Reaction:
    """The agent's reaction to a sound."""

    sound: Sound
    after: float | None
    """Seconds from the onset to the message that stops the answer; None if it continued."""

    continues: bool
    """Whether the agent continued its answer afterwards."""


def backchannels() -> list[Sound]:
    """Return sounds of a listener."""
    voice = HibariVoice()
    sounds = []
    for text in BACKCHANNELS:
        audio = np.concatenate(list(voice.speak(text)))
        at_rate = np.interp(
            np.arange(0, audio.size, voice.sample_rate / RATE), np.arange(audio.size), audio
        )
        sounds.append(Sound("backchannel", text, at_rate.astype(np.float32)))
    return sounds


async def react_all(
    http: aiohttp.ClientSession, url: str, question: Clip, clips: Sequence[Clip], setting: Setting
) -> list[Reaction]:
    """Play backchannels and interruptions, two conversations at once."""
    sounds = [*backchannels(), *(Sound("interruption", clip.name, spoken(clip)) for clip in clips)]
    places = asyncio.Semaphore(2)

    async def react(sound: Sound) -> Reaction:
        async with places:
            return await _react(http, url, question, sound, setting)

    return list(await asyncio.gather(*(react(sound) for sound in sounds)))


async def _react(
    http: aiohttp.ClientSession, url: str, question: Clip, sound: Sound, setting: Setting
) -> Reaction:
    room = np.zeros(RATE // 5, np.float32)
    # It is the same user, who does not become louder.
    gain = level(spoken(question)) / level(sound.audio)
    audio = np.clip(sound.audio * np.float32(gain), -1, 1)
    async with call(http, url, STORYTELLER, setting) as talk:
        await talk.play(clean(question).audio)
        while not talk.times("audioStream"):
            await talk.play(room)
        while talk.now < talk.times("audioStream")[0] + _LISTENED:
            await talk.play(room)
        begin = talk.sent
        await talk.play(np.concatenate([audio, np.zeros(round(_AFTER * RATE), np.float32)]))
    stops = [at for at in talk.times("onAgentInterrupted") if at > begin]
    starts = [at for at in talk.times("newAudioStream") if stops and at > stops[0]]
    answers = [at for at in talk.times("onUserTranscript") if at > begin]
    return Reaction(
        sound,
        stops[0] - begin - sound.onset if stops else None,
        not stops or (bool(starts) and not answers),
    )


def level(audio: Audio) -> float:
    """Return the level of the loud parts."""
    return float(np.percentile(loudness(audio), 90))
