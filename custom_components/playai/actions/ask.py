"""The action `ask`: one turn with an agent, by text or with a recording."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components import assist_pipeline, conversation, tts
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.core import Context, HomeAssistant, ServiceResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import intent

from ..const import CONF_PIPELINE_ID, DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..models import Activity
from ..own_entities import async_conversation_entity
from .media import MICROPHONE, async_load, async_stream
from .places import Place, async_play, async_play_text, async_speak, async_url

TIMEOUT: Final = 120
"""Seconds for one turn: a minute of speech, half a minute for the answer, and a margin."""


@dataclass(slots=True)
class Question:
    """The question, and the players of its answer."""

    entry: PlayAIConfigEntry
    place: Place
    context: Context
    text: str | None = None
    media: str | None = None
    conversation_id: str | None = None
    language: str | None = None


async def async_ask(hass: HomeAssistant, question: Question) -> ServiceResponse:
    """Ask, play the answer, and return it; raises `HomeAssistantError`."""
    asking = _Asking(hass, question)
    stop = question.entry.runtime_data.activities.async_listen(asking.activity_happened)
    try:
        await asking.ask()
        if asking.playing is not None:
            await asking.playing
    finally:
        stop()
        await asking.close()
    return asking.response


@dataclass(slots=True)
class _Asking:
    """One turn under way."""

    hass: HomeAssistant
    question: Question
    heard: str = ""
    answer: str = ""
    conversation_id: str | None = None
    continues: bool = False
    stream: tts.ResultStream | None = None
    timings: dict[str, float] = field(default_factory=dict)
    failure: HomeAssistantError | None = None
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    playing: asyncio.Task[None] | None = None

    @property
    def response(self) -> ServiceResponse:
        return {
            "heard": self.heard,
            "answer": self.answer,
            "audio_url": None if self.stream is None else async_url(self.hass, self.stream),
            "conversation_id": self.conversation_id,
            "continue_conversation": self.continues,
            "timings": {name: round(seconds, 3) for name, seconds in self.timings.items()},
        }

    async def close(self) -> None:
        """Stop waiting for a player."""
        if self.playing is not None:
            self.playing.cancel()
            await asyncio.gather(self.playing, return_exceptions=True)

    async def ask(self) -> None:
        """Ask, and begin to play the answer, which may be longer than the turn."""
        text, media = self.question.text, self.question.media
        try:
            async with asyncio.timeout(TIMEOUT):
                await (self._ask_media(media or "") if text is None else self._ask_text(text))
        except TimeoutError:
            raise _failure("no_reply") from None

    async def _ask_text(self, text: str) -> None:
        """Ask the agent's conversation entity, and speak its answer."""
        question = self.question
        agent = async_conversation_entity(self.hass, question.entry)
        if agent is None or self.hass.states.get(agent) is None:
            raise _invalid("agent_not_loaded", name=question.entry.title)
        result = await conversation.async_converse(
            self.hass,
            text,
            question.conversation_id,
            question.context,
            question.language,
            agent,
            question.place.async_device_id(self.hass),
            question.place.satellite,
        )
        self._note("answered")
        self.heard = text
        self.conversation_id = result.conversation_id
        self.continues = result.continue_conversation
        self.answer = result.response.speech.get("plain", {}).get("speech", "")
        if result.response.response_type is intent.IntentResponseType.ERROR:
            raise _failure("ask_failed", self.answer)
        if self.answer.strip():
            await self._speak(self.answer)

    async def _speak(self, text: str) -> None:
        question = self.question
        try:
            self.stream = await async_speak(self.hass, question.entry, text, question.language)
        except HomeAssistantError:
            if not question.place.is_nowhere:
                raise
            return
        self._note("audio")
        self._start_playing(
            async_play_text(
                self.hass,
                question.entry,
                text,
                self.stream,
                place=question.place,
                context=question.context,
            )
        )

    async def _ask_media(self, media: str) -> None:
        """Speak a recording into the agent's pipeline."""
        question = self.question
        pcm = await async_load(self.hass, media)
        self.began = asyncio.get_running_loop().time()
        try:
            await assist_pipeline.async_pipeline_from_audio_stream(
                self.hass,
                context=question.context,
                event_callback=self._pipeline_event,
                stt_metadata=MICROPHONE,
                stt_stream=async_stream(pcm),
                # None would be the preferred pipeline, which may send the recording elsewhere.
                pipeline_id=question.entry.data.get(CONF_PIPELINE_ID, ""),
                conversation_id=question.conversation_id,
                device_id=question.place.async_device_id(self.hass),
                satellite_id=question.place.satellite,
            )
        except assist_pipeline.PipelineNotFound:
            raise _invalid("pipeline_missing", name=question.entry.title) from None
        if self.failure is not None:
            raise self.failure

    @callback
    def activity_happened(self, activity: Activity, data: dict[str, Any]) -> None:
        """Note the first audio, and the error of the turn."""
        if self.conversation_id is None or data["conversation_id"] != self.conversation_id:
            return
        if activity is Activity.REPLY_STARTED:
            self._note("audio")
        elif activity is Activity.ERROR:
            self.failure = _failure(data["kind"], data["message"])

    @callback
    def _pipeline_event(self, event: PipelineEvent) -> None:
        data = event.data or {}
        match event.type:
            case PipelineEventType.RUN_START:
                self.conversation_id = data["conversation_id"]
                self.stream = tts.async_get_stream(self.hass, data["tts_output"]["token"])
            case PipelineEventType.STT_END:
                self.heard = data["stt_output"]["text"]
                self._note("heard")
            case PipelineEventType.INTENT_PROGRESS if data.get("tts_start_streaming"):
                self._play()
            case PipelineEventType.INTENT_END:
                output = data["intent_output"]
                self.answer = output["response"]["speech"].get("plain", {}).get("speech", "")
                self.continues = output["continue_conversation"]
                self._note("answered")
            case PipelineEventType.TTS_END:
                self._play()
            case PipelineEventType.ERROR:
                is_silent = data["code"] == "stt-no-text-recognized"
                self.failure = self.failure or (
                    _failure("nothing_heard")
                    if is_silent
                    else _failure("ask_failed", data["message"])
                )

    def _play(self) -> None:
        question = self.question
        if self.stream is None or self.playing is not None or question.place.is_nowhere:
            return
        conversations = question.entry.runtime_data.conversations
        if (conversation := conversations.get(self.conversation_id)) is not None:
            conversation.players |= set(question.place.media_players)
        self._start_playing(async_play(self.hass, self.stream, question.place, question.context))

    def _start_playing(self, playing: Coroutine[Any, Any, None]) -> None:
        self.playing = self.hass.async_create_task(playing, "playai plays an answer")

    def _note(self, name: str) -> None:
        seconds = asyncio.get_running_loop().time() - self.began
        self.timings.setdefault(name, seconds)


def _failure(key: str, message: str = "") -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"message": message},
    )


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
