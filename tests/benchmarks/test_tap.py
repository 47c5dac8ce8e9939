"""The tap forwards everything unchanged."""

import aiohttp
import pytest
from aiohttp import web

from benchmarks.tap import Tap

PATH = "/v1/agent-conversation"


@pytest.fixture
async def agent_url():
    """An agent that sends its id, echoes two messages, and closes with a private code."""

    async def repeat(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "init", "agent": request.query["agentId"]})
        for _ in range(2):
            await socket.send_str(await socket.receive_str())
        await socket.close(code=4429)
        return socket

    app = web.Application()
    app.router.add_get(PATH, repeat)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"ws://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    await runner.cleanup()


async def test_forwards_and_records_messages(agent_url):
    said = [
        '{"type": "setup", "apiKey": "a key"}',
        '{"type": "audioIn", "data": "%s"}' % ("A" * 99),
    ]
    async with Tap(agent_url) as tap, aiohttp.ClientSession() as http:
        async with http.ws_connect(f"{tap.url}?agentId=a%20b") as socket:
            assert await socket.receive_json() == {"type": "init", "agent": "a b"}
            for message in said:
                await socket.send_str(message)
                assert await socket.receive_str() == message
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 4429
        [wire] = tap.wires
    assert [(message.kind, message.from_agent) for message in wire] == [
        ("init", True),
        ("setup", False),
        ("setup", True),
        ("audioIn", False),
        ("audioIn", True),
    ]
    assert [message.at for message in wire] == sorted(message.at for message in wire)
    assert "a key" not in repr(wire)
