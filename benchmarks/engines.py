"""How well the agent hears human voices, and how soon it speaks.

    scripts/bench engines

Prints Markdown tables. The recordings are those of `tests/recordings` and those that the
package of the speech-to-text weights carries.
"""

import time
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from agent_server.audio import INPUT_RATE as RATE
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.tts.hibari import HibariVoice
from agent_server.turn_detection.silero import load_silero
from tests.recordings import RECORDINGS, plain, word_errors

DICKENS = (
    "It was the best of times it was the worst of times it was the age of wisdom it was the age "
    "of foolishness it was the epoch of belief it was the epoch of incredulity it was the season "
    "of light it was the season of darkness it was the spring of hope it was the winter of "
    "despair we had everything before us we had nothing before us we were all going direct to "
    "heaven we were all going direct the other way in short the period was so far like the "
    "present period that some of its noisiest authorities insisted on its being received for "
    "good or for evil in the superlative degree of comparison only"
)
BECKETT = "Ever tried ever failed no matter try again fail again fail better"
PACKAGED = [
    ("two_cities", "reader of Dickens", DICKENS),
    ("beckett", "reader of Beckett", BECKETT),
]

SHORT = "It is half past seven."
LONG = (
    "I can tell you the time and the date, how many days there are until Christmas, and what "
    "seventeen times twenty three is. I convert units, like miles to kilometers."
)


def packaged(name: str) -> NDArray[np.float32]:
    """Return a recording out of the package, at the transcriber's rate."""
    package = find_spec("moonshine_voice")
    path = Path((package and package.origin) or "").parent / "assets" / f"{name}.wav"
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(samples[:, :1].T.copy(), format="flt", layout="mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    audio: NDArray[np.float32] = np.concatenate([f.to_ndarray().reshape(-1) for f in frames])
    return audio


def milliseconds(start: float) -> float:
    """Return the milliseconds since `start`."""
    return (time.perf_counter() - start) * 1000


def ears() -> None:
    """Print the transcript of each recording."""
    transcriber = MoonshineTranscriber()
    clips = [(r.name, r.speaker, r.words, r.audio) for r in RECORDINGS]
    clips += [(n, who, words, packaged(n)) for n, who, words in PACKAGED]
    print("| recording | speaker | s | heard | wrong words | ms |\n|---|---|--:|---|--:|--:|")
    wrong = total = 0
    for name, speaker, words, audio in clips:
        start = time.perf_counter()
        heard = transcriber.transcribe(audio).text
        took = milliseconds(start)
        errors, count = word_errors(heard, words), len(plain(words))
        wrong, total = wrong + errors, total + count
        seconds = len(audio) / RATE
        row = (name, speaker, f"{seconds:.1f}", heard[:120], f"{errors} of {count}", f"{took:.0f}")
        print(f"| {' | '.join(row)} |")
    print(f"\n{wrong} of {total} words wrong: {wrong / total:.1%}\n")
    detector = load_silero()()
    frames = RECORDINGS[0].audio[: 200 * 512].reshape(-1, 512)
    start = time.perf_counter()
    for frame in frames:
        detector.probability(frame)
    print(f"Voice activity: {milliseconds(start) / len(frames) * 1000:.0f} µs per 32 ms.\n")


def voice() -> None:
    """Print how soon a reply can be heard."""
    speaker = HibariVoice()
    list(speaker.speak(SHORT))
    print("| reply | first audio, ms | all, ms | s of speech |\n|---|--:|--:|--:|")
    for name, text in (("short", SHORT), ("long", LONG)):
        best = []
        for _ in range(5):
            start = time.perf_counter()
            pieces = speaker.speak(text)
            samples = len(next(pieces))
            first = milliseconds(start)
            samples += sum(map(len, pieces))
            best.append((first, milliseconds(start), samples / speaker.sample_rate))
        first, whole, seconds = min(best)
        print(f"| {name} | {first:.0f} | {whole:.0f} | {seconds:.1f} |")


if __name__ == "__main__":
    ears()
    voice()
