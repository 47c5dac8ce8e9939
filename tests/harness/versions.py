"""The releases of Home Assistant whose frontend the browser tests use.

The newest one, or all with the variable ALL_FRONTENDS, which `scripts/test --browser` sets.
"""

import os
from typing import Final

from . import HOME_ASSISTANTS

FRONTENDS: Final = HOME_ASSISTANTS if os.environ.get("ALL_FRONTENDS") else HOME_ASSISTANTS[-1:]
