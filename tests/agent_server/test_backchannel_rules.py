"""Words and sounds of agreement, which do not interrupt the agent."""

import pytest

from agent_server.conversation.backchannels import is_backchannel


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("Mm-hmm.", "en"),
        ("Uh-huh, okay.", "en-GB"),
        ("Eh-ha? Aha.", "en"),
        ("Yeah, right!", "en"),
        ("Hahaha", "xx"),
        ("Ach so, genau.", "de"),
        ("D'accord.", "fr-FR"),
        ("Sí, claro.", "ES"),
    ],
)
def test_backchannels(text, language):
    assert is_backchannel(text, language)


@pytest.mark.parametrize(
    "text", ["Stop.", "Genau.", "Okay, stop.", "Yeah but no", "ha-playai", "hello", "hey"]
)
def test_words(text):
    assert not is_backchannel(text, "en")
