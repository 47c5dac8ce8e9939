"""The zip of a release, and the settings that an upgrade must keep."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest

from scripts.releasing import archive
from scripts.releasing.stores import Stores, read_stores
from tests.harness import ROOT, VERSIONS

INTEGRATION = ROOT / "custom_components/playai"
MANIFEST = json.loads((INTEGRATION / "manifest.json").read_text("utf-8"))
HACS = json.loads((ROOT / "hacs.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def content():
    return archive.make_zip()


def names(content):
    with zipfile.ZipFile(BytesIO(content)) as files:
        return files.namelist()


def test_zip_has_the_integration_at_its_root(content):
    found = names(content)
    for name in ("manifest.json", "__init__.py", "translations/de.json", "agent/py.typed"):
        assert name in found
    assert {name for name in found if name.startswith("brand/")} >= {
        "brand/icon.png",
        "brand/icon@2x.png",
    }
    committed = archive.git("ls-tree", "-r", "--name-only", "HEAD", archive.FOLDER).decode()
    assert sorted(found) == sorted(
        name.removeprefix(archive.FOLDER) for name in committed.splitlines()
    )


def test_zip_has_nothing_else(content):
    for name in names(content):
        assert "__pycache__" not in name
        assert not name.startswith(("/", "..", "tests", "custom_components"))


def test_same_commit_makes_the_same_zip(content):
    assert archive.make_zip() == content


def test_zip_can_be_unpacked(content, tmp_path):
    archive.unpack(content, tmp_path / "playai")
    manifest = json.loads((tmp_path / "playai/manifest.json").read_text("utf-8"))
    assert manifest["domain"] == "playai"


def test_unknown_commit_is_an_error():
    with pytest.raises(archive.GitError, match="nothing"):
        archive.make_zip("nothing")


def test_zip_is_the_file_that_hacs_downloads():
    workflow = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    assert f"dist/{HACS['filename']}" in workflow
    assert "scripts/release " in workflow


BEFORE = Stores(
    entries={"1": {"title": "Voice agent", "option idle_timeout": 42}},
    entities={"1_status": {"entity_id": "sensor.butler", "name": "Butler"}},
    pipelines={"p": {"id": "p", "tts_engine": "tts.voice_agent_voice"}},
    preferred="p",
)


def test_more_than_before_is_no_loss():
    later = Stores(
        entries={"1": {**BEFORE.entries["1"], "option new": True}},
        entities={**BEFORE.entities, "1_new": {"entity_id": "sensor.new", "name": None}},
        pipelines=BEFORE.pipelines,
        preferred="p",
    )
    assert BEFORE.lost(later) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"entries": {}}, "entries: 1 is gone"),
        (
            {"entries": {"1": {"title": "Voice agent", "option idle_timeout": 10}}},
            "entries: option idle_timeout of 1 was 42 and is 10",
        ),
        (
            {"entries": {"1": {"title": "Voice agent"}}},
            "entries: option idle_timeout of 1 was 42 and is None",
        ),
        (
            {"entities": {"1_status": {"entity_id": "sensor.butler", "name": None}}},
            "entities: name of 1_status was 'Butler' and is None",
        ),
        ({"pipelines": {}}, "pipelines: p is gone"),
        ({"preferred": None}, "the preferred pipeline was p, is None"),
    ],
)
def test_losses(changes, problem):
    later = Stores(**{**vars(BEFORE), **changes})
    assert BEFORE.lost(later) == [problem]


def test_stores_of_home_assistant(tmp_path):
    storage = tmp_path / ".storage"
    storage.mkdir()
    for name, data in {
        "core.config_entries": {
            "entries": [
                {
                    "domain": "playai",
                    "entry_id": "1",
                    "title": "Voice agent",
                    "unique_id": "agent-1",
                    "data": {"url": "ws://agent"},
                    "options": {"idle_timeout": 42},
                },
                {"domain": "sun", "entry_id": "2"},
            ]
        },
        "core.entity_registry": {"entities": [{"platform": "sun"}]},
        "assist_pipeline.pipelines": {"items": [{"id": "p"}], "preferred_item": "p"},
    }.items():
        (storage / name).write_text(json.dumps({"data": data}))
    assert read_stores(tmp_path) == Stores(
        entries={
            "1": {
                "title": "Voice agent",
                "unique_id": "agent-1",
                "data url": "ws://agent",
                "option idle_timeout": 42,
            }
        },
        entities={},
        pipelines={"p": {"id": "p"}},
        preferred="p",
    )


def check_release(version):
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, ROOT / "scripts" / "check-release", version],
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_versions_agree_and_the_changelog_has_them():
    result = check_release(MANIFEST["version"])
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.strip()


def test_another_version_is_refused():
    result = check_release("99.0.0")
    assert result.returncode == 1
    for name in (
        "manifest.json",
        "pyproject.toml",
        "playai_agent/config.yaml",
        "compose.yaml",
        "kubernetes.yaml",
        "CHANGELOG.md",
    ):
        assert name in result.stderr


def test_oldest_home_assistant_is_tested():
    oldest = VERSIONS[0].rpartition(".")[0]
    assert HACS["homeassistant"] == f"{oldest}.0"
