"""Texts that the model writes for sounds without words."""

import pytest

from agent_server.stt.invented import is_invented


@pytest.mark.parametrize(
    "text",
    [
        "\u266a Oh, what a night \u266a",
        "\u554a\u554a",
        "a little bit of a little bit of a little bit of a little bit of",
        "Oh, oh, oh, oh, oh",
        "Daaaaaaaaaaaaah!",
        "You",
        '"You"!',
        "The.",
    ],
)
def test_no_speech(text):
    assert is_invented(text, seconds=2.0, tokens=8, fit=-0.1)


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Thank you.",
        "No, no, no.",
        "Turn it up, up, up!",
        "Ha ha ha.",
        "What is 1000000 plus 2?",
        "Wie sp\u00e4t ist es?",
        "How are you?",
    ],
)
def test_speech(text):
    assert not is_invented(text, seconds=2.0, tokens=8, fit=-0.7)


def test_a_text_that_the_model_does_not_believe():
    assert is_invented("Please change me, sir.", seconds=2.0, tokens=7, fit=-1.8)


def test_one_word_in_long_speech():
    assert is_invented("You know.", seconds=4.0, tokens=2, fit=-0.1)
    assert not is_invented("Yes.", seconds=2.5, tokens=1, fit=-0.1)
