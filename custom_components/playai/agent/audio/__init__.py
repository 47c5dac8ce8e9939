"""Streaming audio conversion, in this process.

    MulawConverter   any microphone  ->  16 kHz µ-law for the agent
    ReplyDecoder     any reply       ->  16-bit mono PCM
    ReplyEncoder     16-bit PCM      ->  any format that a player wants

All of it is synchronous and short: one call with the audio of one message takes a few
milliseconds at most. Damaged audio is skipped or raises `AgentError` of the kind `bad_audio`; no
other exception is raised.
"""

from .capture import Container, MulawConverter
from .decode import ReplyDecoder
from .encode import ReplyContainer, ReplyEncoder
from .mulaw import SILENCE, mulaw_decode, mulaw_encode
from .pcm import PcmFormat, RawEncoding
from .resample import Resampler

__all__ = [
    "SILENCE",
    "Container",
    "MulawConverter",
    "PcmFormat",
    "RawEncoding",
    "ReplyContainer",
    "ReplyDecoder",
    "ReplyEncoder",
    "Resampler",
    "mulaw_decode",
    "mulaw_encode",
]
