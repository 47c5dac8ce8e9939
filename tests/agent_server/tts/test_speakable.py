"""Markdown, emoji and addresses of an answer, as a voice says them."""

import pytest

from agent_server.tts.sentences import SentenceSplitter
from agent_server.tts.speakable import Speakable


def spoken(answer: str) -> list[str]:
    splitter, speakable = SentenceSplitter(), Speakable()
    sentences = [*splitter.feed(answer), *splitter.flush()]
    return [text for sentence in sentences if (text := speakable.convert(sentence))]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("The lamp is on.", "The lamp is on."),
        ("It is **very** warm.", "It is very warm."),
        ("It is *very* warm.", "It is very warm."),
        ("It is __very__ warm, and _dry_.", "It is very warm, and dry."),
        ("**It is warm.", "It is warm."),
        ("~~Old~~ new.", "Old new."),
        ("`turn_on` switches `a`.", "turn_on switches a."),
        ("## Weather", "Weather."),
        ("> Quoted.", "Quoted."),
        ("- Eggs", "Eggs."),
        ("* Bread,", "Bread,"),
        ("- [x] Milk", "Milk."),
        ("See [the page](https://example.com/a?b=c).", "See the page."),
        ("![A cat](cat.png)", "A cat"),
        ("See https://www.home-assistant.io/docs/#a.", "See home-assistant.io."),
        ("See <https://example.com:8123/x> now.", "See example.com now."),
        ("Ask http://user:secret@example.com/.", "Ask example.com."),
        ("Is it on www.example.com?", "Is it on example.com?"),
        ("Good morning! ☀️ 👋🏽", "Good morning!"),
        ("Nice 👍.", "Nice."),
        ("A<br>B &amp; C", "A B & C"),
        ("Known [1], and more【4†source】.", "Known, and more."),
        ("Kitchen → hall.", "Kitchen, hall."),
        ("| Room | 20 °C |", "Room, 20 °C."),
        (r"It costs \$5.", "It costs $5."),
    ],
)
def test_markdown(written, said):
    assert Speakable().convert(written) == said


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 is 6.",
        "It is -5 °C.",
        "That is 3 < 5, and 7 > 2.",
        "Write to a.b@example.com.",
        "Sensor living_room_lamp is off.",
        "Es sind 5 € und 30 %.",
        "Version 1.2.3 is new.",
        "早上好。",
    ],
)
def test_plain_text_is_unchanged(text):
    assert Speakable().convert(text) == text


@pytest.mark.parametrize("text", ["---", "* * *", "|---|:--:|", "👍", "**", "```", ""])
def test_nothing_to_say(text):
    assert Speakable().convert(text) == ""


def test_list():
    answer = "You need:\n\n- **Eggs**\n- Bread\n\nThat is all."
    assert spoken(answer) == ["You need:", "Eggs.", "Bread.", "That is all."]


def test_table():
    answer = "| Room | Lamp |\n|---|---|\n| Kitchen | on |\n"
    assert spoken(answer) == ["Room, Lamp.", "Kitchen, on."]


def test_code_is_not_spoken():
    answer = (
        "Run this:\n```python\nprint(1)  # First. Then\nprint(2)\n```\nIt prints *two* numbers."
    )
    assert spoken(answer) == ["Run this:", "It prints two numbers."]


def test_code_in_one_line_is_spoken():
    assert spoken("```ls```\nIt lists.") == ["ls", "It lists."]


def test_emphasis_over_two_sentences():
    assert spoken("**Wait. It is hot.** Really.") == ["Wait.", "It is hot. Really."]
