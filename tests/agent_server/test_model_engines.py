"""Agents with local models: at the start, in a conversation and in the report on engines."""

import asyncio
import hashlib
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trustme

from agent_server.audio import mulaw_encode
from agent_server.wire.server import PATH
from tests.recordings import REQUESTS, plain

from .calling import PATIENCE, RATE, SILENCE, call
from .local_models import NO_NOISE, VOICE, WHISPER, copy_voice
from .models.file_server import FileServer, listen
from .programs import ended, line, started

KEY = "k2J9xPq7Lw4TzR8m"


def config(folder: Path, *lines: str) -> tuple[str, ...]:
    path = folder / "agents.toml"
    text = ["[[agents]]", 'id = "kitchen"', f'key = "{KEY}"', 'brain = "echo"', *lines]
    path.write_text("\n".join(text), encoding="utf-8")
    path.chmod(0o600)
    return ("--config", str(path), "--port", "0", "--state-dir", str(folder / "state"))


def local(folder: Path) -> tuple[str, str]:
    """Return the fields of the engines with the models of packages."""
    voice = copy_voice(folder, inference=NO_NOISE)
    return (f'stt = {{ whisper = "{WHISPER}" }}', f'tts = {{ piper = "{voice}" }}')


@asynccontextmanager
async def origin(folder: Path, content: bytes) -> AsyncIterator[tuple[FileServer, dict[str, str]]]:
    """Serve a file over HTTPS; also return the environment of programs that trust the server."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    certificate = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(certificate))
    server = FileServer(content)
    async with listen(server.handle, context) as port:
        server.address = f"https://127.0.0.1:{port}"
        try:
            yield server, {"SSL_CERT_FILE": str(certificate)}
        finally:
            server.closing.set()


def downloaded(server: FileServer, content: bytes) -> tuple[str, ...]:
    digest = hashlib.sha256(content).hexdigest()
    return (
        f'tts = {{ piper = "{VOICE}" }}',
        "[agents.stt]",
        'whisper = "test"',
        f'url = "{server.address}/"',
        f'sha256 = {{ "model.bin" = "{digest}" }}',
    )


async def test_conversation(tmp_path):
    request = mulaw_encode(REQUESTS["what-time"].pcm)
    async with started(*config(tmp_path, *local(tmp_path))) as process:
        port = int((await line(process)).partition("127.0.0.1:")[2].partition("/")[0])
        async with call(f"ws://127.0.0.1:{port}{PATH}", "kitchen", KEY) as caller:
            await caller.play(request)
            await caller.play(bytes([SILENCE]) * 2 * RATE)
            heard = (await caller.wait("onUserTranscript"))["message"]
            await caller.wait("audioStreamEnd")
        assert plain(heard) == plain(REQUESTS["what-time"].words)
        assert caller.of("audioStream")
        process.terminate()
        assert (await ended(process))[0] == 0


async def test_check(tmp_path):
    async with started("--check", *config(tmp_path, *local(tmp_path))[1:2]) as process:
        code, out, err = await ended(process)
    assert (code, err) == (0, "")
    assert "  text-to-speech piper en_US-joe-medium: en_US\n" in out
    assert "  speech-to-text whisper model: en\n" in out
    assert 'speaks "What time is it?": first audio after' in out
    assert 'hears "' in out


async def test_language_that_the_model_does_not_have(tmp_path):
    async with started(*config(tmp_path, 'language = "de"', *local(tmp_path))) as process:
        code, out, err = await ended(process)
    assert (code, out) == (1, "")
    assert "speech-to-text whisper model does not know de, only en" in err


async def test_model_is_downloaded_at_the_first_start_only(tmp_path):
    content = b"not a model"
    state = tmp_path / "state" / "models" / "whisper" / "test" / "model.bin"
    async with origin(tmp_path, content) as (server, environment):
        arguments = config(tmp_path, *downloaded(server, content))
        for _ in range(2):
            async with started(*arguments, **environment) as process:
                code, out, err = await ended(process)
            # The download is complete, but it is no model.
            assert (code, out) == (1, "")
            assert "Whisper's model is incomplete: " in err
        assert len(server.ranges) == 1
    assert state.read_bytes() == content


async def test_model_that_cannot_be_downloaded(tmp_path):
    async with origin(tmp_path, b"") as (server, environment):
        server.statuses = [404, 404]
        arguments = config(tmp_path, *downloaded(server, b"other"))
        where = tmp_path / "state" / "models" / "whisper" / "test" / "model.bin"
        for options in (arguments, ("--check", *arguments[1:])):
            async with started(*options, **environment) as process:
                code, _, err = await ended(process)
            assert code == 1
            assert f"{server.address}/model.bin (the server answers 404)" in err
            assert f"save it as {where}" in err
            assert "Traceback" not in err


async def test_signal_during_a_download(tmp_path):
    content = bytes(1_000_000)
    async with origin(tmp_path, content) as (server, environment):
        server.stalls = [500_000]
        arguments = config(tmp_path, *downloaded(server, content))
        async with started(*arguments, **environment) as process:
            assert process.stderr is not None
            async with asyncio.timeout(PATIENCE):
                await server.stalled.wait()
                assert b"downloading model.bin (1.0 MB) from" in await process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            code, out, err = await ended(process)
    assert (code, out) == (0, "")
    assert "Traceback" not in err


async def test_missing_package(tmp_path):
    (tmp_path / "faster_whisper.py").write_text("raise ImportError('no wheels here')")
    async with started(*config(tmp_path, *local(tmp_path)), PYTHONPATH=str(tmp_path)) as process:
        code, out, err = await ended(process)
    assert (code, out) == (1, "")
    assert "whisper needs the package faster-whisper" in err
    assert "no wheels here" in err
