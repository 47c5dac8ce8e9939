"""Audio, streaming and in process: what the user says and what the agent answers.

    MulawConverter   any microphone  ->  16 kHz µ-law for the agent
    ReplyDecoder     any reply       ->  16-bit mono PCM
    ReplyEncoder     16-bit PCM      ->  any format that a player wants

All of it is synchronous and short: one call with one message of audio takes a few
milliseconds at most. What cannot be decoded is left out or raises `AgentError` of the kind
`bad_audio`; no other exception comes out of here.
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
