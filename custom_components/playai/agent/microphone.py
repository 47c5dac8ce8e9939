"""Keeps the user's audio of one turn and splits it into frames."""

from typing import Final

from .audio import SILENCE

FRAME_BYTES: Final = 640
"""µ-law bytes of a frame: 40 ms at 16 kHz (rule 2)."""

FRAME_SECONDS: Final = 0.04
MAX_SECONDS: Final = 60
"""The longest time that the user may speak (rule 8)."""

BYTES_PER_SECOND: Final = 16_000
_MAX_BYTES: Final = MAX_SECONDS * BYTES_PER_SECOND

SILENT_FRAME: Final = bytes([SILENCE]) * FRAME_BYTES


class Microphone:
    """The audio of one turn: written by the pipeline, read frame by frame by the sender.

    After `rewind` all of it is read again, for a second connection.
    """

    def __init__(self) -> None:
        self._audio = bytearray()
        self._position = 0
        self.ended = False

    @property
    def is_full(self) -> bool:
        """Whether the audio has the length of the longest turn."""
        return len(self._audio) >= _MAX_BYTES

    @property
    def seconds(self) -> float:
        """The length of the audio so far, in seconds."""
        return len(self._audio) / BYTES_PER_SECOND

    @property
    def drained(self) -> bool:
        """Whether the stream has ended and all of its audio was read."""
        return self.ended and self._position >= len(self._audio)

    @property
    def has_frame(self) -> bool:
        """Whether a whole frame can be read."""
        return len(self._audio) - self._position >= FRAME_BYTES

    @property
    def was_read(self) -> bool:
        """Whether any audio was read for the current connection."""
        return self._position > 0

    def push(self, mulaw: bytes) -> None:
        """Append µ-law of any length; audio beyond the longest turn is dropped."""
        if not self.ended:
            self._audio += mulaw[: _MAX_BYTES - len(self._audio)]

    def end(self) -> None:
        """Accept no more audio; the last frame is padded with silence."""
        self.ended = True

    def rewind(self) -> None:
        """Read from the beginning again."""
        self._position = 0

    def next_frame(self) -> bytes | None:
        """Return the next frame of `FRAME_BYTES`; None if none is complete."""
        frame = bytes(self._audio[self._position : self._position + FRAME_BYTES])
        if len(frame) < FRAME_BYTES:
            if not self.ended or not frame:
                return None
            frame = frame.ljust(FRAME_BYTES, SILENT_FRAME[:1])
        self._position += FRAME_BYTES
        return frame
