"""How soon the agent hears that somebody interrupts it, in the time of the audio."""

import statistics
from collections.abc import Sequence
from typing import Final

import numpy as np

from agent_server.audio import INPUT_RATE as RATE
from agent_server.audio import mulaw_decode, mulaw_encode
from agent_server.turn_detection import FRAME, SpeechStarted
from agent_server.turn_detection.endpointing import Endpointer
from agent_server.turn_detection.silero import load_silero

from .clips import Audio, Clip
from .scenes import clean, spoken
from .speaking import Sound, level

ROOMS: Final = (0.0, 3e-4, 1e-3)
"""Levels of the noise: some microphones send digital silence."""

_LISTENED: Final = 3.5
_AFTER: Final = 2.0
"""Seconds of the answer before the voice, and after it."""


def interrupt_all(question: Clip, clips: Sequence[Clip]) -> list[float | None]:
    """Return the seconds from the onset of each voice to the start of a turn; None if none did."""
    new_detector = load_silero()
    asked = clean(question)
    begin = round(((asked.speech_end or 0.0) + 0.5) * RATE)
    loudness = level(spoken(question))
    delays: list[float | None] = []
    for number, clip in enumerate(clips):
        sound = Sound("interruption", clip.name, spoken(clip))
        voice = np.clip(sound.audio * np.float32(loudness / level(sound.audio)), -1, 1)
        # Each begins at another place in the detector's frame.
        wait = round(_LISTENED * RATE) + number * 97 % FRAME
        for room in ROOMS:
            silence = [np.zeros(size, np.float32) for size in (wait, round(_AFTER * RATE))]
            audio = np.concatenate([asked.audio, silence[0], voice, silence[1]])
            noise = np.random.default_rng(number).normal(0, room, audio.size)
            voiced = (asked.audio.size + wait) / RATE
            endpointer = Endpointer(new_detector())
            at = _start(endpointer, audio + noise.astype(np.float32), begin, voiced)
            delays.append(None if at is None else at - voiced - sound.onset)
    return delays


def row(delays: Sequence[float | None]) -> str:
    """Return one line of text."""
    heard = [delay for delay in delays if delay is not None]
    parts = statistics.quantiles(heard, n=20, method="inclusive")
    return (
        f"interruption → start of a turn: {len(heard)} of {len(delays)}, "
        f"p50 / p95 {1000 * parts[9]:.0f} / {1000 * parts[18]:.0f} ms"
    )


def _start(endpointer: Endpointer, audio: Audio, begin: int, voiced: float) -> float | None:
    """Return when a turn starts after `voiced`. The answer begins at the sample `begin`."""
    heard = mulaw_decode(mulaw_encode((np.clip(audio, -1, 1) * 32_767).astype(np.int16)))
    for start in range(0, heard.size - FRAME, FRAME):
        endpointer.agent_speaks = start >= begin
        events = endpointer.feed(heard[start : start + FRAME])
        at = (start + FRAME) / RATE
        if at > voiced and any(isinstance(event, SpeechStarted) for event in events):
            return at
    return None
