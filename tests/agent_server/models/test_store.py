"""Models in the state folder."""

import hashlib
from pathlib import Path

import pytest

from agent_server.models import DIGEST_LENGTHS, Model, ModelError, ModelFile
from agent_server.models.catalogue import find, names
from agent_server.models.store import download, fetch_missing, folder_of

from .file_server import CONTENT, served

CONFIG = b"{}"


def model(address: str) -> Model:
    files = {"model.bin": CONTENT, "config.json": CONFIG}
    return Model(
        "whisper",
        "test",
        tuple(
            ModelFile(name, f"{address}/{name}", f"sha256:{hashlib.sha256(data).hexdigest()}")
            for name, data in files.items()
        ),
    )


def place(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(CONTENT)
    (folder / "config.json").write_bytes(CONFIG)
    return folder


async def test_complete_model_needs_no_network(tmp_path):
    wanted = model("https://127.0.0.1:1")
    place(folder_of(wanted, tmp_path))
    lines: list[str] = []
    await fetch_missing([wanted, wanted], tmp_path, lines.append)
    assert lines == []


async def test_damaged_file_is_named_and_kept(tmp_path):
    wanted = model("https://127.0.0.1:1")
    path = place(folder_of(wanted, tmp_path)) / "model.bin"
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ModelError, match="delete it, and it is downloaded again") as caught:
        await fetch_missing([wanted], tmp_path, print)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == CONTENT[:-1]


async def test_file_that_cannot_be_read(tmp_path):
    wanted = model("https://127.0.0.1:1")
    (folder_of(wanted, tmp_path) / "model.bin").mkdir(parents=True)
    with pytest.raises(ModelError, match=r"model\.bin cannot be read: Is a directory"):
        await fetch_missing([wanted], tmp_path, print)


async def test_without_internet_a_sentence_says_where_to_put_the_file(tmp_path):
    wanted = model("https://127.0.0.1:1")
    async with served() as origin:
        with pytest.raises(ModelError) as caught:
            await download(wanted, wanted.files, tmp_path, origin.downloader())
    text = str(caught.value)
    assert "model.bin" in text
    assert "https://127.0.0.1:1/model.bin" in text
    assert text.endswith(f"save it as {tmp_path / 'model.bin'}, and likewise config.json")
    assert "\n" not in text


async def test_server_that_is_not_trusted(tmp_path):
    async with served() as origin:
        with pytest.raises(ModelError, match="certificate"):
            await fetch_missing([model(origin.server.address)], tmp_path, origin.lines.append)


@pytest.mark.parametrize("kind", ["whisper", "piper"])
def test_catalogue(kind):
    assert names(kind)
    for name in names(kind):
        known = find(kind, name)
        assert known is not None
        assert (known.kind, known.name) == (kind, name)
        for file in known.files:
            assert file.url.startswith("https://huggingface.co/")
            assert file.url.endswith(f"/{file.name}")
            assert (file.size or 0) > 0
            algorithm, _, digits = file.digest.partition(":")
            assert len(digits) == DIGEST_LENGTHS[algorithm]
            int(digits, 16)
    assert find(kind, "no-such-model") is None


def test_catalogue_has_a_voice_for_each_language_of_the_integration():
    languages = {name.partition("-")[0] for name in names("piper")}
    assert {name.partition("_")[0] for name in languages} == set(
        "cs da de en es fr it nl pl pt sv".split()
    )
    assert {"pt_PT", "pt_BR"} <= languages
