"""Echo cancellation by WebRTC's AEC3. Needs the package pywebrtc-audio."""

import numpy as np
from pywebrtc_audio import EchoCanceller

from ..audio import INPUT_RATE, Samples


class WebRtcEchoCanceller:
    """See `EchoCanceller` of this package. It takes audio in multiples of 10 ms."""

    def __init__(self) -> None:
        self._canceller = EchoCanceller(sample_rate=INPUT_RATE)

    def process(self, microphone: Samples, loudspeaker: Samples) -> Samples:
        """See `EchoCanceller` of this package; takes 7 ms per second of audio."""
        cleaned: Samples = self._canceller.process(
            np.ascontiguousarray(microphone), np.ascontiguousarray(loudspeaker)
        )
        return cleaned
