"""Feeds a turn from the stream of a microphone, and keeps reading until the client has stopped."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final

from homeassistant.components import stt
from homeassistant.core import HomeAssistant, callback

from ..agent import AgentError, ErrorKind, Turn
from ..agent.audio import Container, MulawConverter
from ..const import DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..last_speech import LastSpeech

_LOGGER = logging.getLogger(__name__)

LONGEST_REASON: Final = 200
"""Characters of an exception of another integration that are logged and spoken."""

READ_SECONDS: Final = 90.0
"""The longest time that a stream is read. A turn ends earlier; but some clients leave their stream
open, and after a local command, Home Assistant calls no entity of this integration."""

LATE_SECONDS: Final = 2.0
"""How long a client may send after the end of a turn."""

STOPPED_SECONDS: Final = 0.3
"""A client that has sent nothing for this long has stopped."""


class Microphone:
    """Reads one stream; after the turn, it drops audio for two seconds at most.

    Home Assistant logs an error for each chunk that arrives after the end of a run, so the run
    must not end before the client knows that the turn is over and has stopped.
    """

    def __init__(self, turn: Turn, metadata: stt.SpeechMetadata, last_speech: LastSpeech) -> None:
        """Create it before the first audio."""
        self._turn = turn
        self._metadata = metadata
        self._last_speech = last_speech
        self._reading: asyncio.Task[None] | None = None
        self._chunk_at = 0.0
        """The loop's time of the last chunk."""

    @callback
    def async_start(
        self, hass: HomeAssistant, entry: PlayAIConfigEntry, stream: AsyncIterable[bytes]
    ) -> None:
        """Read a stream; its end, or its failure, ends the input of the turn."""
        self._reading = entry.async_create_background_task(
            hass, self._read(stream), f"{DOMAIN} reads a microphone"
        )

    @callback
    def cancel(self) -> None:
        """Stop reading soon."""
        if self._reading is not None:
            self._reading.cancel()

    async def close(self) -> None:
        """Stop at once: the satellites of some integrations use a stream for several runs."""
        self.cancel()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def wait_until_stopped(self) -> None:
        """Read until the client has stopped. It may do so without ending its stream."""
        clock = asyncio.get_running_loop().time
        latest = clock() + LATE_SECONDS
        while self._reading is not None and not self._reading.done():
            seconds = min(self._chunk_at + STOPPED_SECONDS, latest) - clock()
            if seconds <= 0:
                break
            await asyncio.wait({self._reading}, timeout=seconds)
        await self.close()

    async def _read(self, stream: AsyncIterable[bytes]) -> None:
        audio = aiter(stream)
        try:
            async with asyncio.timeout(READ_SECONDS):
                await self._feed(audio)
                await self._drain(audio)
        except TimeoutError:
            _LOGGER.debug("A microphone was left open")
        finally:
            self._turn.end_input()
            if isinstance(audio, AsyncGenerator):
                await audio.aclose()

    async def _feed(self, audio: AsyncIterable[bytes]) -> None:
        """Feed the turn until it closes or the stream ends."""
        turn, metadata = self._turn, self._metadata
        clock = asyncio.get_running_loop().time
        try:
            converter = MulawConverter(
                Container(metadata.format.value),
                metadata.sample_rate,
                metadata.bit_rate,
                metadata.channel,
            )
            async for chunk in audio:
                self._chunk_at = clock()
                if not turn.is_open:
                    return
                mulaw = converter.feed(chunk)
                turn.feed(mulaw)
                self._last_speech.push(mulaw, clock())
            turn.feed(converter.finish())
        except AgentError as error:
            turn.fail(error)
        except Exception as error:  # noqa: BLE001
            # Other integrations implement the stream, and may raise anything.
            reason = ascii(error)[:LONGEST_REASON]
            turn.fail(AgentError(ErrorKind.BAD_AUDIO, f"the microphone failed ({reason})"))
        turn.end_input()

    async def _drain(self, audio: AsyncIterable[bytes]) -> None:
        """Read and drop the rest of a stream."""
        chunks = aiter(audio)
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(LATE_SECONDS):
                while True:
                    async with asyncio.timeout(STOPPED_SECONDS):
                        await anext(chunks)
                    self._chunk_at = clock()
        except StopAsyncIteration, TimeoutError:
            pass
        except Exception:  # noqa: BLE001
            return  # The turn is over: nobody needs the rest.
