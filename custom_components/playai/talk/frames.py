"""The binary frames of the talk protocol."""

import struct
from typing import Final

from .limits import MAX_BINARY_FRAME

RATE: Final = 24_000
"""Samples of a reply in a second."""

SAMPLE_BYTES: Final = 2
CHUNK_MS: Final = 100
"""The longest audio of a frame."""

CHUNK_BYTES: Final = RATE * CHUNK_MS // 1000 * SAMPLE_BYTES

MAX_REPLIES: Final = 0xFFFF

_MICROPHONE: Final = struct.Struct("<BBH")
_REPLY: Final = struct.Struct("<BBHI")
_MICROPHONE_KIND: Final = 1
_REPLY_KIND: Final = 2


class FrameError(ValueError):
    """A page has sent an invalid frame."""


def decode_microphone(frame: bytes) -> tuple[int, bytes] | None:
    """Return the number and the µ-law of a frame; None if it is of an unknown kind.

    Raises `FrameError`.
    """
    if len(frame) < _MICROPHONE.size or len(frame) > MAX_BINARY_FRAME:
        raise FrameError("a frame is too short or too long")
    kind, _, number = _MICROPHONE.unpack_from(frame)
    return (number, frame[_MICROPHONE.size :]) if kind == _MICROPHONE_KIND else None


def encode_reply(reply: int, offset: int, pcm: bytes) -> bytes:
    """Return a frame with audio of a reply; `offset` is its first sample."""
    return _REPLY.pack(_REPLY_KIND, 0, reply, offset) + pcm
