"""A browser whose pages talk with the agent."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntry

from tests.harness.page import Page
from tests.harness.relay import Relay, RelayedSocket


class Browser:
    """A user's browser: opens talks, and closes them with the test."""

    def __init__(
        self,
        client: TestClient[Any, Any],
        commands: Any,
        agent: str,
        entry: ConfigEntry[Any],
        relay: Relay | None = None,
    ) -> None:
        """With a relay, all sockets are opened over it."""
        self.client = client
        self.commands = commands
        self.agent = agent
        self.entry = entry
        self.relay = relay
        self.pages: list[Page] = []

    async def command(self, kind: str, **fields: Any) -> dict[str, Any]:
        await self.commands.send_json_auto_id({"type": f"playai/talk/{kind}", **fields})
        answer: dict[str, Any] = await self.commands.receive_json()
        return answer

    async def path(self, **fields: Any) -> str:
        answer = await self.command("open", agent=self.agent, **fields)
        assert answer["success"], answer
        return str(answer["result"]["path"])

    async def connect(self, path: str) -> Page:
        """Open a socket, without a hello."""
        connect = self.client.ws_connect if self.relay is None else self.relay.connect
        return self.watch(await connect(path))

    def watch(self, socket: ClientWebSocketResponse | RelayedSocket) -> Page:
        """Read a socket until the end of the test."""
        page = Page(socket)
        self.pages.append(page)
        page.start()
        return page

    async def talk(self, **fields: Any) -> Page:
        page = await self.connect(await self.path(**fields))
        await page.hello()
        await page.wait("ready")
        return page

    async def stop(self) -> None:
        for page in self.pages:
            await page.stop()
        if self.relay is not None:
            await self.relay.stop()


type Browse = Callable[..., Awaitable[Browser]]
