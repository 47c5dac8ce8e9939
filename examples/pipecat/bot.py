"""A pipecat bot that serves the Agent WebSocket protocol."""

import asyncio
import hmac
import json
import os
import struct
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

import audioop
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames import frames as f
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators import llm_response_universal as aggregators
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.piper.tts import PiperTTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

KEY, get = os.environ["AGENT_KEY"], os.environ.get
PROMPT = "You are a voice assistant. Answer in one or two short spoken sentences."
app, INPUT_RATE = FastAPI(), 16_000


def make_services() -> list[FrameProcessor]:
    """Return speech-to-text, a language model and text-to-speech; any of pipecat's will do."""
    whisper = WhisperSTTService.Settings(model=get("WHISPER", "base"))
    llm = OpenAILLMService.Settings(model=get("LLM_MODEL", "qwen3:8b"), system_instruction=PROMPT)
    piper = PiperTTSService.Settings(voice=get("PIPER", "en_US-lessac-medium"))
    url = get("LLM_URL", "http://127.0.0.1:11434/v1")
    return [
        WhisperSTTService(settings=whisper, device="cpu", compute_type="int8"),
        OpenAILLMService(settings=llm, base_url=url, api_key=get("LLM_KEY", "none")),
        PiperTTSService(settings=piper, download_dir=Path(get("PIPER_FOLDER", "voices"))),
    ]


class Serializer(FrameSerializer):
    """Audio in both directions; other messages are sent as they are."""

    def __init__(self, output_format: str, rate: int) -> None:
        super().__init__()
        self._is_mulaw = output_format == "mulaw"
        # Clients recognize WAV even if they asked for another format. Its sizes are unknown.
        fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
        wav = struct.pack("<4sI4s", b"RIFF", 2**32 - 1, b"WAVE") + fmt + b"data\xff\xff\xff\xff"
        self._header = b"" if output_format in {"mulaw", "raw"} else wav
        self._prefix = b""

    async def serialize(self, frame: f.Frame) -> str | None:
        """Return the message for a frame."""
        if isinstance(frame, f.OutputAudioRawFrame):
            pcm = audioop.lin2ulaw(frame.audio, 2) if self._is_mulaw else frame.audio
            data, self._prefix = self._prefix + pcm, b""
            return json.dumps({"type": "audioStream", "data": b64encode(data).decode()})
        if not isinstance(frame, f.OutputTransportMessageFrame) or self.should_ignore_frame(frame):
            return None
        if frame.message["type"] == "newAudioStream":
            self._prefix = self._header
        return json.dumps(frame.message)

    async def deserialize(self, data: str | bytes) -> f.Frame | None:
        """Return the audio in a message."""
        message = json.loads(data)
        if message.get("type") != "audioIn":
            return None
        pcm = audioop.ulaw2lin(b64decode(message["data"]), 2)
        return f.InputAudioRawFrame(audio=pcm, sample_rate=INPUT_RATE, num_channels=1)


class Announcer(FrameProcessor):
    """Sends the beginning, the words and the end of each reply."""

    _is_speaking = False

    async def process_frame(self, frame: f.Frame, direction: FrameDirection) -> None:
        """Pass the frame on, and announce it to the client."""
        await super().process_frame(frame, direction)
        if isinstance(frame, f.TTSAudioRawFrame) and not self._is_speaking:
            self._is_speaking = True
            await self._send("newAudioStream")
        elif isinstance(frame, f.TTSTextFrame):
            await self._send("onAgentTranscript", message=frame.text)
        elif isinstance(frame, f.BotStoppedSpeakingFrame | f.InterruptionFrame):
            if self._is_speaking and isinstance(frame, f.BotStoppedSpeakingFrame):
                await self._send("audioStreamEnd")
            self._is_speaking = False
        await self.push_frame(frame, direction)

    async def _send(self, kind: str, **fields: str) -> None:
        await self.push_frame(f.OutputTransportMessageFrame(message={"type": kind, **fields}))


async def converse(websocket: WebSocket, setup: dict[str, Any]) -> None:
    """Run one conversation until the client leaves."""
    rate = setup.get("outputSampleRate") or 24_000
    params = FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True)
    params.serializer = Serializer(setup.get("outputFormat") or "mulaw", rate)
    transport = FastAPIWebsocketTransport(websocket, params)
    stt, llm, tts = spare.pop() if spare else await asyncio.to_thread(make_services)
    refill = asyncio.create_task(asyncio.to_thread(lambda: spare.append(make_services())))
    turns = aggregators.LLMUserAggregatorParams(user_turn_stop_timeout=30)  # For slow computers.
    user, assistant = aggregators.LLMContextAggregatorPair(LLMContext(), user_params=turns)
    stages = [transport.input(), VADProcessor(vad_analyzer=SileroVADAnalyzer()), stt, user, llm]
    stages += [tts, Announcer(), transport.output(), assistant]
    rates = PipelineParams(audio_in_sample_rate=INPUT_RATE, audio_out_sample_rate=rate)
    worker = PipelineWorker(Pipeline(stages), params=rates)

    async def on_user(_user: Any, _strategy: Any, message: Any = None) -> None:
        await websocket.send_json({"type": f"voiceActivity{'End' if message else 'Start'}"})
        if message:
            await websocket.send_json({"type": "onUserTranscript", "message": message.content})

    async def on_disconnected(*_: Any) -> None:
        await worker.cancel()

    user.add_event_handler("on_user_turn_started", on_user)
    user.add_event_handler("on_user_turn_stopped", on_user)
    transport.add_event_handler("on_client_disconnected", on_disconnected)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), refill)


@app.websocket("/v1/agent-conversation")
async def serve(websocket: WebSocket) -> None:
    """Serve a client that has the key."""
    await websocket.accept()
    with suppress(WebSocketDisconnect, ValueError):
        setup = await websocket.receive_json()
        if hmac.compare_digest(str(setup.get("apiKey")).encode(), KEY.encode()):
            await converse(websocket, setup)
        else:
            await websocket.send_json({"type": "error", "code": 2002, "message": "Unknown key."})
            await websocket.close()


spare = [make_services()]  # Loading takes seconds: one set waits for the next conversation.
uvicorn.run(app, host=get("HOST", "127.0.0.1"), port=int(get("PORT", "8766")))
