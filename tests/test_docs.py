"""The documents and comments refer only to files that exist, and their examples can be read."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.harness import HOME_ASSISTANTS, ROOT

FILES = subprocess.run(
    ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
PRESENT = [path for name in FILES if (path := ROOT / name).is_file()]
DOCUMENTS = [path for path in PRESENT if path.suffix == ".md"]
SOURCES = [
    path
    for path in PRESENT
    if path.suffix in {".py", ".toml", ".txt", ".ini"} or path.parent.name in {"scripts", ".ci"}
]

LINK = re.compile(r"\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]+\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:\.?[\w-]+/)*\.?[\w-]+(?:\.(?:py|md|toml|txt|ini|lock|json|yaml|yml)|/))`")
DOCUMENT = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w-]+\.md)\b")

EXAMPLE = re.compile(r"^```(yaml|json|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
READERS = {"yaml": yaml.safe_load, "json": json.loads, "toml": tomllib.loads}

FOLDERS = [
    ROOT,
    ROOT / "custom_components" / "playai",
    ROOT / "custom_components" / "playai" / "agent",
    ROOT / "custom_components" / "playai" / "agent" / "audio",
    ROOT / "custom_components" / "playai" / "agent" / "turn_taking",
    ROOT / "agent_server",
    ROOT / "agent_server" / "conversation",
    ROOT / "playai_agent",
    ROOT / "docs",
]
"""Where a path in a document may begin."""

NOT_OURS = {
    "identity.json",  # Written by the agent.
    "agents.toml",  # Of the user.
    "configuration.yaml",  # Of Home Assistant.
    "translations/<language>.json",
    "strings.json",
    "screenshots/",  # Written by scripts/screenshots.
    "custom_components/",  # Of Home Assistant's configuration.
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_to_files(document):
    links = [link.partition("#")[0] for link in LINK.findall(document.read_text("utf-8"))]
    for link in links:
        if link and "://" not in link and not link.startswith("mailto:"):
            assert (document.parent / link).exists(), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_named_files_exist(document):
    for path in PATH.findall(document.read_text("utf-8")):
        if path not in NOT_OURS:
            assert any((folder / path).exists() for folder in [document.parent, *FOLDERS]), path


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_sources_name_only_documents_of_this_repository(source):
    for path in DOCUMENT.findall(source.read_text("utf-8")):
        assert any((folder / path).exists() for folder in [source.parent, *FOLDERS]), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_examples_can_be_read(document):
    for language, example in EXAMPLE.findall(document.read_text("utf-8")):
        assert READERS[language](example), example


def test_example_of_the_card_has_its_options():
    text = (ROOT / "docs" / "talk.md").read_text("utf-8")
    [(_, example)] = EXAMPLE.findall(text)
    options = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert yaml.safe_load(example).keys() - {"type"} <= set(options)


def test_every_picture_is_shown_in_a_document():
    shown = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in IMAGE.findall(document.read_text("utf-8"))
    }
    assert {path for path in PRESENT if path.parent == ROOT / "docs" / "images"} <= shown


def test_home_assistant_versions_are_distinct_and_in_order():
    text = (ROOT / "scripts" / "home-assistant-versions").read_text("utf-8")
    versions = re.findall(r"^(\w+) (\d+)\.(\d+)\.(\d+)$", text, re.MULTILINE)
    assert [name for name, *_ in versions] == list(HOME_ASSISTANTS)
    assert len(set(HOME_ASSISTANTS)) == len(HOME_ASSISTANTS)
    numbers = [tuple(map(int, version)) for _, *version in versions]
    assert numbers == sorted(numbers)


def test_unknown_environment_is_refused():
    result = subprocess.run(  # noqa: S603 (our own program)
        [ROOT / "scripts" / "setup", "nothing"], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (1, "setup: there is no environment nothing\n")
