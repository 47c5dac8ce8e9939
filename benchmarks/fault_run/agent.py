"""An agent that fails as planned. Each answer identifies the question."""

import asyncio
import json
import socket
import struct
from base64 import b64decode, b64encode
from typing import Any, Final

import numpy as np
from aiohttp import WSMsgType, web

from .plans import Closed, Cut, ErrorSaid, HungUp, Nonsense, Plan, Point, Refused, Reply, TooLong

RATE: Final = 24_000
PATH: Final = "/v1/agent-conversation"
QUIET_FRAMES: Final = 3
"""Frames of 40 ms of silence that end a turn."""

STEP_SECONDS: Final = 0.1
STALL_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 1.5
IDLE_SECONDS: Final = 0.2


class Agent:
    """The server; `plans` holds the current turns by their byte."""

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key
        self.plans: dict[int, Plan] = {}
        self.faults: list[str] = []
        """Violations of the protocol by the client."""

        self.connections = 0
        self.open_connections = 0
        self.url = ""
        self._door: list[Refused] = []
        self._opened = asyncio.Event()
        self._port = 0
        self._site: web.TCPSite | None = None
        app = web.Application()
        app.router.add_get(PATH, self._talk)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start(self) -> None:
        """Listen on loopback."""
        await self._runner.setup()
        await self._listen()
        self.url = f"ws://127.0.0.1:{self._port}{PATH}"

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        self._opened.set()
        await self._runner.cleanup()

    async def begin(self, plan: Plan) -> None:
        """Prepare for a turn."""
        self.plans[plan.byte] = plan
        plan.neighbours |= {refused.kind for refused in self._door}
        if isinstance(plan.fault, Refused):
            self._door.append(plan.fault)
            self._opened.clear()
            for other in self.plans.values():
                if other is not plan:
                    other.neighbours.add(plan.fault.kind)
            if plan.fault.how == "closed" and self._site is not None:
                site, self._site = self._site, None
                await site.stop()

    async def end(self, plan: Plan) -> None:
        """Forget a turn."""
        del self.plans[plan.byte]
        if isinstance(plan.fault, Refused):
            others = [refused for refused in self._door if refused is not plan.fault]
            if all(refused.how != "closed" for refused in others):
                await self._listen()
            # Only now, so that earlier connections are refused.
            self._door.remove(plan.fault)
            if not self._door:
                self._opened.set()

    async def _listen(self) -> None:
        if self._site is None:
            self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
            await self._site.start()
            self._port = self._port or self._runner.addresses[0][1]

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        if self._door:
            how = self._door[-1].how
            if isinstance(how, int):
                return web.Response(status=how, text=f"not with the key {self.api_key}")
            await self._opened.wait()
        web_socket = web.WebSocketResponse(max_msg_size=0)
        self.open_connections += 1
        line = Line(self, request, web_socket)
        try:
            await web_socket.prepare(request)
            setup = await web_socket.receive_json()
            if (setup["type"], setup["apiKey"]) != ("setup", self.api_key):
                self.faults.append(f"a setup of the fields {sorted(setup)}")
            await line.listen()
        except TypeError, ConnectionError:
            pass  # The client has disconnected.
        finally:
            self.open_connections -= 1
        return web_socket if web_socket.prepared else web.Response(status=500)


