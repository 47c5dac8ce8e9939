"""Speech that the transcriber understands."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agent_server.tts import TextToSpeechError
from agent_server.tts.hibari import HibariVoice
from tests.agent_server.listening import hear
from tests.recordings import word_errors

REPLIES = [
    "It is half past seven in the evening.",
    "Seventeen times twenty three is three hundred ninety one.",
    "Today is Monday, November the twenty third.",
    "Ten miles is about sixteen kilometers.",
    "I am a voice agent that runs on your own computer.",
    "Why did the speaker go to the doctor?",
    "The light went on, and the ship found the shore.",
    "Nothing can be divided by zero.",
    "Good morning! What can I do for you?",
    "You are welcome.",
]


@pytest.mark.parametrize("reply", REPLIES)
def test_every_reply_is_understood(voice, transcriber, reply):
    speech = np.concatenate(list(voice.speak(reply)))
    heard = hear(transcriber, speech, voice.sample_rate)
    numbers = {"17": "seventeen", "23": "twenty three", "391": "three hundred ninety one"}
    numbers |= {"23rd": "the twenty third", "10": "ten", "16": "sixteen", "zero": "zero"}
    words = " ".join(numbers.get(word.strip(".,"), word) for word in heard.split())
    assert word_errors(words, reply) <= 1


def test_samples_are_in_range(voice):
    for piece in voice.speak("Is this too loud? No, it is not!"):
        assert piece.dtype == np.float32
        assert piece.ndim == 1
        assert np.abs(piece).max() <= 1.5  # The encoder clips samples above 1.


def test_first_sentence_is_yielded_before_the_second_is_synthesized(voice):
    pieces = voice.speak("This is the first sentence. And this is the second one.")
    first = next(pieces)
    assert 0.5 < len(first) / voice.sample_rate < 3
    assert len(list(pieces)) == 1


@pytest.mark.parametrize("text", ["", " ", "…", "!!!", "\n\n", "🎉", "日本語"])
def test_nothing_to_say(voice, text):
    for piece in voice.speak(text):
        assert piece.size


def test_a_sentence_always_sounds_the_same(voice):
    first, second = (np.concatenate(list(voice.speak(REPLIES[0]))) for _ in range(2))
    assert np.array_equal(first, second)


def test_several_at_once(voice):
    with ThreadPoolExecutor(4) as threads:
        lengths = list(threads.map(lambda reply: sum(map(len, voice.speak(reply))), REPLIES * 3))
    assert lengths == [sum(map(len, voice.speak(reply))) for reply in REPLIES] * 3


def test_engine_that_fails(monkeypatch):
    voice = HibariVoice()
    monkeypatch.setattr(voice._engine, "sess", None)
    with pytest.raises(TextToSpeechError):
        list(voice.speak("Hello there."))
