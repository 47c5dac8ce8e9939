"""Errors at the start are reported in one sentence, unsafe settings in a warning."""

import json
import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest

from agent_server.identity import FILE_NAME
from agent_server.keys import is_weak, new_key

from .programs import ended, line, started

KEY = "ak-0123456789abcdef"
AGENT = ("--port", "0", "--agent-id", "a", "--api-key", KEY)


async def refused(*arguments: str, code: int, **environment: str) -> str:
    """Start the server, which must fail; return its message of one line."""
    async with started(*arguments, wrapper=(), **environment) as process:
        exit_code, out, err = await ended(process)
    assert (exit_code, out) == (code, ""), err
    assert err.startswith("agent_server: ")
    assert err.count("\n") == 1
    return err


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_large(path: Path) -> None:
    path.touch()
    os.truncate(path, 1_000_000_000)


UNUSABLE = [
    (make_fifo, "Not a regular file"),
    (make_large, "File too large"),
    (Path.mkdir, "Is a directory"),
]


@pytest.mark.parametrize(("make", "says"), UNUSABLE)
async def test_file_that_cannot_be_the_configuration(tmp_path, make, says):
    path = tmp_path / "agents.toml"
    make(path)
    err = await refused("--config", str(path), code=2)
    assert str(path) in err
    assert says in err


@pytest.mark.parametrize(("make", "says"), UNUSABLE)
async def test_file_that_cannot_be_the_identity(tmp_path, make, says):
    path = tmp_path / FILE_NAME
    make(path)
    err = await refused("--state-dir", str(tmp_path), code=2)
    assert str(path) in err
    assert says in err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
async def test_identity_that_is_too_long_to_announce(tmp_path, host):
    agent_id = "x" * 300
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"agent_id": agent_id, "keys": {agent_id: KEY}}))
    path.chmod(0o600)
    err = await refused("--state-dir", str(tmp_path), "--host", host, "--port", "0", code=2)
    assert str(path) in err
    assert "200 bytes" in err


@pytest.mark.parametrize("key", ["", "two words", "ä"])
async def test_identity_with_a_key_that_no_client_can_send(tmp_path, key):
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"agent_id": "a", "keys": {"a": key}}))
    path.chmod(0o600)
    assert str(path) in await refused("--state-dir", str(tmp_path), code=2)


async def test_folder_of_a_user_who_does_not_exist():
    assert "--state-dir" in await refused("--state-dir", "~no-such-user/agent", code=2)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        # Documentation addresses belong to no computer.
        ("203.0.113.1", "Cannot assign requested address"),
        ("2001:db8::1", "address"),
        ("a" * 80, "Not a valid host name"),
    ],
)
async def test_address_of_another_computer(host, says):
    err = await refused(*AGENT, "--host", host, code=1)
    assert host in err
    assert says in err
    assert "None" not in err


def damaged_copy(distribution: str, file: str, folder: Path) -> None:
    """Install a package into a folder, with one wrong byte in one of its files."""
    for path in metadata.files(distribution) or ():
        source, target = Path(str(path.locate())), folder / path
        if path.is_relative_to("..") or ".." in path.parts or not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if str(path) == file:
            content = bytearray(source.read_bytes())
            content[len(content) // 2] ^= 0x40
            target.write_bytes(content)
        else:
            target.symlink_to(source)
    assert (folder / file).is_file()


@pytest.mark.parametrize(
    ("distribution", "file"),
    [
        ("moonshine-voice", "moonshine_voice/assets/tiny-en/encoder_model.ort"),
        ("moonshine-voice", "moonshine_voice/assets/tiny-en/tokenizer.bin"),
        ("hibari-tts", "hibari/assets/hibari.onnx"),
        ("hibari-tts", "hibari/assets/lexicon_us_gold.json.gz"),
    ],
)
async def test_damaged_model(tmp_path, distribution, file):
    damaged_copy(distribution, file, tmp_path)
    err = await refused(*AGENT, code=1, PYTHONPATH=str(tmp_path))
    assert str(tmp_path / file) in err
    assert f"install {distribution} again" in err


async def test_damaged_voice_activity_model(tmp_path):
    package = Path(__file__).parents[2] / "agent_server"
    shutil.copytree(package, tmp_path / "agent_server", ignore=lambda *_: ["__pycache__"])
    model = tmp_path / "agent_server" / "turn_detection" / "silero_vad_16k_op15.onnx"
    model.write_bytes(model.read_bytes()[:-1])
    # The folder that a program starts in comes before PYTHONPATH.
    run = f"cd {tmp_path} && exec {sys.executable} -m agent_server --port 0 --state-dir {tmp_path}"
    async with started(wrapper=("sh", "-c", run)) as process:
        code, out, err = await ended(process)
    assert (code, out) == (1, "")
    assert str(model) in err
    assert "Traceback" not in err


@pytest.mark.parametrize("module", ["numpy", "onnxruntime", "hibari", "zeroconf"])
async def test_library_that_cannot_be_loaded(tmp_path, module):
    (tmp_path / f"{module}.py").write_text("raise ImportError('it is\\nbroken')")
    err = await refused(*AGENT, code=1, PYTHONPATH=str(tmp_path))
    assert "cannot be loaded: it is broken" in err


@pytest.mark.parametrize("megabytes", [200, 300, 400])
async def test_too_little_memory(megabytes):
    wrapper = ("sh", "-c", f'ulimit -v {megabytes * 1000} && exec "$@"', "sh")
    # More threads take more memory, so the outcome would depend on the number of cores.
    async with started(*AGENT, wrapper=wrapper, OPENBLAS_NUM_THREADS="1") as process:
        code, out, err = await ended(process)
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("agent_server: ")


async def warnings(*arguments: str) -> list[str]:
    """Return the warnings of a server at its start."""
    async with started("--port", "0", *arguments) as process:
        assert (await line(process)).startswith("ws://")
        process.terminate()
        code, _, err = await ended(process)
    assert code == 0
    return [row for row in err.splitlines() if " WARNING " in row]


@pytest.mark.parametrize("key", ["a", "ak-1", "0123456789", "a" * 40, "abcabcabcabcabcabcabc"])
def test_key_that_is_easy_to_guess(key):
    assert is_weak(key)


@pytest.mark.parametrize("key", [KEY, "k2J9xPq7Lw4TzR8m"])
def test_key_that_is_not_easy_to_guess(key):
    assert not is_weak(key)
    assert not is_weak(new_key())


async def test_weak_key_gives_a_warning():
    (warning,) = await warnings("--agent-id", "kitchen", "--api-key", "ak-secret")
    assert "The key of agent kitchen is easy to guess" in warning
    assert "ak-secret" not in warning


async def test_safe_start_warns_of_nothing(tmp_path):
    state = tmp_path / "state"
    assert await warnings("--state-dir", str(state)) == []
    assert await warnings("--state-dir", str(state)) == []


async def test_folder_that_everybody_can_write(tmp_path):
    tmp_path.chmod(0o777)
    for _ in range(2):
        (warning,) = await warnings("--state-dir", str(tmp_path))
        assert str(tmp_path) in warning


async def test_configuration_with_keys_that_everybody_can_read(tmp_path):
    path = tmp_path / "agents.toml"
    path.write_text(f"[[agents]]\nid = 'a'\nkey = '{KEY}'\n")
    path.chmod(0o644)
    (warning,) = await warnings("--config", str(path))
    assert str(path) in warning
    assert KEY not in warning
    path.chmod(0o640)
    assert await warnings("--config", str(path)) == []
