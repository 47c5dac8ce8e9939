"""Speech to text by OpenAI-compatible servers."""

import asyncio
import io
import wave
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from agent_server.audio import INPUT_RATE
from agent_server.errors import EngineError
from agent_server.remote.openai import OpenAIServer, OpenAISource
from agent_server.stt import SpeechToTextError
from agent_server.stt.openai import OpenAISpeechToText
from tests.agent_server.openai import KEY, connected, speech_server
from tests.harness.models.aimock import aimock, is_installed

SECOND = np.full(INPUT_RATE, 0.5, np.float32)


async def hear(server: OpenAIServer, model: str | None = None) -> str:
    utterance = OpenAISpeechToText(server, model).begin("de-AT", phrases=["Grandma's safe"])
    utterance.feed(SECOND)
    utterance.feed(-3 * SECOND)
    utterance.confirm()
    return (await utterance.transcript()).text


async def test_request_and_answer():
    fields: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        for name, value in (await request.post()).items():
            fields[name] = value.file.read() if isinstance(value, web.FileField) else value
        return web.json_response({"text": " Guten Tag. "})

    async with speech_server(handler) as server:
        assert await hear(server) == "Guten Tag."
    with wave.open(io.BytesIO(fields.pop("file"))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, INPUT_RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert samples.size == 2 * INPUT_RATE
    assert samples[[0, -1]].tolist() == [16383, -32767]
    assert fields == {"model": "whisper-1", "language": "de", "response_format": "json"}


@pytest.mark.parametrize(
    ("language", "code"),
    [("nb", "no"), ("nb-NO", "no"), ("fil", "tl"), ("iw", "he"), ("PT_br", "pt"), ("yue", "yue")],
)
async def test_language_has_the_code_of_whisper(language: str, code: str) -> None:
    codes: list[Any] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        codes.append((await request.post())["language"])
        return web.json_response({"text": "Hei."})

    async with speech_server(handler) as server:
        await OpenAISpeechToText(server).transcribe(SECOND, language)
    assert codes == [code]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, f'{{"error": {{"message": "bad key {KEY}"}}}}', "refuses the key"),
        (429, "{}", "accepts no more requests"),
        (500, KEY, "HTTP 500"),
        (200, "{broken", "invalid answer"),
        (200, "[]", "invalid answer"),
        (200, '{"words": 3}', "invalid answer"),
        (200, '{"text": 3}', "invalid answer"),
        (200, "<h1>Welcome</h1>", "invalid answer"),
    ],
)
async def test_failures(status, body, reason, caplog):
    async def handler(_request: web.Request) -> web.StreamResponse:
        content_type = "text/html" if body.startswith("<") else "application/json"
        return web.Response(status=status, text=body, content_type=content_type)

    async with speech_server(handler) as server:
        with pytest.raises(SpeechToTextError, match=reason) as caught:
            await hear(server)
    assert KEY not in str(caught.value) + caplog.text


async def test_server_that_does_not_answer():
    async def handler(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with speech_server(handler, wait=0.2) as server:
        with pytest.raises(SpeechToTextError, match="in time"):
            await hear(server)


async def test_what_the_server_offers(caplog):
    async def handler(_request: web.Request) -> web.StreamResponse:
        raise AssertionError

    async with speech_server(handler) as server:
        source = OpenAISource(server)
        assert source.name == server.name
        assert (source.languages, source.offered) == (None, None)
        assert await source.ask() == "models: a, b"
    async with connected("http://127.0.0.1:9") as server:
        with pytest.raises(EngineError, match="connection to it fails"):
            await OpenAISource(server).ask()
    assert not caplog.records  # The caller logs it.


@pytest.mark.skipif(not is_installed(), reason="scripts/model-servers has not installed aimock")
async def test_server_of_another_project(tmp_path):
    fixtures = [
        {
            "match": {"endpoint": "transcription", "model": "busy"},
            "response": {"error": {"message": "Busy", "type": "x"}, "status": 503},
        },
        {
            "match": {"endpoint": "transcription", "model": "small"},
            "response": {"transcription": {"text": "Guten Tag."}},
        },
    ]
    async with aimock(tmp_path, fixtures) as url, connected(url) as server:
        with pytest.raises(SpeechToTextError, match="503: Busy"):
            await hear(server, "busy")
        assert await hear(server, "small") == "Guten Tag."
