"""The audio for the agent: recordings with pauses, noise and silence around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from agent_server.audio import INPUT_RATE as RATE

from .clips import Audio, Clip, loudness

PAUSES: Final = (0.5, 0.7, 0.9, 1.2)
NOISES: Final = ("white", "pink", "hum", "babble")
SNR: Final = 20.0
"""dB between speech and noise."""

LEAD: Final = 0.5
AFTER: Final = 4.0
"""Seconds of the room's silence around a clip."""

_FARTHER: Final = 20.0
"""dB by which the television is quieter than the user."""

_WATCHED: Final = 30
"""Seconds of the television."""

_ASKED_AT: Final = 20
"""Seconds of television before a question is asked over it: somebody is already watching."""

_OVER: Final = 10.0
"""dB by which babble and television are quieter than a question over them."""

_GAP: Final = 6
"""Steps of 10 ms over which levels are averaged to find the gap for a pause."""

_SHORTEST: Final = 1.2
"""Seconds of the shortest speech in which a pause is inserted."""

_WHOLE: Final = frozenset((Path(__file__).parent / "whole_requests.txt").read_text("utf-8").split())
"""Clips whose words before the inserted pause could be a whole request, judged by reading them.

"Make me a double shot cappuccino" is one, "Can I get a medium" is not.
"""

_LONGEST: Final = 13.0
"""Seconds of the longest clip that is one turn."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One conversation's audio and its contents. Times are seconds from its start."""

    group: str
    clip: Clip
    audio: Audio
    speech_end: float | None = None
    """None if nobody speaks to the agent."""

    pause: tuple[float, float] | None = None
    """When an inserted pause begins and ends."""

    @property
    def is_whole(self) -> bool:
        """Whether the words before the pause are a whole request already."""
        return self.clip.name in _WHOLE


def questions(clips: Sequence[Clip], language: str) -> list[Clip]:
    """Return the clips in which one person says one thing."""
    kinds = {"question", "sentence", "speech"}
    return [
        clip
        for clip in clips
        if clip.language == language
        and clip.kind in kinds
        and clip.audio.size <= _LONGEST * RATE
        and loudness(clip.audio).max() > 0.005  # noqa: PLR2004 (an empty recording)
    ]


def clean(clip: Clip) -> Scene:
    """Return the clip alone."""
    audio, end = _surrounded(clip, [spoken(clip)])
    return Scene("clean", clip, audio, end)


def stretched(clip: Clip, pause: float) -> Scene | None:
    """Return the clip with a pause in its middle; None if the clip is too short."""
    begin, end = clip.speech
    levels = np.convolve(loudness(clip.audio[begin:end]), np.ones(_GAP) / _GAP, "same")
    low, high = int(0.3 * levels.size), int(0.75 * levels.size)
    if end - begin < _SHORTEST * RATE:
        return None
    middle = low + int(levels[low:high].argmin())
    cut = begin + middle * RATE // 100
    before, after = clip.audio[begin:cut], clip.audio[cut:end]
    audio, speech_end = _surrounded(clip, [before, _silence(clip, pause), after])
    stop = LEAD + before.size / RATE
    return Scene(f"pause {pause}", clip, audio, speech_end, (stop, stop + pause))


def noisy(clip: Clip, noise: str, clips: Sequence[Clip]) -> Scene:
    """Return the clip with noise."""
    scene = clean(clip)
    begin, end = clip.speech
    level = np.sqrt(np.mean(np.square(clip.audio[begin:end])))
    sound = make_noise(noise, scene.audio.size, clips)
    audio = scene.audio + sound * np.float32(level * 10 ** (-SNR / 20))
    return Scene(noise, clip, np.clip(audio, -1, 1), scene.speech_end)


def in_babble(clips: Sequence[Clip], question: Clip) -> Scene:
    """Return a question over voices that are 10 dB quieter."""
    scene = clean(question)
    voices = make_noise("babble", scene.audio.size + 10 * RATE, clips)
    voices *= np.float32(_loudness_of(question) * 10 ** (-_OVER / 20))
    voices[: scene.audio.size] += scene.audio
    return Scene("question in babble", question, np.clip(voices, -1, 1), scene.speech_end)


def in_television(told: Audio, question: Clip) -> Scene:
    """Return a question over a voice that is 10 dB quieter, and continues."""
    words = spoken(question)
    voice = told * np.float32(_loudness_of(question) / told.std() * 10 ** (-_OVER / 20))
    audio, _ = _surrounded(question, [voice])
    start = round((LEAD + _ASKED_AT) * RATE)
    audio[start : start + words.size] += words
    end = LEAD + _ASKED_AT + words.size / RATE
    return Scene("question over television", question, np.clip(audio, -1, 1), end)


