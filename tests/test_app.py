"""The app of Home Assistant: the files that the Supervisor reads, and the image that it starts."""

import json
import re
import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_server import VERSION
from agent_server.app.supervisor import SERVICE
from agent_server.config import EndOfTurn, Settings, load
from tests.harness import ROOT

from .test_docs import PRESENT

APP = ROOT / "playai_agent"
CONFIG = yaml.safe_load((APP / "config.yaml").read_text("utf-8"))
SCHEMA = CONFIG["schema"]
INTEGRATION = ROOT / "custom_components/playai"
LANGUAGES = sorted(path.stem for path in INTEGRATION.glob("translations/*.json"))
WORKFLOWS = sorted((ROOT / ".github/workflows").iterdir())

ELEMENT = re.compile(
    r"(bool|url|port|(str|password)(\(\d*,\d*\))?|int(\(-?\d*,-?\d*\))?|match\(.+\)|list\(.+\))\??"
)
"""The types of options that this app uses, as the Supervisor spells them."""

PRIVATE = {"advanced", "codenotary", "watchdog", "build_from", "host_network", "full_access"}
"""Keys that the Supervisor now ignores, and permissions that the agent does not need."""

WYOMING: dict[str, Any] = {
    "language": "en-GB",
    "greeting": "Hello!",
    "api_key": "ak-0123456789abcdef",
    "end_of_turn": "quick",
    "max_connections": 20,
    "stt": {"wyoming": "tcp://core-whisper:10300", "model": "tiny-int8"},
    "tts": {"wyoming": "tcp://core-piper:10200", "voice": "en_US-joe-medium"},
    "brain": {},
}
OPENAI: dict[str, Any] = {
    "stt": {"openai": "https://example.org/v1", "model": "m", "key": "sk-1"},
    "tts": {"openai": "https://example.org/v1", "model": "m", "voice": "v", "key": "sk-1"},
    "brain": {
        "openai": "http://example.org/v1",
        "model": "m",
        "key": "sk-1",
        "tools": True,
        "prompt": "Be brief.",
    },
}


LOCAL: dict[str, Any] = {
    "language": "de",
    "stt": {"whisper": "base"},
    "tts": {"piper": "de_DE-thorsten-medium"},
}


def read(options: dict[str, Any], folder: Path) -> Settings:
    """Read options as the agent does in the app."""
    path = folder / "options.json"
    path.write_text(json.dumps(options))
    return load(["--app-options", str(path)])


def leaves(table: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return the values by their path."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= (
            leaves(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
        )
    return found


def is_valid(element: str, value: Any) -> bool:
    """Return whether the Supervisor accepts a value."""
    kind, _, rest = element.removesuffix("?").partition("(")
    limits = rest.removesuffix(")")
    match kind:
        case "match":
            return bool(re.match(limits, value))
        case "list":
            return value in limits.split("|")
        case "int":
            lowest, highest = map(int, limits.split(","))
            return isinstance(value, int) and lowest <= value <= highest
        case "bool":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str)


def test_supervisor_finds_one_app():
    # It reads every file of this name outside of hidden folders.
    names = [path.name for path in PRESENT if "/." not in f"/{path.relative_to(ROOT)}"]
    assert [names.count(f"config.{suffix}") for suffix in ("yaml", "yml", "json")] == [1, 0, 0]
    repository = yaml.safe_load((ROOT / "repository.yaml").read_text("utf-8"))
    assert repository["url"] == CONFIG["url"]


def test_configuration():
    assert {"name", "version", "slug", "description", "arch", "image"} <= set(CONFIG)
    assert not set(CONFIG) & PRIVATE
    assert CONFIG["version"] == VERSION
    assert CONFIG["slug"] == APP.name
    assert re.fullmatch(r"[a-z0-9_]+", CONFIG["slug"])
    assert CONFIG["arch"] == ["aarch64", "amd64"]
    assert re.fullmatch(r"ghcr\.io/[a-z-]+/[a-z-]+", CONFIG["image"])
    assert CONFIG["homeassistant"] == json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    assert CONFIG["stage"] in ("stable", "experimental")


def test_app_is_discovered_by_the_integration():
    manifest = json.loads((INTEGRATION / "manifest.json").read_text("utf-8"))
    assert CONFIG["discovery"] == [SERVICE] == [manifest["domain"]]


def test_port_is_closed_outside():
    assert CONFIG["ports"] == {"8765/tcp": None}


@pytest.mark.parametrize(("option", "element"), leaves(SCHEMA).items())
def test_types_of_options(option, element):
    assert ELEMENT.fullmatch(element), option


def test_defaults(tmp_path):
    defaults = CONFIG["options"]
    for option, element in SCHEMA.items():
        if isinstance(element, dict):
            assert defaults[option] == {}  # The Supervisor has no optional groups.
        elif option in defaults:
            assert is_valid(element, defaults[option])
        else:
            assert element.endswith("?")
    assert read(defaults, tmp_path) == Settings(is_app=True)


