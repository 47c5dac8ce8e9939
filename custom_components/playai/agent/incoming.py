"""Decodes the stream of audio that arrives."""

import asyncio
import logging

from .audio import ReplyDecoder
from .engine import Engine
from .errors import AgentError, ErrorKind
from .messages import AudioStream, UndecodableAudio
from .reply import Reply
from .settings import AgentSettings

__all__ = [
    "IncomingStream",
]

_LOGGER = logging.getLogger(__name__)


class IncomingStream:
    """The reply to which arriving audio belongs, if there is one."""

    def __init__(self, engine: Engine, settings: AgentSettings) -> None:
        self._engine = engine
        self._settings = settings
        self._reply: Reply | None = None

    def begin(self, reply: Reply) -> None:
        """Decode the audio that arrives from now on for a reply."""
        self.end()
        settings = self._settings
        self._reply = reply
        reply.begin_stream(
            ReplyDecoder(
                settings.output_format,
                settings.output_sample_rate,
                settings.raw_encoding,
                reply.rate or None,
            )
        )

    def end(self) -> None:
        """Ignore the audio that arrives."""
        if self._reply is not None:
            self._reply.end_stream()
            self._reply = None

    async def decode(self, message: AudioStream | UndecodableAudio) -> None:
        """Decode a message, and pass its audio to the reply."""
        engine = self._engine
        data = message.data if isinstance(message, AudioStream) else b""
        engine.apply(engine.rules.audio_arrived(len(data), engine.clock()))
        reply = self._reply
        if reply is None or (decoder := reply.decoder) is None:
            return
        if isinstance(message, UndecodableAudio):
            error = AgentError(ErrorKind.BAD_AUDIO, "audio that is not base64")
            engine.apply(engine.rules.decoding_failed(error, engine.clock()))
            return
        try:
            for pcm in decoder.feed(data):
                if pcm:
                    self._decoded(reply, pcm, decoder.rate)
                # A message may hold a minute of audio: let other tasks run in between.
                await asyncio.sleep(0)
                if decoder is not reply.decoder:
                    return
        except AgentError as error:
            engine.apply(engine.rules.decoding_failed(error, engine.clock()))

    def decode_rest(self, reply: Reply) -> None:
        """Decode the rest of a stream that has ended."""
        if reply is self._reply:
            self._reply = None
        try:
            for pcm, rate in reply.flush():
                self._decoded(reply, pcm, rate)
        except AgentError as error:
            _LOGGER.debug("The end of the reply could not be decoded: %s", error)

    def decode_short_reply(self) -> None:
        """Decode a stream that ends before the decoder has returned any audio."""
        reply = self._reply
        if reply is not None and not reply.state.has_begun:
            self.decode_rest(reply)

    def _decoded(self, reply: Reply, pcm: bytes, rate: int | None) -> None:
        engine = self._engine
        if rate is not None and engine.rules.takes_audio(reply.state):
            reply.push(pcm)
            effects = engine.rules.audio_decoded(reply.state, len(pcm), rate, engine.clock())
            engine.apply(effects)
