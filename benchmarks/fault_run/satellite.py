"""A satellite that runs one planned turn and reports how it ended."""

import asyncio
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import numpy as np
from numpy.typing import NDArray

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import ReplyDecoder, mulaw_decode
from tests.harness import ROOT
from tests.harness.home import Api, Home, HomeError

from .outcomes import ANSWERED, GONE, PARTIAL, SILENT, UNHEARD, allowed_outcomes
from .plans import NO_REPLY_LIMIT, Plan

RATE: Final = 16_000
CHUNK: Final = RATE // 50
PATIENCE: Final = 2 * NO_REPLY_LIMIT
"""Seconds after which the run aborts a turn."""

SHORTEST_ANSWER: Final = 0.01
"""Seconds of a constant level that count as an answer; the error tone has no such part."""

_TEXTS: Final = json.loads(
    (ROOT / "custom_components" / "playai" / "translations" / "en.json").read_text()
)["exceptions"]
_LEVELS: Final = mulaw_decode(bytes(range(256)))


@dataclass
class Result:
    """How a turn ended."""

    plan: Plan
    outcome: str = ""
    seconds: float = 0.0
    wrong: str = ""
    """Audio or text of another turn that it received."""

    events: list[str] = field(default_factory=list)
    """The types of the pipeline's events."""

    told: str = ""
    """All events of the pipeline as text."""

    @property
    def is_in_time(self) -> bool:
        """Whether the turn ended within its limit."""
        return self.seconds <= self.plan.limit

    @property
    def is_right(self) -> bool:
        """Whether the outcome is an allowed one."""
        return self.outcome in allowed_outcomes(self.plan) and not self.wrong and self.is_in_time


