"""The library works without the integration and without Home Assistant."""

import subprocess
import sys
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "custom_components" / "playai"

PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
import agent
loaded = {{"homeassistant", "custom_components"}} & {{name.split(".")[0] for name in sys.modules}}
assert not loaded, loaded
print(agent.Session.__module__)
"""


def test_library_loads_on_its_own() -> None:
    program = PROGRAM.format(folder=str(LIBRARY))
    result = subprocess.run(  # noqa: S603 (our own interpreter and text)
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert (result.stdout.strip(), result.stderr) == ("agent.session", "")


def test_library_imports_nothing_of_the_integration() -> None:
    modules = list((LIBRARY / "agent").rglob("*.py"))
    assert len(modules) > 10
    for module in modules:
        text = module.read_text()
        depth = len(module.relative_to(LIBRARY / "agent").parts)
        assert "homeassistant" not in text, module
        assert f"from {'.' * (depth + 1)}" not in text, module
