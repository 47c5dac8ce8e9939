"""The audio format that a player asks for in the options of text-to-speech."""

from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components import tts

from ..agent.audio import ReplyContainer, ReplyEncoder

CONVERTS_NOTHING = hasattr(tts, "async_create_audio_stream")
"""Whether Home Assistant does not convert formats that the entity supports (2026.11 and later)."""

FORMAT_OPTIONS: Final = [
    tts.ATTR_PREFERRED_SAMPLE_RATE,
    tts.ATTR_PREFERRED_SAMPLE_CHANNELS,
    tts.ATTR_PREFERRED_SAMPLE_BYTES,
    tts.ATTR_PREFERRED_BITRATE,
]

BROWSER_RATE: Final = 48_000
BROWSER_BIT_RATE: Final = 320_000
"""Hz, and the highest bit rate of MP3, in bit/s.

Chromium receives a stream in blocks of 32 KB, so that at 64 kbit/s it holds at least four seconds
of an answer, and plays them after the conversation has been ended.
"""


LEAD_SECONDS: Final = 5.0
"""The lead of satellites, some of which play only audio that they have received completely."""

MP3_LEAD_SECONDS: Final = 2.0
"""The lead of browsers, which cannot be stopped: this much still plays after a conversation ends.
Chromium starts to play once it has 1.7 s."""


@dataclass(frozen=True, slots=True)
class PlayerFormat:
    """The format in which audio is sent to a player."""

    rate: int
    """The rate of the input, in Hz."""

    container: ReplyContainer
    sample_rate: int | None = None
    channels: int = 1
    sample_bytes: int = 2
    bit_rate: int | None = None
    floating: bool = False

    @classmethod
    def of(cls, rate: int, options: dict[str, Any]) -> PlayerFormat:
        """Return the format for the options of a request; `rate` of the input in Hz."""
        requested = {
            name: int(options[name]) for name in FORMAT_OPTIONS if options.get(name) is not None
        }
        wanted = options.get(tts.ATTR_PREFERRED_FORMAT, "mp3")
        channels = requested.get(tts.ATTR_PREFERRED_SAMPLE_CHANNELS, 1)
        if wanted not in list(ReplyContainer) or (requested and not CONVERTS_NOTHING):
            # Home Assistant converts this with ffmpeg, which is only fast with floating-point
            # samples, and which lowers the level when it converts mono to stereo.
            return cls(rate, ReplyContainer.WAV, channels=channels, floating=True)
        if wanted == ReplyContainer.MP3 and not requested:
            return cls(rate, ReplyContainer.MP3, BROWSER_RATE, bit_rate=BROWSER_BIT_RATE)
        kilobits = requested.get(tts.ATTR_PREFERRED_BITRATE)
        return cls(
            rate,
            ReplyContainer(wanted),
            requested.get(tts.ATTR_PREFERRED_SAMPLE_RATE),
            channels,
            requested.get(tts.ATTR_PREFERRED_SAMPLE_BYTES, 2),
            None if kilobits is None else kilobits * 1000,
        )

    @property
    def lead(self) -> float:
        """Seconds by which audio is handed out before it is played."""
        return MP3_LEAD_SECONDS if self.container is ReplyContainer.MP3 else LEAD_SECONDS

    def make_encoder(self) -> ReplyEncoder:
        """Return an encoder; raises `AgentError` if the format is invalid."""
        return ReplyEncoder(
            self.container,
            self.rate,
            sample_rate=self.sample_rate,
            channels=self.channels,
            sample_bytes=self.sample_bytes,
            bit_rate=self.bit_rate,
            floating=self.floating,
        )
