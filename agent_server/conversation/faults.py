"""The error of a turn, and the part of the server that has failed in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import EngineError
from . import ClientGoneError
from .events import Failed, Fault


class TurnError(Exception):
    """A turn failed."""

    def __init__(self, fault: Fault, reason: str, *, is_expected: bool = True) -> None:
        super().__init__(reason)
        self._fault = fault
        self._is_expected = is_expected

    def event(self) -> Failed:
        """Return the event that reports the failure."""
        return Failed(self._fault, self, self._is_expected)


@contextmanager
def map_errors_to(fault: Fault) -> Iterator[None]:
    """Convert every error inside to a `TurnError` with a fault, unless it is one already."""
    try:
        yield
    except TurnError, ClientGoneError:
        raise
    except Exception as error:
        is_expected = isinstance(error, EngineError | TimeoutError)
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise TurnError(fault, reason, is_expected=is_expected) from error
