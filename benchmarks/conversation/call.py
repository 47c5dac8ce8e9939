"""One conversation with an agent over its protocol, in real time."""

import asyncio
import json
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import numpy as np

from agent_server.audio import INPUT_RATE, mulaw_encode

from .clips import Audio
from .serve import KEY
from .settings import Setting

HOME_LINK: Final = "ha-playai.home.v1"
FRAME: Final = 640
"""Samples that are sent at once."""

_SECONDS: Final = FRAME / INPUT_RATE


class Call:
    """Sends audio frame by frame. Times are seconds of the audio that was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self.messages: list[tuple[float, str, str]] = []
        """When each message came, its type and its text. Audio that follows audio is left out."""

        self._socket = socket
        self.on_audio: Callable[[bytes, bool], None] = lambda _pcm, _begins: None
        """Called with the audio of replies, and whether it is the first of one."""

        self.on_stop: Callable[[], None] = lambda: None
        """Called when the user interrupts."""

        self.begin = time.perf_counter()
        """The clock's zero."""

        self._frames = 0

    @property
    def sent(self) -> float:
        """Seconds of audio that were sent."""
        return self._frames * _SECONDS

    @property
    def now(self) -> float:
        """Return the time."""
        return time.perf_counter() - self.begin

    async def play(self, audio: Audio) -> None:
        """Send audio in real time."""
        sound = mulaw_encode((audio * 32_767).astype(np.int16))
        for number in range(len(sound) // FRAME):
            self._frames += 1
            # A frame is sent when its last sample was spoken.
            await asyncio.sleep(self.sent - self.now)
            data = b64encode(sound[number * FRAME : (number + 1) * FRAME]).decode()
            await self._socket.send_str(json.dumps({"type": "audioIn", "data": data}))

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        await self._socket.send_json(message)

    async def read(self) -> None:
        """Note messages until the connection is closed."""
        async for frame in self._socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            kind = message["type"]
            is_audio = kind == "audioStream"
            if is_audio and (pcm := b64decode(message["data"])):
                self.on_audio(pcm, self.messages[-1][1] == "newAudioStream")
            elif kind == "voiceActivityStart":
                self.on_stop()
            if is_audio and (self.messages[-1][1] == kind or not b64decode(message["data"])):
                continue
            text = message.get("message", message.get("updatedMessage", ""))
            self.messages.append((self.now, kind, text if isinstance(text, str) else ""))

    def times(self, kind: str) -> list[float]:
        """Return when messages of a type came."""
        return [at for at, what, _ in self.messages if what == kind]


@asynccontextmanager
async def call(
    http: aiohttp.ClientSession, url: str, agent: str, setting: Setting
) -> AsyncGenerator[Call]:
    """Yield a conversation; its clock begins after the setup."""
    async with http.ws_connect(
        url, params={"agentId": agent}, max_msg_size=0, protocols=[HOME_LINK]
    ) as socket:
        await socket.send_json(
            {
                "type": "setup",
                "apiKey": KEY,
                "enableVad": True,
                "outputFormat": "raw",
                "outputSampleRate": INPUT_RATE,
            }
        )
        if setting.phrases is not None:
            offer = {"language": "en", "answers": False, "phrases": setting.phrases}
            await socket.send_json({"type": "home", **offer})
        await socket.receive()
        talk = Call(socket)
        reader = asyncio.create_task(talk.read())
        try:
            yield talk
        finally:
            await socket.close()
            await reader
