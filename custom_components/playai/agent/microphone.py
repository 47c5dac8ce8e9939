"""What the user says in one turn, cut into frames; it is kept until the turn ends."""

from typing import Final

from .audio import SILENCE

FRAME_BYTES: Final = 640
"""µ-law bytes of a frame: 40 ms of 16 kHz (design, rule 2)."""

FRAME_SECONDS: Final = 0.04
MAX_SECONDS: Final = 60
"""The longest time the user may speak (design, rule 8)."""

_BYTES_PER_SECOND: Final = 16_000
_MAX_BYTES: Final = MAX_SECONDS * _BYTES_PER_SECOND

SILENT_FRAME: Final = bytes([SILENCE]) * FRAME_BYTES


class Microphone:
    """The audio of one turn: fed by the pipeline, read frame by frame by the sender.

    `rewind` reads all of it again, for a second connection.
    """

    def __init__(self) -> None:
        self._audio = bytearray()
        self._position = 0
        self.ended = False

    @property
    def is_full(self) -> bool:
        """Whether the user has spoken as long as a turn may last."""
        return len(self._audio) >= _MAX_BYTES

    @property
    def seconds(self) -> float:
        """How much audio there is so far."""
        return len(self._audio) / _BYTES_PER_SECOND

    @property
    def drained(self) -> bool:
        """Whether the stream has ended and all of it was read."""
        return self.ended and self._position >= len(self._audio)

    @property
    def has_frame(self) -> bool:
        """Whether a whole frame can be read."""
        return len(self._audio) - self._position >= FRAME_BYTES

    @property
    def was_read(self) -> bool:
        """Whether any audio went out on this connection."""
        return self._position > 0

    def feed(self, mulaw: bytes) -> None:
        """Take µ-law of any length; what exceeds the longest turn is dropped."""
        if not self.ended:
            self._audio += mulaw[: _MAX_BYTES - len(self._audio)]

    def end(self) -> None:
        """Take no more; the last frame is filled with silence."""
        self.ended = True

    def rewind(self) -> None:
        """Read from the beginning again."""
        self._position = 0

    def next_frame(self) -> bytes | None:
        """Return the next frame of `FRAME_BYTES`, or None while there is none."""
        frame = bytes(self._audio[self._position : self._position + FRAME_BYTES])
        if len(frame) < FRAME_BYTES:
            if not self.ended or not frame:
                return None
            frame = frame.ljust(FRAME_BYTES, SILENT_FRAME[:1])
        self._position += FRAME_BYTES
        return frame
