"""The audio of the client's loudspeaker, in the time of its microphone.

The client sends its position between the frames of its microphone, so both arrive in order, and
neither the network nor a busy machine changes their alignment.
"""

from typing import Final

from ..audio import INPUT_RATE, Samples
from .track import Track

_LEAD: Final = round(0.1 * INPUT_RATE)
"""Samples by which the loudspeaker's audio is deliberately early: it must never be late."""

_LATE: Final = round(0.06 * INPUT_RATE)
_EARLY: Final = round(0.2 * INPUT_RATE)
"""Deviations of a report that do not change the alignment: the canceller would have to relearn."""

_START: Final = round(0.15 * INPUT_RATE)
"""Samples between sending the first audio and playing it, assumed until a report shows them."""

_TAIL: Final = INPUT_RATE
"""Samples for which a room still sounds."""


_STOPS: Final = round(0.3 * INPUT_RATE)
"""Samples that a client is assumed to need to stop."""


class EchoReference:
    """Aligns tracks with the microphone. Positions are its samples since the conversation began."""

    def __init__(self) -> None:
        self.received = 0
        """The microphone's samples that have arrived."""

        self._taken = 0
        self._track: Track | None = None
        self._begin = 0
        """Where the first sample of the track would be played without the lead."""

        self._sent: Track | None = None
        self._sent_at = 0
        """The track that was sent last, until its first report, and when it began to be sent."""

        self._start = _START
        self._ends_at: int | None = None
        """Where the client has stopped; None while it plays."""

        self._has_reports = False

    def begin(self, track: Track) -> None:
        """Note that the client gets the first audio of a track.

        A client that reports its position is assumed to play it.
        """
        self._sent, self._sent_at = track, self.received
        if self._has_reports:
            self._track, self._ends_at = track, None
            self._begin = self.received + self._start

    def play(self, track: Track, seconds: float, *, is_stopped: bool) -> None:
        """Record a position that the client reports."""
        begin = self.received - round(seconds * INPUT_RATE)
        if track is not self._track:
            self._track, self._ends_at = track, None
            self._begin = begin
        elif not -_LATE <= begin - self._begin <= _EARLY:
            self._begin = begin
        if track is self._sent:
            self._start = min(max(begin - self._sent_at, 0), INPUT_RATE)
            self._sent = None
        self._has_reports = True
        if is_stopped:
            self._ends_at = self.received

    def stop(self, track: Track) -> None:
        """Note that the client is asked to stop; it will report where it has stopped."""
        if track is self._track and self._ends_at is None:
            self._ends_at = self.received + _STOPS

    def take(self, size: int) -> Samples | None:
        """Return the audio that plays during the next samples of the microphone, or None."""
        at, self._taken = self._taken, self._taken + size
        track = self._track
        if track is None:
            return None
        first = at - self._begin + _LEAD
        if first > track.length + _TAIL or (
            self._ends_at is not None and at > self._ends_at + _TAIL
        ):
            return None
        played = track.take(first, size)
        if self._ends_at is not None:
            played[max(self._ends_at - at, 0) :] = 0
        return played