class Line:
    """One connection."""

    def __init__(
        self, agent: Agent, request: web.Request, web_socket: web.WebSocketResponse
    ) -> None:
        self._agent = agent
        self._request = request
        self._socket = web_socket
        self._byte: int | None = None
        self._quiet = 0
        self._heard_out = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Receive until the connection is closed."""
        try:
            async for frame in self._socket:
                if frame.type is WSMsgType.TEXT:
                    message = json.loads(frame.data)
                    if message["type"] == "audioIn":
                        self._heard(b64decode(message["data"]))
                    else:
                        self._agent.faults.append(f"a message of the type {message['type']}")
        finally:
            if self._answering is not None:
                self._answering.cancel()
                await asyncio.gather(self._answering, return_exceptions=True)

    def _heard(self, frame: bytes) -> None:
        voice = frame.strip(b"\xff")
        if not voice:
            self._quiet += 1
            if self._quiet == QUIET_FRAMES:
                self._heard_out.set()
            return
        if voice.strip(voice[:1]):
            self._agent.faults.append(f"a frame of the voices {set(voice)}")
        self._quiet = 0
        if voice[0] != self._byte:
            self._byte = voice[0]
            self._heard_out = asyncio.Event()
            if self._answering is not None:
                self._answering.cancel()  # The user interrupts.
            if (plan := self._agent.plans.get(self._byte)) is None:
                # The turn ended while its audio was in transit: it gets no answer.
                self._answering = None
                return
            plan.attempts += 1
            self._answering = asyncio.create_task(self._answer(plan, self._heard_out))

    async def _answer(self, plan: Plan, heard_out: asyncio.Event) -> None:
        try:
            await self._take_turn(plan, heard_out)
        except ConnectionError:
            pass  # The client has disconnected.
        except Exception as error:  # noqa: BLE001 (the verdict reports it)
            self._agent.faults.append(f"the agent's own: {error!r}")

    async def _take_turn(self, plan: Plan, heard_out: asyncio.Event) -> None:
        """Answer one question, or fail as planned."""
        if await self._fails(plan, Point.SETUP):
            return
        await self._say("voiceActivityStart")
        if await self._fails(plan, Point.LISTENING):
            return
        await heard_out.wait()
        await self._say("voiceActivityEnd")
        if plan.has_words:
            await self._say("onUserTranscript", message=plan.question)
        if not await self._fails(plan, Point.WAITING):
            await asyncio.sleep(plan.thinks_seconds)
            await self._reply(plan)

    async def _reply(self, plan: Plan) -> None:
        how = plan.fault.how if isinstance(plan.fault, Reply) else ""
        if how == "none":
            return
        await self._say("newAudioStream")
        if how == "no audio":
            await self._say_audio(bytes(range(255)) * 300)
        if how in ("no audio", "empty"):
            await self._say("audioStreamEnd")
            return
        if plan.has_words:
            await self._say("onAgentTranscript", message=plan.answer)
        steps = round(plan.reply_seconds / STEP_SECONDS)
        await self._say_audio(_wav_header() + _audio(plan))
        for number in range(1, steps):
            if number == steps // 2:
                if await self._fails(plan, Point.REPLY):
                    return
                if how:
                    await asyncio.sleep(STALL_SECONDS if how == "stalls" else PAUSE_SECONDS)
            if plan.reply_seconds > 1:
                await asyncio.sleep(STEP_SECONDS)
            await self._say_audio(_audio(plan))
        await self._say("audioStreamEnd")
        if plan.point is Point.IDLE:
            await asyncio.sleep(IDLE_SECONDS + plan.delay)
            self._cut()

    async def _fails(self, plan: Plan, point: Point) -> bool:
        """Cause the fault if it is due; return whether it ends the connection."""
        if point is not plan.point or plan.attempts > plan.times:
            return False
        fault = plan.fault
        if fault is not None and not isinstance(fault, Reply | Refused):
            await asyncio.sleep(plan.delay)
        match fault:
            case ErrorSaid(code, is_fatal, closes):
                text = f"told of the key {self._agent.api_key} and {fault}"
                fatal = {} if is_fatal is None else {"isFatal": is_fatal}
                await self._say("error", code=code, message=text, **fatal)
                if closes:
                    await self._socket.close(code=1008, message=self._agent.api_key.encode())
                return closes
            case Closed(code):
                await self._socket.close(code=code, message=self._agent.api_key.encode())
            case Cut():
                self._cut()
            case HungUp():
                await self._say("hangup", endedBy=f"the agent with {self._agent.api_key}")
            case Nonsense(nonsense):
                if isinstance(nonsense, str):
                    await self._socket.send_str(nonsense)
                else:
                    await self._socket.send_bytes(nonsense)
                await self._say(f"unknown {self._agent.api_key}")
                return False
            case TooLong():
                await self._say_audio(bytes(4_000_000))
            case _:
                return False
        return True

    def _cut(self) -> None:
        transport = self._request.transport
        if isinstance(transport, asyncio.Transport):
            # Data in transit is lost as well.
            raw_socket = transport.get_extra_info("socket")
            raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    async def _say(self, kind: str, **fields: Any) -> None:
        await self._socket.send_str(json.dumps({"type": kind, **fields}))

    async def _say_audio(self, data: bytes) -> None:
        await self._say("audioStream", data=b64encode(data).decode())


def _audio(plan: Plan) -> bytes:
    """Return one step of a plan's answer."""
    return np.full(round(STEP_SECONDS * RATE), plan.level, "<i2").tobytes()


def _wav_header() -> bytes:
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16),
        *(1, 1, RATE, 2 * RATE, 2, 16, b"data", 0xFFFFFFFF),
    )
