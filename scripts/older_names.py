"""Adds the private names of Home Assistant that its test plugin imports and that have moved since.

Import this module before pytest: the plugin looks the names up when it is loaded.
"""

import homeassistant.core  # noqa: F401 (first: it renames modules as they are imported)
from homeassistant.components import logger
from homeassistant.components.logger import const, helpers

for name, module in (("_clear_logger_overwrites", helpers), ("SERVICE_SET_LEVEL", const)):
    if not hasattr(logger, name):
        setattr(logger, name, getattr(module, name))