class Turn:
    """One turn."""

    def __init__(self, home: Home, pipeline: str, plan: Plan) -> None:
        self._home = home
        self._pipeline = pipeline
        self._plan = plan
        self._result = Result(plan)
        self._how = plan.whim.how if plan.whim else ""
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: asyncio.Task[None] | None = None
        self._api: Api
        self._url = ""
        self._audio = bytearray()
        self._heard = ""
        self._response: dict[str, Any] = {}
        self._error = ""
        self._number = 0

    async def take(self) -> Result:
        """Run the turn; its errors become its outcome."""
        start = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._run()
            self._judge()
        except TimeoutError:
            self._result.outcome = "never ended"
        except (AgentError, HomeError, aiohttp.ClientError) as error:
            self._result.outcome = f"{type(error).__name__}: {error}"
        finally:
            self._result.seconds = time.monotonic() - start
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._plan.may_continue.set()
        return self._result

    async def _run(self) -> None:
        # A separate connection: Home Assistant reuses the number of a closed microphone, so the
        # last chunks of one turn would become part of another.
        async with self._home.connect() as self._api:
            await self._talk()

    async def _talk(self) -> None:
        self._number, answers = await self._subscribe()
        try:
            reading = asyncio.create_task(self._read(answers))
            self._tasks.append(reading)
            if self._how == "leaves":
                await asyncio.wait((reading,), timeout=self._plan.delay)
                self._result.outcome = GONE
                return
            await reading
            if self._listening is not None:
                await self._listening
        finally:
            # While the run continues, this is its end.
            await self._api.command("unsubscribe_events", subscription=self._number)

    async def _subscribe(self) -> tuple[int, asyncio.Queue[dict[str, Any]]]:
        plan = self._plan
        fields: dict[str, Any] = {
            "pipeline": self._pipeline,
            "conversation_id": plan.conversation_id,
        }
        if plan.wants == "mp3":  # The default format.
            return await self._api.subscribe(
                "assist_pipeline/run",
                start_stage="stt",
                end_stage="tts",
                input={"sample_rate": RATE},
                **fields,
            )
        return await self._api.subscribe(
            "demo_satellite/run", tts_audio_output={"preferred_format": plan.wants}, **fields
        )

    async def _read(self, answers: asyncio.Queue[dict[str, Any]]) -> None:
        speaking: asyncio.Task[None] | None = None
        while True:
            message = await answers.get()
            self._result.told += json.dumps(message)
            if message["type"] == "result":
                if not message["success"]:
                    raise HomeError(message["error"]["message"])
                continue
            kind, data = message["event"]["type"], message["event"]["data"]
            self._result.events.append(kind)
            if kind == "run-start":
                self._url = data["tts_output"]["url"]
                speaking = asyncio.create_task(
                    self._speak(data["runner_data"]["stt_binary_handler_id"])
                )
                self._tasks.append(speaking)
            elif kind == "stt-end":
                self._heard = data["stt_output"]["text"]
                if speaking is not None:
                    speaking.cancel()
                if self._how == "asks again":
                    self._tasks.append(asyncio.create_task(self._go_on_soon()))
            elif kind == "intent-progress" and data.get("tts_start_streaming"):
                self._listen()
            elif kind == "intent-end":
                self._response = data["intent_output"]["response"]
                if data["intent_output"]["conversation_id"] != self._plan.conversation_id:
                    self._result.wrong += "another conversation's id; "
            elif kind == "tts-end":
                self._listen()
            elif kind == "error":
                self._error = data["code"]
            elif kind == "run-end":
                return

    async def _speak(self, handler: int) -> None:
        """Send the question, then silence until cancelled."""
        plan, start = self._plan, time.monotonic()
        level = 0 if self._how == "is silent" else _LEVELS[plan.byte]
        voice = np.full(CHUNK, level, "<i2").tobytes()
        chunks = round(plan.speech_seconds * RATE / CHUNK)
        number = 0
        while number < chunks or not (plan.ends_stream or self._how == "is silent"):
            pcm = voice if number < chunks else bytes(len(voice))
            await self._api.socket.send_bytes(bytes([handler]) + pcm)
            number += 1
            await asyncio.sleep(start + number * CHUNK / RATE / plan.speed - time.monotonic())
        await self._api.socket.send_bytes(bytes([handler]))

    async def _go_on_soon(self) -> None:
        await asyncio.sleep(self._plan.delay)
        self._plan.may_continue.set()

    def _listen(self) -> None:
        if self._listening is None and self._how != "does not listen":
            self._listening = asyncio.create_task(self._fetch())
            self._tasks.append(self._listening)

    async def _fetch(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._api.http.get(self._home.url + self._url, timeout=timeout) as response:
            response.raise_for_status()
            async for data in response.content.iter_any():
                self._audio += data
                if len(self._audio) < 20_000:  # noqa: PLR2004 (0.4 s as WAV)
                    continue
                if self._how == "interrupts":
                    self._plan.may_continue.set()
                elif self._how == "stops listening":
                    return

    def _judge(self) -> None:
        """Set the outcome, and check that all of the answer belongs to this turn."""
        result, plan = self._result, self._plan
        if result.outcome == GONE:
            return
        if self._error:
            is_silence = self._error == "stt-no-text-recognized"
            result.outcome = SILENT if is_silence else f"pipeline error {self._error}"
            return
        if not self._response:
            result.outcome = f"ended after {result.events[-2:]}"
            return
        said = self._response["speech"]["plain"]["speech"]
        heard_levels = _answers(bytes(self._audio), plan.wants)
        own = heard_levels.pop(plan.level, 0.0)
        texts = {_text("user_spoke"), plan.question}
        if self._heard not in texts:
            result.wrong += f"heard {self._heard!r}; "
        if heard_levels:
            result.wrong += f"levels {heard_levels} beside {plan.level}; "
        failure = next((kind.value for kind in ErrorKind if _matches(kind.value, said)), None)
        if failure is not None:
            result.outcome = failure
            audible = _decode(bytes(self._audio), plan.wants)[1].any()
            if self._listening is not None and not audible:
                result.outcome += ", without a tone"
            return
        if said not in (plan.answer, _text("agent_spoke")):
            result.wrong += f"said {said!r}; "
        if self._listening is None:
            result.outcome = UNHEARD
        elif plan.wants == "mp3":  # It has no constant level; the transcript identifies the turn.
            result.outcome = ANSWERED if self._audio and said == plan.answer else "no answer"
        elif own:
            result.outcome = ANSWERED if own >= plan.reply_seconds - 1e-6 else PARTIAL
        else:
            result.outcome = "an answer without a sound"


def _text(key: str) -> str:
    return str(_TEXTS[key]["message"])


def _matches(key: str, said: str) -> bool:
    return re.fullmatch(re.escape(_text(key)).replace(r"\{message\}", ".*"), said) is not None


def _decode(audio: bytes, container: str) -> tuple[int, NDArray[np.int16]]:
    """Return the rate and the samples of a sound that may be incomplete."""
    if audio.startswith(b"RIFF"):
        rate = int.from_bytes(audio[24:28], "little")
        return rate, np.frombuffer(audio[44 : len(audio) // 2 * 2], "<i2")
    decoder = ReplyDecoder(OutputFormat(container), RATE)
    pieces = [*decoder.feed(audio)]
    with suppress(AgentError):  # The last frame may be incomplete.
        pieces += decoder.flush()
    return decoder.rate or RATE, np.frombuffer(b"".join(pieces), np.int16)


def _answers(audio: bytes, container: str) -> dict[int, float]:
    """Return the seconds of each answer in a sound, by level."""
    if container == "mp3":
        return {}
    rate, samples = _decode(audio, container)
    edges = np.flatnonzero(np.diff(samples)) + 1
    seconds: dict[int, float] = {}
    for steady in np.split(samples, edges):
        if steady.size >= SHORTEST_ANSWER * rate and steady[0]:
            level = int(steady[0])
            seconds[level] = seconds.get(level, 0.0) + steady.size / rate
    return seconds
