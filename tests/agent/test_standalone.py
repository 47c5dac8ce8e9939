"""The library works without the integration and without Home Assistant."""

import ast
import subprocess
import sys
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "custom_components" / "playai"

PROGRAM = """
import sys
import agent
loaded = {"homeassistant", "custom_components"} & {name.split(".")[0] for name in sys.modules}
assert not loaded, loaded
print(agent.Session.__module__)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program beside the folder of the library, as if that had been copied there."""
    return subprocess.run(  # noqa: S603 (our own interpreter and text)
        [sys.executable, "-E", "-s", "-c", program],
        cwd=LIBRARY,
        capture_output=True,
        text=True,
        check=False,
    )


def test_library_loads_on_its_own() -> None:
    result = run(PROGRAM)
    assert (result.stdout.strip(), result.stderr) == ("agent.session", "")


OLD_PYTHON = """
import sys
sys.version_info = (3, 11, 7, "final", 0)
import agent.audio
"""


def test_older_python_is_refused_in_one_sentence() -> None:
    result = run(OLD_PYTHON)
    assert result.stderr.splitlines()[-1] == (
        "ImportError: the client library needs Python 3.14 or later, and this is 3.11.7"
    )


def test_older_python_can_read_the_refusal() -> None:
    ast.parse((LIBRARY / "agent" / "__init__.py").read_text(), feature_version=(3, 8))


def test_library_imports_nothing_of_the_integration() -> None:
    modules = list((LIBRARY / "agent").rglob("*.py"))
    assert len(modules) > 10
    for module in modules:
        text = module.read_text()
        depth = len(module.relative_to(LIBRARY / "agent").parts)
        assert "homeassistant" not in text, module
        assert f"from {'.' * (depth + 1)}" not in text, module
