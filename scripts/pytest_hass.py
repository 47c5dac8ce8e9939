"""Runs pytest on a Home Assistant that is newer than the test plugin was made for.

The plugin takes two private names that have moved since; they are put where it looks.
"""

import sys

import homeassistant.core  # noqa: F401 (before pytest: it renames modules as they are imported)
from homeassistant.components import logger
from homeassistant.components.logger import const, helpers

for name, module in (("_clear_logger_overwrites", helpers), ("SERVICE_SET_LEVEL", const)):
    if not hasattr(logger, name):
        setattr(logger, name, getattr(module, name))

import pytest

sys.exit(pytest.main(sys.argv[1:]))
