"""The clients of a server, each from its handshake to the end of its conversation."""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, web

from ..config import Agent
from ..conversation import ClientGoneError, Conversation
from ..limits import Limits
from ..memory import Collector
from ..metrics import Metrics
from ..registry import Engines
from ..workers import Workers
from .authentication import Authenticator
from .client_log import ClientLog
from .connection import Client
from .last_turn import last_turn
from .messages import Edition, ServerMessage, document, home, later
from .messages.document import Setup
from .messages.errors import ErrorCode, ProtocolError
from .outbound import Outbound
from .session import converse, open_conversation

_LOGGER = logging.getLogger(__name__)

# aiohttp logs each client that offers unknown subprotocols: anybody could fill the log.
logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)

HEALTH_PATH: Final = "/health"
_FEATURES: Final = (
    "say",
    "userText",
    "phrases",
    "patience",
    "played",
    "partialTranscripts",
    "hold",
)


class Clients:
    """All clients of all agents in one process."""

    def __init__(
        self,
        authenticator: Authenticator,
        engines: Mapping[str, Engines],
        workers: Workers,
        limits: Limits,
        *,
        log: ClientLog,
        metrics: Metrics,
        max_conversations: int,
        document_only: bool,
    ) -> None:
        self.max_conversations = max_conversations
        self._authenticator = authenticator
        self._engines = engines
        self._workers = workers
        self._limits = limits
        self._log = log
        self._metrics = metrics
        self._document_only = document_only
        self._collector = Collector()
        self._clients: set[Outbound] = set()
        self._talking: dict[Outbound, Conversation] = {}
        self.is_draining = False
        """Whether new clients are refused, because the server is stopping."""

    @property
    def conversations(self) -> int:
        """The number of current conversations."""
        return len(self._talking)

    async def drain(self) -> None:
        """Refuse new clients, and hang up on each client once its turn has ended."""
        self.is_draining = True
        await asyncio.gather(*(self._drain(outbound) for outbound in self._clients))

    async def _drain(self, outbound: Outbound) -> None:
        conversation = self._talking.get(outbound)
        if conversation is not None:
            await last_turn(conversation, self._limits, lambda: outbound in self._talking)
        await self._hang_up(outbound)

    async def hang_up(self) -> None:
        """End all conversations."""
        self.is_draining = True
        await asyncio.gather(*(self._hang_up(outbound) for outbound in self._clients))
        self._collector.stop()

    async def _hang_up(self, outbound: Outbound) -> None:
        try:
            if outbound in self._talking:
                async with asyncio.timeout(self._limits.close):
                    await outbound.send(later.hangup("system"))
        except TimeoutError, ClientGoneError:
            outbound.client.drop()
        await outbound.client.close(WSCloseCode.GOING_AWAY)

    async def serve(self, request: web.Request, agent_id: str) -> web.StreamResponse:
        """Serve one client from its handshake to its end."""
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            self._log.log(logging.INFO, request.remote or "", "a web page of another host")
            raise web.HTTPForbidden(text="Pages of other hosts may not connect.")
        if self.is_draining:
            # A load balancer, or the client, can connect to another server.
            raise web.HTTPServiceUnavailable(text="The server is stopping.")
        websocket = web.WebSocketResponse(
            timeout=self._limits.close,
            heartbeat=self._limits.heartbeat,
            autoping=False,  # Pings are counted, see `Client.receive`.
            protocols=() if self._document_only else (home.SUBPROTOCOL,),
            max_msg_size=self._limits.message,
            compress=False,  # Audio gains nothing from it and costs much.
        )
        try:
            await websocket.prepare(request)
        except ValueError:  # aiohttp decodes the base64 of the handshake's key unchecked.
            return web.Response(status=400, text="The Sec-WebSocket-Key is not valid.")
        edition = Edition.DOCUMENT if self._document_only else Edition.LATER
        if websocket.ws_protocol == home.SUBPROTOCOL:
            edition = Edition.HOME
        client = Client(request, websocket, self._limits, self._log)
        outbound = Outbound(client, edition, self._metrics.client())
        self._clients.add(outbound)
        code = WSCloseCode.GOING_AWAY if self.is_draining else WSCloseCode.OK
        try:
            if not self.is_draining:  # Draining may have begun during the handshake.
                await self._talk(outbound, agent_id)
        except ClientGoneError:
            pass
        except ProtocolError as error:
            code = WSCloseCode.POLICY_VIOLATION
            if error.code is ErrorCode.TOO_MANY_CONNECTIONS:
                code = WSCloseCode.TRY_AGAIN_LATER
            await self._send_last_error(outbound, error)
        except Exception:
            _LOGGER.exception("A conversation failed")
            code = WSCloseCode.INTERNAL_ERROR
            await self._send_last_error(outbound, ProtocolError(ErrorCode.UNKNOWN))
        finally:
            await outbound.client.close(code)
            self._clients.discard(outbound)
        return websocket

    async def _send_last_error(self, outbound: Outbound, error: ProtocolError) -> None:
        outbound.client.log(logging.INFO, f"refused with {error.code} {error}")
        with suppress(ClientGoneError):
            await outbound.send_error(error.code, error.detail, is_fatal=True)

    async def _talk(self, outbound: Outbound, agent_id: str) -> None:
        """Admit the client and converse; raises `ProtocolError` and `ClientGoneError`."""
        agent, setup = await self._receive_setup(outbound.client, agent_id)
        self._make_room()
        outbound.enable_vad = setup.enable_vad
        conversation = open_conversation(
            outbound,
            agent,
            setup,
            engines=self._engines[agent.id],
            workers=self._workers,
            limits=self._limits,
        )
        self._talking[outbound] = conversation
        outbound.client.admit()
        outbound.metrics.opened()
        try:
            await outbound.send(later.init(str(uuid.uuid4())))
            await outbound.send(self._describe(agent))
            await converse(outbound, conversation, self._limits)
            # The conversation was idle for too long, or a new one needed its place.
            await outbound.send(later.hangup("system"))
        finally:
            self._talking.pop(outbound, None)
            self._collector.collect_soon()

    async def _receive_setup(self, client: Client, agent_id: str) -> tuple[Agent, Setup]:
        try:
            async with asyncio.timeout(self._limits.setup):
                text = await client.receive()
        except TimeoutError, ProtocolError:
            raise ProtocolError(ErrorCode.NO_SETUP) from None
        key, fields = document.parse_key(text)
        agent = await self._authenticator.check(key, agent_id, client.address)
        try:
            return agent, document.parse_setup(key, fields)
        except ProtocolError as error:
            # The document's own edition has no code for a bad parameter.
            code = ErrorCode.NO_SETUP if self._document_only else error.code
            raise ProtocolError(code, error.detail) from None

    def _make_room(self) -> None:
        """If all places are taken, end the conversation that has been idle longest.

        Raises `ProtocolError` if none has been idle long enough.
        """
        if self.conversations < self.max_conversations:
            return
        outbound, conversation = max(self._talking.items(), key=lambda item: item[1].idle)
        if conversation.idle < self._limits.idle:
            raise ProtocolError(ErrorCode.TOO_MANY_CONNECTIONS)
        outbound.client.log(logging.INFO, "an idle conversation ends, because its place is needed")
        conversation.end()
        del self._talking[outbound]

    def _describe(self, agent: Agent) -> ServerMessage:
        engines = self._engines[agent.id]
        features = [*_FEATURES]
        if engines.echo_canceller is not None:
            features.append("hearsAgent")
        if agent.brain in engines.tool_brains:
            features += ["tools", "toolWords"]
        return home.agent(agent.id, engines.languages(agent.language), features, HEALTH_PATH)
