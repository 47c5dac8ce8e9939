"""Sounds to encode, and measurements of decoded sounds."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import soundfile
from numpy.typing import NDArray

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import RawEncoding, ReplyDecoder

type Samples = NDArray[np.int16]

FULL_SCALE = 32_768


def tone(hertz: float, rate: int, seconds: float = 1.0, level: float = 0.5) -> Samples:
    """A sine; `level` 1.0 is full scale."""
    time = np.arange(round(seconds * rate)) / rate
    return np.rint(np.sin(2 * np.pi * hertz * time) * level * (FULL_SCALE - 1)).astype(np.int16)


def voice(rate: int, seconds: float = 2.0) -> Samples:
    """Harmonics up to 3 kHz of a falling pitch, in four syllables a second."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = 2 * np.pi * (140 * time - 10 * time**2 / seconds)
    wave = sum(np.sin(n * pitch) / n for n in range(1, 20))
    syllables = np.abs(np.sin(2 * np.pi * 2 * time)) ** 2
    samples: Samples = np.rint(wave / np.abs(wave).max() * syllables * 0.5 * FULL_SCALE).astype(
        np.int16
    )
    return samples


def decibels(samples: Samples) -> float:
    """The level below a sine of full scale."""
    power = np.mean(np.square(samples.astype(np.float64) / FULL_SCALE)) * 2
    return float(10 * np.log10(power + 1e-20))


def file_of(samples: Samples, rate: int, container: str, subtype: str) -> bytes:
    """The 16-bit sound as libsndfile writes it."""
    file = io.BytesIO()
    soundfile.write(file, samples / FULL_SCALE, rate, format=container, subtype=subtype)
    return file.getvalue()


def read_file(data: bytes, flac_samples: int = 0) -> tuple[Samples, int]:
    """The sound as libsndfile reads it, first channel, and its rate.

    libsndfile cannot read a FLAC whose header has no length, so it is added.
    """
    if data.startswith(b"fLaC"):
        data = data[:22] + flac_samples.to_bytes(4) + data[26:]
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return file.read(dtype="int16", always_2d=True)[:, 0], file.samplerate


def decode(
    pieces: Iterable[bytes],
    output_format: OutputFormat,
    sample_rate: int = 24_000,
    raw_encoding: RawEncoding = RawEncoding.INT16,
    target_rate: int | None = None,
) -> tuple[Samples, int]:
    """The sound as the library decodes it, and its rate; checks the length of each step."""
    decoder = ReplyDecoder(output_format, sample_rate, raw_encoding, target_rate)
    steps: list[bytes] = []
    for piece in pieces:
        steps += decoder.feed(piece)
    steps += decoder.flush()
    rate = decoder.rate or 0
    assert all(len(step) <= rate // 10 * 2 and len(step) % 2 == 0 for step in steps)
    return np.frombuffer(b"".join(steps), np.int16), rate


def pieces_of(data: bytes, size: int) -> list[bytes]:
    """The data in pieces."""
    return [data[start : start + size] for start in range(0, len(data), size)]


@contextmanager
def only_bad_audio() -> Iterator[None]:
    """Allow the one error that audio may raise, and nothing else."""
    try:
        yield
    except AgentError as error:
        if error.kind is not ErrorKind.BAD_AUDIO:
            raise


def likeness(heard: Samples, said: Samples, rate: int) -> float:
    """The best correlation of two sounds at shifts of up to 0.3 s; 1.0 is the same."""
    shift = rate * 3 // 10
    size = min(len(said), len(heard)) - 2 * shift
    middle = said[shift : shift + size].astype(np.float64)
    spectrum = np.fft.rfft(heard.astype(np.float64), 2 * len(heard))
    mirrored = np.fft.rfft(middle[::-1], 2 * len(heard))
    products = np.fft.irfft(spectrum * mirrored, 2 * len(heard))[size - 1 : size + 2 * shift - 1]
    total = np.concatenate([[0], np.cumsum(np.square(heard.astype(np.float64)))])
    energy = total[size:] - total[:-size]
    usable = min(len(products), len(energy))
    return float(np.max(products[:usable] / np.sqrt(energy[:usable] * np.sum(middle**2) + 1)))
