"""Runs a real Home Assistant and a real agent, and sets up the integration.

    async with Home(folder) as home:
        pipeline = await home.add_agent()
        turn = await ask(home, pipeline, question)  # of `spoken_turn`

Both programs listen on loopback.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

from . import HOME_ASSISTANTS, ROOT
from .api import Api, HomeError, ProgramEndedError, connect, log_in, new_tokens
from .own_agent import OwnAgent, OwnAgentError, own_agent
from .ports import free_port
from .processes import stop
from .stores import PASSWORD, USER, write_stores

__all__ = ["PASSWORD", "USER", "Api", "Home", "HomeError"]

PATIENCE: Final = 200.0
"""Seconds that a program may take to start on a slow machine."""

_LAST_LINES: Final = 5

_CONFIGURATION: Final = """\
assist_pipeline:
automation: !include automations.yaml
config:
demo_satellite:
frontend:
logger:
  default: info
  logs:
    custom_components.playai.talk: debug
"""


class Home:
    """Both programs, and a connection to Home Assistant's API."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        hass: str = HOME_ASSISTANTS[-1],
        configuration: str = "",
        components: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        engines: str = "",
        integration: Path = ROOT / "custom_components" / "playai",
        agent: OwnAgent | None = None,
        stores: Sequence[Mapping[str, Any]] = (),
        keep: bool = False,
    ) -> None:
        """Prepare; entering the context starts the programs.

        Args:
            folder: for the files and logs of both; it is emptied, unless `keep`.
            port: that of Home Assistant; 0 selects a free one.
            hass: the environment in `.envs/` whose Home Assistant runs.
            configuration: more lines of its `configuration.yaml`.
            components: folders of more custom integrations.
            environment: more variables for Home Assistant.
            engines: lines of the agent's section in its TOML file.
            integration: the folder of the integration.
            agent: one that already runs; otherwise one is started.
            stores: more files in its `.storage`, see `stores`.
            keep: start the Home Assistant of an earlier run again.
        """
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "home-assistant.log"
        self.config = folder / "config"
        self.hass_pid = 0
        self.api: Api
        self._components = {
            "playai": integration,
            "demo_satellite": ROOT / "tests" / "harness" / "demo_satellite",
            **{path.name: path for path in components},
        }
        more = "".join(f"{path.name}:\n" for path in components)
        self._configuration = _CONFIGURATION + configuration + more
        self._hass = ROOT / ".envs" / hass / "bin" / "hass"
        self._engines = engines
        self._agent = agent
        self._stores = stores
        self._is_kept = keep
        self._more_environment = environment or {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start both; raises `HomeError`."""
        _check_port(self.port)
        try:
            if not self._is_kept:
                await asyncio.to_thread(self._prepare)
            async with asyncio.timeout(PATIENCE):
                await self._start_both()
        except TimeoutError:
            await self._stack.aclose()
            raise HomeError(
                f"nothing was ready after {PATIENCE:.0f} s{_last_lines(self.log)}"
            ) from None
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop both."""
        await self._stack.aclose()

    @property
    def agent(self) -> OwnAgent:
        """The agent that runs."""
        assert self._agent is not None
        return self._agent

    async def add_agent(self, **changes: str) -> str:
        """Set the integration up through its config flow; return the id of its pipeline.

        `changes` replace fields of the form. Raises `HomeError`.
        """
        data = {
            "url": self.agent.url,
            "api_key": self.agent.key,
            "agent_id": self.agent.agent_id,
            "output_format": "wav",
            **changes,
        }
        entry = await self.add_entry("playai", data)
        return await self.find_pipeline(entry["title"])

    async def find_pipeline(self, name: str) -> str:
        """Wait for the pipeline of an agent; return its id. Raises `HomeError`."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._pipeline(name)
        except TimeoutError:
            raise HomeError(
                f"the integration created no pipeline in {PATIENCE:.0f} s{_last_lines(self.log)}"
            ) from None

    async def update_pipeline(self, pipeline: str, **changes: Any) -> None:
        """Change fields of a pipeline."""
        found = await self.api.command("assist_pipeline/pipeline/get", pipeline_id=pipeline)
        fields = {name: value for name, value in found.items() if name != "id"} | changes
        await self.api.command("assist_pipeline/pipeline/update", pipeline_id=pipeline, **fields)

    async def _pipeline(self, name: str) -> str:
        """Wait for a pipeline; return its id."""
        while True:
            found = await self.api.command("assist_pipeline/pipeline/list")
            for pipeline in found["pipelines"]:
                if pipeline["name"] == name:
                    return str(pipeline["id"])
            await asyncio.sleep(0.1)

    async def add_entry(self, handler: str, data: dict[str, Any]) -> dict[str, Any]:
        """Set an integration up through a config flow of one form; return the flow's result."""
        path = "/api/config/config_entries/flow"
        form = await self.api.post(path, {"handler": handler})
        entry = await self.api.post(f"{path}/{form['flow_id']}", data)
        if entry["type"] != "create_entry":
            raise HomeError(f"the config flow says {entry.get('errors')}")
        return entry

    def connect(self) -> AbstractAsyncContextManager[Api]:
        """Open another connection, as another satellite or browser does."""
        return connect(self.api.http, self.url)

    async def new_tokens(self, client_url: str) -> dict[str, Any]:
        """Log in as `USER` for a browser that finds Home Assistant at `client_url`."""
        return await new_tokens(self.api.http, self.url, client_url)

    async def start(
        self, program: Path | str, *arguments: str, log: Path, stdout: int | None = None
    ) -> asyncio.subprocess.Process:
        """Start a program that ends with the context."""
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                cwd=ROOT,
                stdout=file if stdout is None else stdout,
                stderr=file,
                env=_environment() | dict(self._more_environment),
            )
        self._stack.push_async_callback(stop, process)
        return process

    def _prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        config = self.config
        (config / ".storage").mkdir(parents=True)
        (config / "configuration.yaml").write_text(self._configuration)
        (config / "automations.yaml").write_text("[]\n")
        write_stores(config / ".storage", self.port, self._stores)
        components = config / "custom_components"
        components.mkdir()
        for name, path in self._components.items():
            (components / name).symlink_to(path)

    async def _start_both(self) -> None:
        try:
            async with asyncio.TaskGroup() as programs:
                if self._agent is None:
                    programs.create_task(self._start_agent())
                programs.create_task(self._start_hass())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _start_agent(self) -> None:
        log = self.folder / "agent.log"
        running = own_agent(self.folder / "agent", log, self._engines)
        try:
            self._agent = await self._stack.enter_async_context(running)
        except OwnAgentError:
            raise HomeError(f"the agent did not start{_last_lines(log)}") from None

    async def _start_hass(self) -> None:
        config = str(self.config)
        # scripts/setup has installed all requirements.
        process = await self.start(self._hass, "-c", config, "--skip-pip", log=self.log)
        self.hass_pid = process.pid
        try:
            self.api = await self._stack.enter_async_context(log_in(self.url, process))
        except ProgramEndedError:
            raise HomeError(f"Home Assistant did not start{_last_lines(self.log)}") from None


def _check_port(port: int) -> None:
    """Raise `HomeError` if the port is not free, which Home Assistant would not report."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OverflowError:
        raise HomeError(f"port {port} does not exist: choose another with --port") from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise HomeError(f"port {port}: {reason}: choose another with --port") from None


def _last_lines(log: Path) -> str:
    """Return the end of a log and its path, to be appended to an error message."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    except OSError:
        lines = []
    return "".join(f"\n  {line}" for line in lines) + f"\nsee {log}"


def _environment() -> dict[str, str]:
    """Return the environment without PYTHONPATH.

    With it, Home Assistant would find custom integrations in this repository only, and not in
    its configuration folder. The programs start in the repository's root.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**environment, "PYTHONUNBUFFERED": "1"}