def silent(clips: Sequence[Clip]) -> Iterator[Scene]:
    """Yield scenes without speech."""
    for clip in clips:
        if clip.kind == "noise":
            for start in range(0, clip.audio.size, 15 * RATE):
                yield Scene("noise only", clip, clip.audio[start : start + 15 * RATE])
        elif clip.kind in {"music", "laughter"}:
            yield Scene(clip.kind, clip, _surrounded(clip, [clip.audio[: 15 * RATE]])[0])
    for noise in ("white", "pink", "hum"):
        sound = make_noise(noise, 15 * RATE, ()) * np.float32(0.03)
        yield Scene("noise only", Clip(noise, "", "noise", "", clips[0].path), sound)
    for beats in (80, 120):
        clip = Clip(f"music-{beats}", "", "music", "", clips[0].path)
        yield Scene("music", clip, make_music(beats, 15) * np.float32(0.1))


def television(clips: Sequence[Clip]) -> Iterator[Scene]:
    """Yield long speech that is not for the agent: alone, and quieter after a question."""
    asked = [clip for clip in clips if clip.kind == "question" and clip.language == "en"][:3]
    for clip in clips:
        if (
            clip.kind in {"long", "dialogue"}
            and clip.language == "en"
            and clip.audio.size > 20 * RATE
        ):
            told = spoken(clip)[: _WATCHED * RATE]
            audio, _ = _surrounded(clip, [told])
            yield Scene("television", clip, audio)
            for question in asked[:1]:
                yield in_television(np.resize(told, _WATCHED * RATE), question)
                before, _ = _surrounded(question, [spoken(question)])
                levels = [np.percentile(loudness(part), 90) for part in (before, told)]
                quiet = told * np.float32(levels[0] / levels[1] * 10 ** (-_FARTHER / 20))
                after = np.concatenate([before, quiet, _silence(question, AFTER)])
                yield Scene("television after a question", clip, after)


def make_noise(kind: str, samples: int, clips: Sequence[Clip]) -> Audio:
    """Return noise with a level of 1."""
    random = np.random.default_rng(11)
    white = random.normal(0, 1, samples)
    match kind:
        case "white":
            noise = white
        case "pink":
            spectrum = np.fft.rfft(white)
            spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 20))
            noise = np.fft.irfft(spectrum, samples)
        case "hum":
            times = np.arange(samples) / RATE
            noise = sum(np.sin(2 * np.pi * 50 * n * times) / n for n in (1, 2, 3, 5)) + white * 0.05
        case _:
            voices = [clip for clip in clips if clip.kind in {"long", "dialogue"}][:6]
            voices = voices or [clip for clip in clips if clip.kind == "sentence"][:6]
            noise = sum(
                (np.resize(spoken(voice), samples) / voice.audio.std() for voice in voices),
                start=np.zeros(samples),
            )
    scaled: Audio = (noise / np.std(noise)).astype(np.float32)
    return scaled


def make_music(beats: int, seconds: int) -> Audio:
    """Return plucked chords with a drum, at a number of beats per minute."""
    random = np.random.default_rng(11)
    beat = 60 * RATE // beats
    times = np.arange(beat) / RATE
    audio = np.zeros(seconds * RATE + beat)
    for n, start in enumerate(range(0, seconds * RATE, beat)):
        root = 220 * 2 ** ((0, 5, 7, 3)[n // 4 % 4] / 12)
        steps = (-12, 0, 4, 7, (12, 9, 14, 11)[n % 4])
        for pitch in (root * 2 ** (step / 12) for step in steps):
            for harmonic in range(1, 7):
                decay = np.exp(-times * (2 + harmonic)) / harmonic
                audio[start : start + beat] += np.sin(2 * np.pi * pitch * harmonic * times) * decay
        audio[start : start + beat] += random.normal(0, 1.5, beat) * np.exp(-times * 40)
    audio = audio[: seconds * RATE]
    scaled: Audio = (audio / np.std(audio)).astype(np.float32)
    return scaled


def spoken(clip: Clip) -> Audio:
    """Return the clip without the silence around it."""
    begin, end = clip.speech
    return clip.audio[begin:end]


def _loudness_of(clip: Clip) -> float:
    return float(np.sqrt(np.mean(np.square(spoken(clip)))))


def _silence(clip: Clip, seconds: float) -> Audio:
    noise = np.random.default_rng(5).normal(0, clip.room, round(seconds * RATE))
    return noise.astype(np.float32)


def _surrounded(clip: Clip, parts: Sequence[Audio]) -> tuple[Audio, float]:
    """Return the parts with silence around them, and when they end."""
    end = LEAD + sum(part.size for part in parts) / RATE
    return np.concatenate([_silence(clip, LEAD), *parts, _silence(clip, AFTER)]), end
