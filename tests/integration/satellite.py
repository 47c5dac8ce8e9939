"""A satellite that speaks into the real Assist pipeline and hears the answer."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soundfile
from homeassistant.components import assist_pipeline, stt, tts
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.conversation import chat_log
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.playai.agent.audio import mulaw_decode
from custom_components.playai.agent.testing import Peer, ScriptedServer
from custom_components.playai.const import DOMAIN

PATIENCE = 120
"""Seconds after which a turn counts as hanging, even on a busy machine."""

WAV = {"preferred_format": "wav"}
ANSWERED_ALOUD = "(The agent answers by voice.)"

MICROPHONE = stt.SpeechMetadata(
    language="en",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)


@dataclass
class Run:
    """Events and audio of one run of the pipeline."""

    events: list[PipelineEvent] = field(default_factory=list)
    audio: bytes = b""
    audio_error: str = ""
    """Why it could not be spoken."""

    extension: str = ""
    began: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first audio has arrived."""

    def of(self, kind: PipelineEventType) -> dict[str, Any]:
        """The data of the first event of a type."""
        return next(event.data or {} for event in self.events if event.type is kind)

    @property
    def kinds(self) -> list[PipelineEventType]:
        return [event.type for event in self.events]

    @property
    def heard(self) -> str:
        """The text from speech-to-text."""
        return str(self.of(PipelineEventType.STT_END)["stt_output"]["text"])

    @property
    def deltas(self) -> list[dict[str, Any]]:
        """The deltas that were streamed into the chat log."""
        progress = [
            event.data or {}
            for event in self.events
            if event.type is PipelineEventType.INTENT_PROGRESS
        ]
        return [data["chat_log_delta"] for data in progress if "chat_log_delta" in data]

    @property
    def levels(self) -> dict[int, float]:
        """The seconds of each level in an answer in WAV."""
        return levels_of(self.audio)

    @property
    def said(self) -> str:
        """The speech of the conversation stage's response."""
        return str(self.response["speech"]["plain"]["speech"])

    @property
    def response(self) -> dict[str, Any]:
        output = self.of(PipelineEventType.INTENT_END)["intent_output"]
        response: dict[str, Any] = output["response"]
        return response

    @property
    def failure(self) -> str:
        """The text of the failed turn's error, which appears once."""
        assert self.kinds[-1] is PipelineEventType.RUN_END
        assert PipelineEventType.ERROR not in self.kinds
        assert self.said not in ("", ANSWERED_ALOUD)
        assert self.shown == [self.said]
        return self.said

    @property
    def shown(self) -> list[str]:
        """The messages that the Assist dialog of the frontend shows for the answer.

        The response replaces the streamed text, unless it is an error: that becomes a separate
        message.
        """
        streamed = "".join(delta.get("content") or "" for delta in self.deltas).strip()
        if self.response["response_type"] == "error":
            return [text for text in (streamed, self.said) if text]
        return [streamed] if streamed == self.said else [f"{streamed}\n{self.said}".strip()]

    @property
    def error(self) -> str:
        """The code of the error that ended the run."""
        return str(self.of(PipelineEventType.ERROR)["code"])


@dataclass
class Satellite:
    """Talks with one agent."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    server: ScriptedServer
    pipeline: assist_pipeline.Pipeline

    @property
    def peers(self) -> list[Peer]:
        """The connections of the conversations, without the one that tested the set-up."""
        return self.server.peers[1:]

    def entity_id(self, platform: str, key: str | None = None) -> str:
        unique_id = f"{self.entry.entry_id}_{key or platform}"
        found = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, unique_id)
        assert found is not None
        return found

    async def ask(
        self,
        byte: int = 0x10,
        *,
        conversation_id: str | None = None,
        output: str | dict[str, Any] | None = None,
        seconds: float = 60,
        pipeline: str | None = None,
        fast: bool = True,
        stream: AsyncIterator[bytes] | None = None,
        run: Run | None = None,
        **place: str,
    ) -> Run:
        """Speak until the pipeline stops listening, for at most `seconds`.

        `run` can be inspected while the pipeline runs; `place` has
        Home Assistant's ids of a satellite (`satellite_id`, `device_id`).
        """
        run = run or Run()
        fetching: list[asyncio.Task[None]] = []

        def happened(event: PipelineEvent) -> None:
            run.events.append(event)
            is_streaming = (event.data or {}).get("tts_start_streaming")
            if is_streaming or (event.type is PipelineEventType.TTS_END and not fetching):
                token = run.of(PipelineEventType.RUN_START)["tts_output"]["token"]
                fetching.append(asyncio.create_task(self._fetch(token, run)))

        async with asyncio.timeout(PATIENCE):
            await assist_pipeline.async_pipeline_from_audio_stream(
                self.hass,
                context=Context(),
                event_callback=happened,
                stt_metadata=MICROPHONE,
                stt_stream=stream or speech(byte, seconds, fast=fast),
                pipeline_id=pipeline or self.pipeline.id,
                conversation_id=conversation_id,
                tts_audio_output=output,
                **place,
            )
            await asyncio.gather(*fetching)
        return run

    async def write(
        self, connect: WebSocketGenerator, text: str, conversation_id: str | None = None
    ) -> Run:
        """Type a text, as in the Assist dialog of the frontend."""
        run = Run()
        dialog = await connect(self.hass)
        await dialog.send_json_auto_id(
            {
                "type": "assist_pipeline/run",
                "start_stage": "intent",
                "end_stage": "intent",
                "input": {"text": text},
                "pipeline": self.pipeline.id,
                "conversation_id": conversation_id,
            }
        )
        async with asyncio.timeout(PATIENCE):
            assert (await dialog.receive_json())["success"]
            while PipelineEventType.RUN_END not in run.kinds:
                event = (await dialog.receive_json())["event"]
                run.events.append(PipelineEvent(PipelineEventType(event["type"]), event["data"]))
        await dialog.close()
        return run

    async def _fetch(self, token: str, run: Run) -> None:
        stream = tts.async_get_stream(self.hass, token)
        assert stream is not None
        run.extension = stream.extension
        try:
            async for data in stream.async_stream_result():
                run.audio += data
                run.began.set()
        except HomeAssistantError as error:
            run.audio_error = str(error)


def log_of(hass: HomeAssistant, conversation_id: str) -> list[Any]:
    """Return the chat log of a conversation, without the prompt."""
    return hass.data[chat_log.DATA_CHAT_LOGS][conversation_id].content[1:]


def levels_of(audio: bytes) -> dict[int, float]:
    """Return the seconds of each level in a sound of steady levels, without silence."""
    samples, rate = soundfile.read(io.BytesIO(audio), dtype="int16", always_2d=True)
    levels, counts = np.unique(samples[:, 0], return_counts=True)
    return {
        int(level): int(count) / rate
        for level, count in zip(levels, counts, strict=True)
        if level != 0
    }


async def speech(byte: int, seconds: float, *, fast: bool) -> AsyncIterator[bytes]:
    """16-bit audio that becomes one µ-law byte, in chunks of 10 ms."""
    sample = LEVELS[byte].to_bytes(2, "little", signed=True)
    for _ in range(round(seconds * 100)):
        yield sample * 160
        await asyncio.sleep(0.002 if fast else 0.01)


LEVELS = [int(level) for level in mulaw_decode(bytes(range(256)))]
