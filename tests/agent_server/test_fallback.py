"""Several engines of a kind: the next one is used when one fails."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
import pytest

from agent_server.fallback import FallbackSpeechToText, FallbackTextToSpeech, Ranking
from agent_server.stt import SpeechToTextError
from agent_server.tts import Audio, TextToSpeechError

from .fakes import Ears, Speech


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ears(*words: str) -> list[Ears]:
    found = []
    for word in words:
        found.append(Ears())
        found[-1].words = {2: word}
    return found


async def hear(engine: FallbackSpeechToText) -> str:
    utterance = engine.begin("de")
    utterance.feed(np.ones(1, np.float32))
    utterance.feed(np.ones(1, np.float32))
    utterance.confirm()
    return (await utterance.transcript()).text


async def test_the_next_one_hears_the_same_audio():
    clock = Clock()
    first, second = ears("fail", "hello")
    engine = FallbackSpeechToText([first, second], Ranking(2, clock))
    assert await hear(engine) == "hello"
    assert first.languages == second.languages == ["de"]
    assert second.utterances[0].is_certain

    # The first one rests, and is used again after that.
    first.words = {2: "back"}
    assert await hear(engine) == "hello"
    clock.now = 10.0
    assert await hear(engine) == "back"
    assert len(first.utterances) == 2


async def test_the_first_one_hears_the_user_speak():
    first, second = ears("fail", "hello")
    first.is_streaming = True
    engine = FallbackSpeechToText([first, second], Ranking(2, Clock()))
    assert engine.is_streaming
    utterance = engine.begin("de")
    utterance.feed(np.ones(1, np.float32))
    assert first.utterances[0].size == 1
    utterance.feed(np.ones(1, np.float32))
    assert (await utterance.transcript()).text == "hello"
    assert not engine.is_streaming  # The first one rests.

    utterance = engine.begin("de")
    utterance.drop()
    assert second.utterances[1].is_cancelled
    assert len(first.utterances) == 1


async def test_all_fail():
    engine = FallbackSpeechToText(ears("fail", "fail"), Ranking(2, Clock()))
    for _ in range(2):
        with pytest.raises(SpeechToTextError):
            await hear(engine)


async def test_one_that_rests_is_better_than_none():
    first, second = ears("fail", "fail")
    engine = FallbackSpeechToText([first, second], Ranking(2, Clock()))
    with pytest.raises(SpeechToTextError):
        await hear(engine)
    first.words = {2: "back"}
    assert await hear(engine) == "back"


class Dumb(Speech):
    """Fails before its first audio while `is_dumb`."""

    is_dumb = True

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        if self.is_dumb:
            raise TextToSpeechError("no voice")
        async with aclosing(super().speak(text, language, voice)) as speech:
            async for audio in speech:
                yield audio


async def speak(engine: FallbackTextToSpeech, text: str) -> int:
    return len([audio async for audio in engine.speak(text, "de", None)])


async def test_the_next_one_speaks():
    clock = Clock()
    first, second = Dumb(), Speech()
    engine = FallbackTextToSpeech([first, second], Ranking(2, clock))
    assert await speak(engine, "good day") == 2
    assert second.sentences == [("good day", "de", None)]
    first.is_dumb = False
    clock.now = 10.0
    assert await speak(engine, "good day") == 2
    assert first.sentences == [("good day", "de", None)]


async def test_a_sentence_that_has_begun_is_not_repeated():
    first, second = Speech(), Speech()
    engine = FallbackTextToSpeech([first, second], Ranking(2, Clock()))
    parts = engine.speak("good mute day", "de", None)
    await anext(parts)
    with pytest.raises(TextToSpeechError):
        await anext(parts)
    assert second.sentences == []
    # The next sentence is spoken by the other engine.
    assert await speak(engine, "good") == 1
    assert len(second.sentences) == 1


async def test_nobody_speaks():
    engine = FallbackTextToSpeech([Dumb(), Dumb()], Ranking(2, Clock()))
    with pytest.raises(TextToSpeechError):
        await speak(engine, "good day")
