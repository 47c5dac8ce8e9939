"""A real Home Assistant and a real agent, both started here, with the integration set up.

    async with Home(folder) as home:
        await home.add_agent()
        run = await home.ask(pcm)

Both programs listen on loopback and are ended by their own process ids.
"""

import asyncio
import copy
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from pathlib import Path
from typing import Any, Final, Self

import aiohttp

ROOT: Final = Path(__file__).parents[1]
USER, PASSWORD = "demo", "demo"
PATIENCE: Final = 120.0
"""Seconds that a program may take to start on a slow machine."""

STOP_SECONDS: Final = 30.0
_LAST_LINES: Final = 5

_CONFIGURATION: Final = """\
assist_pipeline:
automation: !include automations.yaml
config:
demo_satellite:
frontend:
logger:
  default: info
"""
_HTTP: Final[dict[str, Any]] = {
    "version": 2,
    "minor_version": 2,
    "key": "http",
    "data": {
        "stable": {
            "server_host": ["127.0.0.1"],
            "cors_allowed_origins": ["https://cast.home-assistant.io"],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "intermediate",
            "use_x_frame_options": True,
            "created_at": "2026-11-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    },
}
"""As Home Assistant 2026.10 keeps it, and 2026.11 reads it; in YAML it is deprecated."""

_ONBOARDED: Final[dict[str, Any]] = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["user", "core_config", "analytics", "integration"]},
}
_USERS: Final = {
    "version": 1,
    "minor_version": 1,
    "key": "auth_provider.homeassistant",
    "data": {
        "users": [
            {
                "username": USER,
                "password": "JDJiJDEyJHRMUkhjeVF1Y2JjcEsvdElnZjQ3UnVQenpKSktCaDF4TlpnSjhWSi5zbGZJ"
                "Q3l0RUd0Zk9X",
            }
        ]
    },
}
"""The user as `hass --script auth` adds it, which takes as long as starting Home Assistant."""


class HomeError(Exception):
    """One of the programs does not do what it should; says which and where its log is."""


class ProgramEndedError(Exception):
    """A program ended instead of starting."""


class Home:
    """The two programs, and a connection to Home Assistant's own API."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        hass: str = "ha11",
        configuration: str = "",
        components: Sequence[Path] = (),
    ) -> None:
        """`folder` is emptied; `port` is Home Assistant's, 0 takes a free one.

        `hass` names the environment with the Home Assistant to run; `configuration` is
        more YAML for it, and `components` are folders of more integrations.
        """
        self.folder = folder
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "home-assistant.log"
        self.agent_url = ""
        self.hass_pid = 0
        self.api: Api
        self._components = {
            "playai": ROOT / "custom_components" / "playai",
            "demo_satellite": ROOT / "scripts" / "demo_satellite",
            **{path.name: path for path in components},
        }
        more = "".join(f"{path.name}:\n" for path in components)
        self._configuration = _CONFIGURATION + configuration + more
        self._hass = ROOT / ".envs" / hass / "bin" / "hass"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start both; raises `HomeError`."""
        _check_port(self.port)
        try:
            await asyncio.to_thread(self._prepare)
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(self._start_agent(), self._start_hass())
        except TimeoutError:
            await self._stack.aclose()
            raise HomeError(
                f"nothing is ready after {PATIENCE:.0f} s{_last_lines(self.log)}"
            ) from None
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop both."""
        await self._stack.aclose()

    async def add_agent(self, **changes: str) -> str:
        """Set the integration up through its config flow; return the pipeline's id."""
        identity = json.loads((self.folder / "agent" / "identity.json").read_text())
        agent_id = identity["agent_id"]
        data = {
            "url": self.agent_url,
            "api_key": identity["keys"][agent_id],
            "agent_id": agent_id,
            "output_format": "wav",
            **changes,
        }
        entry = await self.add_entry("playai", data)
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._pipeline(entry["title"])
        except TimeoutError:
            raise HomeError(
                f"the integration made no pipeline in {PATIENCE:.0f} s{_last_lines(self.log)}"
            ) from None

    async def _pipeline(self, name: str) -> str:
        """Wait for a pipeline; return its id."""
        while True:
            found = await self.api.command("assist_pipeline/pipeline/list")
            for pipeline in found["pipelines"]:
                if pipeline["name"] == name:
                    return str(pipeline["id"])
            await asyncio.sleep(0.1)

    async def add_entry(self, handler: str, data: dict[str, Any]) -> dict[str, Any]:
        """Set an integration up through its config flow of one form; return what it made."""
        path = "/api/config/config_entries/flow"
        form = await self.api.post(path, {"handler": handler})
        entry = await self.api.post(f"{path}/{form['flow_id']}", data)
        if entry["type"] != "create_entry":
            raise HomeError(f"the config flow says {entry.get('errors')}")
        return entry

    def connect(self) -> AbstractAsyncContextManager[Api]:
        """Open another connection, as another satellite or browser has one."""
        return _connect(self.api.http, self.url)

    async def start(
        self, program: Path | str, *arguments: str, log: Path, stdout: int | None = None
    ) -> asyncio.subprocess.Process:
        """Start a program that is ended with the home."""
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                cwd=ROOT,
                stdout=file if stdout is None else stdout,
                stderr=file,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._stack.push_async_callback(_stop, process)
        return process

    def _prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        config = self.folder / "config"
        (config / ".storage").mkdir(parents=True)
        (config / "configuration.yaml").write_text(self._configuration)
        (config / "automations.yaml").write_text("[]\n")
        http = copy.deepcopy(_HTTP)
        http["data"]["stable"]["server_port"] = self.port
        for store in (http, _ONBOARDED):
            (config / ".storage" / store["key"]).write_text(json.dumps(store))
        components = config / "custom_components"
        components.mkdir()
        for name, path in self._components.items():
            (components / name).symlink_to(path)

    def _add_user(self) -> None:
        """Keep the hash of `PASSWORD`."""
        path = self.folder / "config" / ".storage" / str(_USERS["key"])
        path.write_text(json.dumps(_USERS))

    async def _start_agent(self) -> None:
        process = await self.start(
            ROOT / ".envs" / "test" / "bin" / "python",
            *("-m", "agent_server", "--port", "0", "--state-dir", str(self.folder / "agent")),
            log=self.folder / "agent.log",
            stdout=asyncio.subprocess.PIPE,
        )
        if process.stdout is not None:
            self.agent_url = (await process.stdout.readline()).decode().strip()
        if not self.agent_url:
            log = self.folder / "agent.log"
            raise HomeError(f"the agent did not start{_last_lines(log)}")

    async def _start_hass(self) -> None:
        config = str(self.folder / "config")
        await asyncio.to_thread(self._add_user)
        # What it needs is installed; nothing is to be installed while it runs.
        process = await self.start(self._hass, "-c", config, "--skip-pip", log=self.log)
        self.hass_pid = process.pid
        try:
            self.api = await self._stack.enter_async_context(_log_in(self.url, process))
        except ProgramEndedError:
            raise HomeError(f"Home Assistant did not start{_last_lines(self.log)}") from None


