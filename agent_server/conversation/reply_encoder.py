"""Encodes the speech of one reply as one stream of audio."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..audio import INPUT_RATE, Encoder, Samples, resample
from ..audio.resampler import Resampler
from .events import Fault
from .faults import map_errors_to

_MESSAGE: Final = 0.2
"""Seconds of audio in a message."""


@dataclass(frozen=True, slots=True)
class EncodedSpeech:
    """The encoded audio of a part of a reply."""

    messages: list[tuple[float, bytes]]
    """The seconds and the bytes of each message."""

    heard: Samples | None
    """The same audio at the rate of the user's audio, for the echo canceller."""


class ReplyEncoder:
    """Encodes speech whose rate may change when another engine takes over.

    The codec is created with the first speech. The methods block, and are used by one thread at a
    time.
    """

    def __init__(self, new_encoder: Callable[[int], Encoder], *, needs_heard: bool) -> None:
        """`new_encoder` creates the codec from the rate of the first speech.

        `needs_heard`: whether parts also have the audio for the echo canceller.
        """
        self._new_encoder = new_encoder
        self._needs_heard = needs_heard
        self._encoder: Encoder | None = None
        self._resampler: Resampler | None = None
        """Converts to the rate that the echo canceller needs."""

        self._rate = 0
        """The rate of the first speech, which the codec expects."""

    def encode(self, samples: Samples, rate: int) -> EncodedSpeech:
        """Encode the next speech; raises `TurnError`."""
        with map_errors_to(Fault.TURN):
            if self._encoder is None:
                self._encoder, self._rate = self._new_encoder(rate), rate
            elif rate != self._rate:  # Another engine has taken over in the reply.
                samples = resample(samples, rate, self._rate)
            messages = [
                (part.size / self._rate, self._encoder.encode(part))
                for part in parts(samples, _MESSAGE * self._rate)
            ]
            return EncodedSpeech(messages, self._at_input_rate(samples))

    def finish(self) -> bytes:
        """Return the audio that the codec has kept back."""
        return b"" if self._encoder is None else self._encoder.finish()

    def _at_input_rate(self, samples: Samples) -> Samples | None:
        if not self._needs_heard:
            return None
        if self._resampler is None:
            self._resampler = Resampler("flt", INPUT_RATE, self._rate)
        frames = [frame.to_ndarray().reshape(-1) for frame in self._resampler.frames(samples)]
        return np.concatenate([samples[:0], *frames], dtype=np.float32)


def parts(samples: Samples, length: float) -> Iterator[Samples]:
    """Yield parts of `length` samples, rounded; the last one may be shorter."""
    size = round(length)
    return (samples[n : n + size] for n in range(0, samples.size, size))
