"""The microphone of a live call, which is open all the time.

The server finds the turns in the audio. Each turn reads the same audio.
"""

from typing import Final

from .microphone import BYTES_PER_SECOND, FRAME_BYTES, MAX_SECONDS, Microphone

EARLIER_SECONDS: Final = 2
"""Audio before the start of a turn that a second connection also gets: the server reports speech
only after it has heard some."""

_EARLIER_BYTES: Final = EARLIER_SECONDS * BYTES_PER_SECOND
_MAX_BYTES: Final = MAX_SECONDS * BYTES_PER_SECOND


class LiveMicrophone:
    """Audio without an end, read frame by frame by the sender.

    For a second connection, it keeps the audio of the open turn; without a turn, it keeps only the
    last two seconds.
    """

    def __init__(self) -> None:
        self._audio = bytearray()
        self._position = 0
        self._keeps = False
        self._holds: dict[int, bool] = {0: False}
        """Whether the user holds a button to talk, from each of these bytes on."""

    @property
    def is_held(self) -> bool:
        """Whether the user holds a button at the frame that is read next."""
        return [held for begin, held in self._holds.items() if begin <= self._position][-1]

    @property
    def has_frame(self) -> bool:
        """Whether a whole frame can be read."""
        return len(self._audio) - self._position >= FRAME_BYTES

    def push(self, mulaw: bytes) -> None:
        """Append µ-law; audio that is a minute behind is dropped."""
        self._audio += mulaw
        if len(self._audio) > _MAX_BYTES:
            self._forget(len(self._audio) - _MAX_BYTES)

    def hold(self, *, is_held: bool) -> None:
        """Note that the user holds or releases a button; a partly held frame counts as held."""
        begun = (len(self._audio) - self._position) % FRAME_BYTES
        begin = len(self._audio) + (-begun if is_held else -begun % FRAME_BYTES)
        self._holds[max(begin, *self._holds)] = is_held

    def next_frame(self) -> bytes | None:
        """Return the next frame of `FRAME_BYTES`; None if none is complete."""
        if not self.has_frame:
            return None
        frame = bytes(self._audio[self._position : self._position + FRAME_BYTES])
        self._position += FRAME_BYTES
        if not self._keeps:
            self._forget(self._position - _EARLIER_BYTES)
        return frame

    def keep(self) -> None:
        """Keep everything from now on: a turn begins."""
        self._keeps = True

    def release(self) -> None:
        """Keep only the last seconds: nobody speaks, or the turn will not be sent again."""
        self._keeps = False

    def rewind(self) -> None:
        """Read the kept audio again."""
        self._position = 0

    def _forget(self, size: int) -> None:
        if size > 0:
            del self._audio[:size]
            self._position = max(0, self._position - size)
            self._holds = {max(0, begin - size): held for begin, held in self._holds.items()}


class LiveTurnMicrophone(Microphone):
    """The part of a live microphone that belongs to one turn; the call feeds the whole."""

    def __init__(self, live: LiveMicrophone) -> None:
        super().__init__()
        self._live = live
        live.keep()

    @property
    def drained(self) -> bool:
        """Whether the user has finished; everything was sent as it was said."""
        return self.ended

    @property
    def was_read(self) -> bool:
        """Always true: the server has heard the turn begin."""
        return True

    def end(self) -> None:
        """End the turn; the microphone stays open."""
        self.ended = True
        self._live.release()

    def rewind(self) -> None:
        """Read from the beginning again."""
        self._live.rewind()

    def next_frame(self) -> bytes | None:
        """Return the next frame."""
        return self._live.next_frame()
