"""The limits of a home's offer."""

import pytest

from custom_components.playai.agent.home import (
    MAX_OFFER_BYTES,
    MAX_PHRASES,
    MAX_TOOLS,
    HomeOffer,
    Tool,
    fit_phrases,
)
from custom_components.playai.agent.messages import HomeMessage, describe, encode, parse

TOOL = Tool("turn_on", "Turn on", {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tools": tuple(Tool(f"t{n}", "", {}) for n in range(MAX_TOOLS + 1))}, "65 tools"),
        ({"tools": (TOOL, TOOL)}, "same name"),
        ({"tools": (Tool("", "", {}),)}, "name of a tool"),
        ({"tools": (Tool("a" * 257, "", {}),)}, "name of a tool"),
        ({"tools": (Tool("a", "a" * MAX_OFFER_BYTES, {}),)}, "bytes of tools and prompt"),
        ({"tools": (Tool("a", "", {"type": object()}),)}, "cannot be written as JSON"),
        ({"prompt": "a" * MAX_OFFER_BYTES}, "bytes of tools and prompt"),
        ({"prompt": "\ud800"}, "cannot be written as JSON"),
        ({"phrases": ("a",) * (MAX_PHRASES + 1)}, "2001 phrases"),
        ({"phrases": ("a" * MAX_OFFER_BYTES,)}, "bytes of phrases"),
        ({"patience": "endless"}, "patience"),
        ({"language": "English please"}, "language"),
        ({"language": ""}, "language"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_offer_beyond_its_limits(changes, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        HomeOffer(**{"language": "en", "answers": True, **changes})


def test_offer_at_its_limits_fits_into_a_message() -> None:
    offer = HomeOffer(
        "en",
        True,
        tuple(Tool(f"t{n}", "a" * 400, {"type": "object"}) for n in range(MAX_TOOLS)),
        "a" * 30_000,
        fit_phrases(f"Turn on lamp {n}" for n in range(MAX_PHRASES)),
    )
    assert len(offer.phrases) == MAX_PHRASES
    message = HomeMessage(offer)
    assert parse(encode(message), is_limited=False) == message


def test_phrases_that_fit() -> None:
    assert fit_phrases(["a", "b", "a"]) == ("a", "b")
    assert len(fit_phrases(str(n) for n in range(3_000))) == MAX_PHRASES
    long = fit_phrases("ü" * 1_000 + str(n) for n in range(100))
    assert 30 <= len(long) <= 33
    HomeOffer("en", True, phrases=long)


def test_phrases_are_never_logged() -> None:
    assert "secret" not in describe(HomeMessage(HomeOffer("en", True, phrases=("secret",))))
