"""The locked requirements are those of the project, each with a version and hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "agent_server" / "requirements.lock").read_text(encoding="utf-8")
IMAGE_LOCK = (ROOT / "agent_server" / "requirements-image.lock").read_text(encoding="utf-8")
_ENTRY = re.compile(
    r"^([\w.-]+)==(\S+)(?: ; [^\\]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def read(lock: str) -> dict[str, tuple[str, int]]:
    """Return the version and the number of hashes of each package."""
    return {
        name: (version, hashes.count("--hash")) for name, version, hashes in _ENTRY.findall(lock)
    }


LOCKED = read(LOCK)
IN_IMAGE = read(IMAGE_LOCK)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TESTED = [
    line.partition("#")[0].strip()
    for line in (ROOT / "requirements_test.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line
]


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_every_dependency_is_locked(requirement):
    needed = Requirement(requirement)
    version, hashes = LOCKED[canonicalize_name(needed.name)]
    assert needed.specifier.contains(version)
    assert hashes > 0


@pytest.mark.parametrize("requirement", TESTED)
def test_locked_versions_are_those_that_are_tested(requirement):
    tested = Requirement(requirement)
    locked = LOCKED.get(canonicalize_name(tested.name))
    assert locked is None or tested.specifier.contains(locked[0])


@pytest.mark.parametrize("lock", [LOCK, IMAGE_LOCK], ids=["agent", "image"])
def test_everything_has_hashes(lock):
    """The installer refuses the whole file otherwise."""
    names = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    assert len(names) > len(PROJECT["dependencies"])
    assert sorted(read(lock)) == sorted(names)


@pytest.mark.parametrize("lock", [LOCK, IMAGE_LOCK], ids=["agent", "image"])
def test_no_package_index_is_named(lock):
    assert "://" not in lock
    assert "index-url" not in lock


def test_image_has_the_same_packages_and_the_optional_engines():
    assert LOCKED.items() <= IN_IMAGE.items()
    for requirements in PROJECT["optional-dependencies"].values():
        for requirement in map(Requirement, requirements):
            version, _ = IN_IMAGE[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version)
