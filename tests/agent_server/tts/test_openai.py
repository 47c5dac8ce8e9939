"""Text to speech by OpenAI-compatible servers."""

import asyncio
import base64
from contextlib import aclosing

import numpy as np
import pytest
from aiohttp import web

from agent_server.remote.openai import OpenAIServer
from agent_server.tts import TextToSpeechError
from agent_server.tts.openai import RATE, OpenAITextToSpeech
from tests.agent_server.openai import KEY, connected, speech_server
from tests.harness.models.aimock import aimock, is_installed

PATIENCE = 30.0
PCM = np.array([16_384, -16_384] * RATE, "<i2").tobytes()


async def speak(server: OpenAIServer, text: str = "Hello.") -> np.ndarray:
    voice = OpenAITextToSpeech(server, "small")
    pieces = [audio async for audio in voice.speak(text, "en", None)]
    assert all(audio.rate == RATE for audio in pieces)
    return np.concatenate([audio.samples for audio in pieces])


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
    await response.prepare(request)
    return response


async def test_request_and_answer():
    async def handler(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        response = await stream(request)
        for start in range(0, len(PCM), 9_999):  # Samples are split between parts.
            await response.write(PCM[start : start + 9_999])
        await response.write(b"\x01")  # Half a sample.
        return response

    bodies: list[dict[str, str]] = []
    async with speech_server(handler) as server:
        samples = await speak(server)
        async with aclosing(OpenAITextToSpeech(server).speak("Hi.", "en", "nova")) as speech:
            await anext(speech)
    assert samples.dtype == np.float32
    assert np.array_equal(samples, np.array([0.5, -0.5] * RATE, np.float32))
    common = {"response_format": "pcm"}
    assert bodies == [
        common | {"input": "Hello.", "model": "small", "voice": "alloy"},
        common | {"input": "Hi.", "model": "tts-1", "voice": "nova"},
    ]


async def test_speech_plays_while_it_arrives():
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        try:
            await response.write(PCM)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            is_cancelled.set()
            raise
        return response

    is_cancelled = asyncio.Event()
    async with speech_server(handler) as server, asyncio.timeout(PATIENCE):
        async with aclosing(OpenAITextToSpeech(server).speak("Hi.", "en", None)) as speech:
            assert (await anext(speech)).samples.size
        await is_cancelled.wait()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, KEY.encode(), "refuses the key"),
        (429, b"{}", "accepts no more requests"),
        (400, b'{"error": {"message": "no such voice"}}', "400: .*no such voice"),
        (200, b"RIFF....WAVE" + bytes(100), "no PCM"),
        (200, b"ID3" + bytes(100), "no PCM"),
        (200, b'{"audio": ""}', "no PCM"),
        (200, b"<!DOCTYPE html>", "no PCM"),
    ],
)
async def test_failures(status, body, reason, caplog):
    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body)

    async with speech_server(handler) as server:
        with pytest.raises(TextToSpeechError, match=reason) as caught:
            await speak(server)
    assert KEY not in str(caught.value) + caplog.text


@pytest.mark.parametrize("first", [ord("{"), ord("<"), -0x7F85])
async def test_any_first_sample(first):
    pcm = np.array([first, 90, 60, 30] * RATE, "<i2").tobytes()

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=pcm)

    async with speech_server(handler) as server:
        assert np.round((await speak(server)) * 32_768).astype("<i2").tobytes() == pcm


async def test_connection_that_is_cut():
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        await response.write(PCM)
        assert request.transport is not None
        request.transport.abort()
        return response

    async with speech_server(handler) as server:
        with pytest.raises(TextToSpeechError, match="connection to it fails"):
            await speak(server)


async def test_server_that_does_not_answer():
    async def handler(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with speech_server(handler, wait=0.2) as server:
        with pytest.raises(TextToSpeechError, match="in time"):
            await speak(server)


@pytest.mark.skipif(not is_installed(), reason="scripts/model-servers has not installed aimock")
async def test_server_of_another_project(tmp_path):
    audio = {"audio": base64.b64encode(PCM).decode(), "format": "pcm"}
    busy = {"error": {"message": "Busy", "type": "x"}, "status": 503}
    fixtures = [
        {"match": {"endpoint": "speech", "userMessage": "busy"}, "response": busy},
        {"match": {"endpoint": "speech"}, "response": audio},
    ]
    async with aimock(tmp_path, fixtures) as url, connected(url) as server:
        with pytest.raises(TextToSpeechError, match="503: Busy"):
            await speak(server, "Are you busy?")
        assert (await speak(server)).size == 2 * RATE
