"""Texts that the model writes for sounds without words."""

import pytest

from agent_server.stt.hallucinations import is_doubtful, is_hallucination


@pytest.mark.parametrize(
    "text",
    [
        "\u266a Oh, what a night \u266a",
        "\u554a\u554a",
        "a little bit of a little bit of a little bit of a little bit of",
        "Oh, oh, oh, oh, oh",
        "I don't know if it's good. I don't know if it's good. I don't know if it's good.",
        "Daaaaaaaaaaaaah!",
        "You",
        '"You"!',
        "The.",
        "Thank you for watching!",
    ],
)
def test_no_speech(text):
    assert is_hallucination(text, seconds=2.0, tokens=8)


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Thank you.",
        "No, no, no.",
        "Turn on the light, turn on the light!",
        "Turn it up, up, up!",
        "Ha ha ha.",
        "What is 1000000 plus 2?",
        "Wie sp\u00e4t ist es?",
        "How are you?",
        "This is the first time I've ever seen a bird.",
    ],
)
def test_speech(text):
    assert not is_hallucination(text, seconds=2.0, tokens=8)


def test_a_text_that_the_model_does_not_believe():
    """The model writes the first two for laughter and for "hm"."""
    assert is_doubtful("Please change me, sir.", tokens=7, fit=-1.8)
    assert is_doubtful("Hello.", tokens=2, fit=-1.1)
    assert not is_doubtful("Please change the light.", tokens=7, fit=-1.5)
    assert not is_doubtful("Hello.", tokens=1, fit=-0.5)


def test_a_sentence_that_the_model_writes_for_laughter():
    """It is an answer when a person says it clearly."""
    text = "This is the first time I've ever seen a bird."
    assert is_doubtful(text, tokens=12, fit=-0.95)
    assert not is_doubtful(text, tokens=12, fit=-0.5)


def test_one_word_in_long_speech():
    assert is_hallucination("You know.", seconds=4.0, tokens=2)
    assert not is_hallucination("Yes.", seconds=2.5, tokens=1)


def test_more_words_than_anybody_speaks():
    assert is_hallucination("I do not know if I do not", seconds=4.0, tokens=25)
    assert not is_hallucination("I do not know if I do not", seconds=4.0, tokens=23)
