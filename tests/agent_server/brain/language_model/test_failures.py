"""Servers of models that fail."""

import asyncio
import json
import logging

import pytest
from aiohttp import web

from agent_server.brain import BrainError
from agent_server.brain.openai import load_model
from agent_server.config import LanguageModel
from agent_server.errors import EngineError
from tests.agent_server.openai import KEY, Handler

from .serving import Script, answer, chunk, make_brain, model_server, respond, turn, words


def error(message: str) -> str:
    return json.dumps({"error": {"message": message, "type": "x"}})


async def redirect(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPTemporaryRedirect("http://example.com/v1/chat/completions")


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: " + json.dumps(chunk({"content": "It is"})).encode() + b"\n\n")
    assert request.transport is not None
    request.transport.abort()
    return response


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (respond(401, error(f"Incorrect API key provided: {KEY}")), "refuses the key"),
        (respond(429, error("Slow down")), "accepts no more requests"),
        (respond(404, error("model 'small' not found")), "404: .*model 'small' not found"),
        (respond(500, f"<h1>Oops {KEY}</h1>", "text/html"), "HTTP 500"),
        (respond(200, "<h1>Welcome</h1>", "text/html"), "breaks off"),
        (respond(200, "data: {broken\n\n", "text/event-stream"), "invalid answer"),
        (respond(200, "data: [1]\n\n", "text/event-stream"), "invalid answer"),
        (respond(200, 'data: {"choices": 3}\n\n', "text/event-stream"), "invalid answer"),
        (respond(200, "data: [DONE]\n\n", "text/event-stream"), "breaks off"),
        (respond(200, f"data: {error(KEY)}\n\n", "text/event-stream"), "reports an error: …"),
        (Script(words("It is", " warm.")[:1]), "breaks off"),
        (Script(words()), "no answer"),
        (redirect, "HTTP 307"),
        (cut, "connection to it fails"),
        (hang, "does not answer in time"),
    ],
)
async def test_failures(handler, reason, caplog):
    async with model_server(handler) as url:
        wait = 0.3 if handler is hang else 30.0
        with pytest.raises(BrainError, match=reason) as caught:
            await answer(make_brain(url, wait=wait), turn("Is it warm?"))
    assert KEY not in str(caught.value)
    assert KEY not in caplog.text


async def test_server_that_is_away():
    async with model_server(hang) as url:
        pass
    with pytest.raises(BrainError, match="connection to it fails"):
        await answer(make_brain(url), turn("Is it warm?"))


@pytest.mark.parametrize("host", ["999.1.1.1", "[v1.fe]", "☃.net"])
def test_address_that_the_client_library_refuses(host):
    with pytest.raises(EngineError, match="the address is not valid") as caught:
        load_model(LanguageModel(f"http://{host}/v1"))
    assert str(caught.value).startswith(f"the language model at {host}: ")


async def test_failures_are_logged_once(caplog):
    caplog.set_level(logging.INFO, "agent_server")
    is_broken = True
    good: Handler = Script(words("Yes."))
    bad = respond(429, error("Slow down"))

    async def handler(request: web.Request) -> web.StreamResponse:
        return await (bad if is_broken else good)(request)

    async with model_server(handler) as url:
        brain = make_brain(url)
        for is_broken in (True, True, False, False, True):
            try:
                await answer(brain, turn("Is it warm?"))
            except BrainError:
                assert is_broken
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING"]