class Api:
    """Home Assistant's REST and WebSocket API."""

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
        """Post JSON, and return the JSON of the answer."""
        async with self.http.post(self._url + path, json=data) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a WebSocket command, and return its result."""
        number, answers = await self.subscribe(kind, **fields)
        message = await answers.get()
        del self._waiting[number]
        if not message["success"]:
            raise HomeError(f"{kind}: {message['error']}")
        return message["result"]

    async def subscribe(
        self, kind: str, **fields: Any
    ) -> tuple[int, asyncio.Queue[dict[str, Any]]]:
        """Send a WebSocket command, and return its number and all that it answers."""
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
async def _log_in(url: str, process: asyncio.subprocess.Process) -> AsyncIterator[Api]:
    """Log in as a person would, and wait until Home Assistant runs."""
    async with aiohttp.ClientSession() as http:
        await _until_it_answers(http, url, process)
        client = {"client_id": f"{url}/"}
        start = {**client, "handler": ["homeassistant", None], "redirect_uri": f"{url}/"}
        async with http.post(f"{url}/auth/login_flow", json=start) as response:
            flow = (await response.json())["flow_id"]
        login = {**client, "username": USER, "password": PASSWORD}
        async with http.post(f"{url}/auth/login_flow/{flow}", json=login) as response:
            code = (await response.json())["result"]
        grant = {**client, "grant_type": "authorization_code", "code": code}
        async with http.post(f"{url}/auth/token", data=grant) as response:
            token = (await response.json())["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        async with _connect(http, url) as api:
            await _until_it_runs(api)
            yield api


@asynccontextmanager
async def _connect(http: aiohttp.ClientSession, url: str) -> AsyncIterator[Api]:
    """Open a WebSocket for who has logged in."""
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


async def _until_it_answers(
    http: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process
) -> None:
    while process.returncode is None:
        with suppress(aiohttp.ClientError):
            async with http.get(f"{url}/auth/providers") as response:
                if response.status == 200:  # noqa: PLR2004
                    return
        await asyncio.sleep(0.1)
    raise ProgramEndedError


async def _until_it_runs(api: Api) -> None:
    while (await api.command("get_config"))["state"] != "RUNNING":
        await asyncio.sleep(0.1)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _check_port(port: int) -> None:
    """Raise `HomeError` when Home Assistant could not listen; it would run without saying so."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OverflowError:
        raise HomeError(f"port {port} does not exist: choose another with --port") from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise HomeError(f"port {port}: {reason}: choose another with --port") from None


def _last_lines(log: Path) -> str:
    """Return the last lines of a log to append to a sentence, and where it is."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    except OSError:
        lines = []
    return "".join(f"\n  {line}" for line in lines) + f"\nsee {log}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
