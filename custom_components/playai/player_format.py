"""What a player wants an answer to be, by the options of text-to-speech."""

from dataclasses import dataclass
from typing import Any

from homeassistant.components import tts

from .agent.audio import ReplyContainer, ReplyEncoder

CONVERTS_NOTHING = hasattr(tts, "async_create_audio_stream")
"""Whether Home Assistant leaves alone what an entity says it supports (2026.11 and later)."""

WISHES = [
    tts.ATTR_PREFERRED_SAMPLE_RATE,
    tts.ATTR_PREFERRED_SAMPLE_CHANNELS,
    tts.ATTR_PREFERRED_SAMPLE_BYTES,
    tts.ATTR_PREFERRED_BITRATE,
]


@dataclass(frozen=True, slots=True)
class PlayerFormat:
    """The format in which an answer is sent to a player."""

    rate: int
    """Of the agent's voice, in Hz."""

    container: ReplyContainer
    sample_rate: int | None = None
    channels: int = 1
    sample_bytes: int = 2
    bit_rate: int | None = None
    floating: bool = False

    @classmethod
    def of(cls, rate: int, options: dict[str, Any]) -> PlayerFormat:
        """Return what the options of a request ask for."""
        wishes = {name: int(options[name]) for name in WISHES if options.get(name) is not None}
        wanted = options.get(tts.ATTR_PREFERRED_FORMAT, "mp3")
        channels = wishes.get(tts.ATTR_PREFERRED_SAMPLE_CHANNELS, 1)
        if wanted not in list(ReplyContainer) or (wishes and not CONVERTS_NOTHING):
            # Home Assistant starts ffmpeg, which is quick with floating samples only, and
            # which makes mono quieter when it is to make it stereo.
            return cls(rate, ReplyContainer.WAV, channels=channels, floating=True)
        kilobits = wishes.get(tts.ATTR_PREFERRED_BITRATE)
        return cls(
            rate,
            ReplyContainer(wanted),
            wishes.get(tts.ATTR_PREFERRED_SAMPLE_RATE),
            channels,
            wishes.get(tts.ATTR_PREFERRED_SAMPLE_BYTES, 2),
            None if kilobits is None else kilobits * 1000,
        )

    def make_encoder(self) -> ReplyEncoder:
        """Return an encoder; raises `AgentError` when it makes no sense."""
        return ReplyEncoder(
            self.container,
            self.rate,
            sample_rate=self.sample_rate,
            channels=self.channels,
            sample_bytes=self.sample_bytes,
            bit_rate=self.bit_rate,
            floating=self.floating,
        )
