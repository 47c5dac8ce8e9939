"""Makes the client library importable where Home Assistant is not installed.

The library is `custom_components.playai.agent`. Importing it first runs the `__init__` of the
integration around it, which imports Home Assistant.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import Final

from tests.harness import ROOT

_PARENT: Final = "custom_components"
_NAME: Final = "playai"


def make_importable() -> None:
    """Register the integration as a package without an `__init__`, unless it can be imported."""
    name = f"{_PARENT}.{_NAME}"
    if find_spec("homeassistant") is None and name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(ROOT / _PARENT / _NAME)]
        sys.modules[name] = package = module_from_spec(spec)
        setattr(import_module(_PARENT), _NAME, package)
