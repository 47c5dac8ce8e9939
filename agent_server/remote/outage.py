"""Logs once that a remote engine fails, and once that it works again."""

import logging

from ..errors import EngineError

_LOGGER = logging.getLogger(__name__)


class Outage:
    """Whether one engine works at the moment, for all conversations."""

    def __init__(self, name: str) -> None:
        """`name` is the engine's name in the log."""
        self._name = name
        self.is_out = False

    def failed(self, error: EngineError, reason: str) -> None:
        """Record a failure, and log the first one."""
        if not self.is_out:
            self.is_out = True
            _LOGGER.warning("%s fails: %s; further failures are not logged", self._name, reason)
        error.is_logged = True

    def worked(self) -> None:
        """Record a success, and log it after a failure."""
        if self.is_out:
            self.is_out = False
            _LOGGER.info("%s works again", self._name)