@pytest.mark.parametrize("options", [WYOMING, OPENAI, LOCAL])
def test_supervisor_and_agent_accept_the_same(options, tmp_path):
    given = leaves(options)
    elements = leaves(SCHEMA)
    for option, value in given.items():
        assert is_valid(elements[option], value), option
    assert read(options, tmp_path).is_app


def test_every_option_is_one_that_the_agent_reads():
    assert set(leaves(SCHEMA)) == {*leaves(WYOMING), *leaves(OPENAI), *leaves(LOCAL)} - {"brain"}
    models = tomllib.loads((ROOT / "agent_server/models/catalogue.toml").read_text("utf-8"))
    assert SCHEMA["stt"]["whisper"] == f"list({'|'.join(models['whisper'])})?"
    assert SCHEMA["tts"]["piper"] == f"list({'|'.join(models['piper'])})?"
    assert SCHEMA["end_of_turn"] == f"list({'|'.join(EndOfTurn)})"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("language", "Deutsch"),
        ("end_of_turn", "soon"),
        ("max_connections", 0),
        ("stt.wyoming", "core-whisper:10300"),
        ("tts.openai", "api.openai.com"),
    ],
)
def test_supervisor_refuses_what_the_agent_refuses(option, value):
    assert not is_valid(leaves(SCHEMA)[option], value)


def test_languages_are_those_of_the_integration():
    assert sorted(path.stem for path in APP.glob("translations/*")) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_complete(language):
    texts = yaml.safe_load((APP / f"translations/{language}.yaml").read_text("utf-8"))
    assert set(texts) == {"configuration", "network"}
    assert set(texts["network"]) == set(CONFIG["ports"])
    expected = set()
    for option, element in SCHEMA.items():
        expected |= {f"{option}.name", f"{option}.description"}
        for field in element if isinstance(element, dict) else ():
            expected |= {f"{option}.fields.{field}.{text}" for text in ("name", "description")}
    found = leaves(texts["configuration"])
    assert set(found) == expected
    for text in (*found.values(), *texts["network"].values()):
        assert text == text.strip() != ""
        assert "<" not in text
    if language != "en":
        english = leaves(
            yaml.safe_load((APP / "translations/en.yaml").read_text("utf-8"))["configuration"]
        )
        assert not [
            key for key in found if key.endswith("description") and found[key] == english[key]
        ]


@pytest.mark.parametrize(("name", "size"), [("icon.png", (128, 128)), ("logo.png", (250, 100))])
def test_images(name, size):
    image = (APP / name).read_bytes()
    signature, width, height = struct.unpack(">8s8xII", image[:24])
    assert signature == b"\x89PNG\r\n\x1a\n"
    assert (width, height) == size


def test_documentation_names_every_option(tmp_path):
    text = (APP / "DOCS.md").read_text("utf-8")
    documented = re.findall(r"^\| `(\w+)` \| ", text, re.MULTILINE)
    assert set(SCHEMA) <= set(documented)
    [example] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    options = yaml.safe_load(example)
    assert {option.partition(".")[0] for option in leaves(options)} <= set(SCHEMA)
    assert read(options, tmp_path).agents[0].language == "de"


def test_changelog_has_the_version():
    assert f"\n## {CONFIG['version']}\n" in (APP / "CHANGELOG.md").read_text("utf-8")


def test_image():
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    instructions = [line.split(maxsplit=1) for line in text.splitlines() if line[:1].isupper()]
    bases = [rest for name, rest in instructions if name == "FROM"]
    assert bases == ["python:3.14-slim-trixie AS packages", "python:3.14-slim-trixie"]
    assert "--require-hashes" in text
    [start] = [json.loads(rest) for name, rest in instructions if name == "ENTRYPOINT"]
    assert start[:3] == ["python", "-m", "agent_server"]
    settings = load([*start[3:], "--app-options", "/nonexistent/options.json"])
    assert (settings.host, settings.port, settings.run_as) == ("0.0.0.0", 8765, 1000)  # noqa: S104
    assert str(settings.state_dir).startswith("/data/")
    assert [rest for name, rest in instructions if name == "VOLUME"] == ["/data"]
    assert [rest for name, rest in instructions if name == "EXPOSE"] == ["8765"]
    [check] = [rest for name, rest in instructions if name == "HEALTHCHECK"]
    assert '"agent_server.healthcheck"' in check


def test_image_contains_only_what_it_needs():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert lines[1] == "*"
    assert [line for line in lines if line.startswith("!")] == ["!LICENSE", "!agent_server"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_few_rights(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            action = step.get("uses", "")
            assert not action or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
