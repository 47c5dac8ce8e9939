"""Puts private names of Home Assistant where the test plugin of the version before looks.

To be imported before pytest: the plugin takes the names when it is loaded.
"""

import homeassistant.core  # noqa: F401 (first: it renames modules as they are imported)
from homeassistant.components import logger
from homeassistant.components.logger import const, helpers

for name, module in (("_clear_logger_overwrites", helpers), ("SERVICE_SET_LEVEL", const)):
    if not hasattr(logger, name):
        setattr(logger, name, getattr(module, name))
