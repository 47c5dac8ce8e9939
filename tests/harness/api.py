"""Home Assistant's REST and WebSocket API, as the frontend uses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from .stores import PASSWORD, USER


class HomeError(Exception):
    """Home Assistant or the agent fails; says which one, and where its log is."""


class ProgramEndedError(Exception):
    """A program has ended instead of starting."""


class Api:
    """One WebSocket connection of a user, and the REST API."""

    def __init__(
        self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, url: str
    ) -> None:
        self.http = http
        self.socket = socket
        self._url = url
        self._number = 0
        self._waiting: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def post(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        """Post JSON and return the response's JSON."""
        async with self.http.post(self._url + path, json=data) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result; raises `HomeError`."""
        number, answers = await self.subscribe(kind, **fields)
        message = await answers.get()
        del self._waiting[number]
        if not message["success"]:
            raise HomeError(f"{kind}: {message['error']}")
        return message["result"]

    async def subscribe(
        self, kind: str, **fields: Any
    ) -> tuple[int, asyncio.Queue[dict[str, Any]]]:
        """Send a WebSocket command; return its number and a queue of all its messages."""
        self._number += 1
        answers = self._waiting[self._number] = asyncio.Queue()
        await self.socket.send_json({"id": self._number, "type": kind, **fields})
        return self._number, answers

    async def close(self) -> None:
        """Close the connection."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self.socket.close()

    async def _read(self) -> None:
        async for frame in self.socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                messages = frame.json()
                for message in messages if isinstance(messages, list) else [messages]:
                    if (answers := self._waiting.get(message["id"])) is not None:
                        answers.put_nowait(message)


@asynccontextmanager
async def log_in(url: str, process: asyncio.subprocess.Process) -> AsyncIterator[Api]:
    """Log in as `USER` and wait until Home Assistant is running.

    Raises `ProgramEndedError` if `process` ends.
    """
    async with aiohttp.ClientSession() as http:
        await _until_it_responds(http, url, process)
        tokens = await new_tokens(http, url, url)
        http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        async with connect(http, url) as api:
            await _until_it_runs(api)
            yield api


async def new_tokens(http: aiohttp.ClientSession, url: str, client_url: str) -> dict[str, Any]:
    """Log in as `USER`; return the tokens of a client that finds Home Assistant at `client_url`."""
    client = {"client_id": f"{client_url}/"}
    start = {**client, "handler": ["homeassistant", None], "redirect_uri": f"{client_url}/"}
    async with http.post(f"{url}/auth/login_flow", json=start) as response:
        flow = (await response.json())["flow_id"]
    login = {**client, "username": USER, "password": PASSWORD}
    async with http.post(f"{url}/auth/login_flow/{flow}", json=login) as response:
        code = (await response.json())["result"]
    grant = {**client, "grant_type": "authorization_code", "code": code}
    async with http.post(f"{url}/auth/token", data=grant) as response:
        tokens: dict[str, Any] = await response.json()
        return tokens


@asynccontextmanager
async def connect(http: aiohttp.ClientSession, url: str) -> AsyncIterator[Api]:
    """Open a WebSocket connection for the user who has logged in with `http`."""
    socket = await http.ws_connect(f"{url}/api/websocket", max_msg_size=0)
    await socket.receive_json()
    token = http.headers["Authorization"].removeprefix("Bearer ")
    await socket.send_json({"type": "auth", "access_token": token})
    await socket.receive_json()
    api = Api(http, socket, url)
    try:
        yield api
    finally:
        await api.close()


async def _until_it_responds(
    http: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process
) -> None:
    while process.returncode is None:
        with suppress(aiohttp.ClientError):
            async with http.get(f"{url}/auth/providers") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise ProgramEndedError


async def _until_it_runs(api: Api) -> None:
    while (await api.command("get_config"))["state"] != "RUNNING":
        await asyncio.sleep(0.1)
