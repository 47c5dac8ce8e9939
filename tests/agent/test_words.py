"""The texts of a server are safe to show, and are joined by the rules for any input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.playai.agent.messages import (
    AgentGreeting,
    AgentTranscript,
    ErrorMessage,
    Hangup,
    Unknown,
    UserTranscript,
    encode,
    parse,
)
from custom_components.playai.agent.words import MAX_CHARACTERS, Transcript, clean_text


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        # The text so far is sent again, and longer.
        (["It is", "It is late."], "It is late."),
        (["It is late.", "It is late. Good night."], "It is late. Good night."),
        (["What ti", "What time is it?"], "What time is it?"),
        (["Yes", "Yes, please."], "Yes, please."),
        (["I", "It is late."], "I It is late."),
        (["It", "Its", "Its"], "It Its Its"),
        # The same is sent again.
        (["Yes.", "Yes."], "Yes. Yes."),
        (["five", "five"], "five five"),
        (["Turn on the light.", "Turn on the light."], "Turn on the light."),
        # Deltas.
        (["Hel", "lo"], "Hello"),
        (["Hel", "lo", " wor", "ld", "."], "Hello world."),
        (["It", " is", " late", ".", " Good"], "It is late. Good"),
        (["It ", "is ", "la", "te."], "It is late."),
        ([" It", " isn", "'t", " late"], "It isn't late"),
        (["Hello", " ", "world"], "Hello world"),
        (["Yes. ", "No.", "Maybe."], "Yes. No. Maybe."),
        (["20", "26"], "20 26"),
        # Sentences, and parts of them.
        (["It is", "late.", "Good night."], "It is late. Good night."),
        (["Good", "morning."], "Good morning."),
        (["turn on the light", "and the radio"], "turn on the light and the radio"),
        (["It is late", "."], "It is late."),
        (["Well", ", it is late"], "Well, it is late"),
        (["Hello", "World"], "Hello World"),
        # Nothing.
        ([], ""),
        (["", " ", "\n"], ""),
        (["Hello.", "", " "], "Hello."),
    ],
)
def test_transcript(pieces: list[str], text: str) -> None:
    transcript = Transcript()
    for piece in pieces:
        transcript.add(clean_text(piece))
    assert transcript.text.rstrip() == text


@given(st.lists(st.text(max_size=20)))
def test_transcript_takes_anything(pieces: list[str]) -> None:
    transcript = Transcript()
    for piece in pieces:
        transcript.add(piece)
    assert transcript.text == transcript.text.lstrip()


def test_transcript_is_bounded() -> None:
    transcript = Transcript()
    for number in range(100):
        transcript.add(f"{number} " + "a" * 1000)
    assert len(transcript.text) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Guten Tag, größer 10 €!", "Guten Tag, größer 10 €!"),
        ("two\nlines\r\nand\ttabs\u2028more", "two lines and tabs more"),
        ("\x1b[31mred\x1b]0;title\x07\x9b2J", "[31mred]0;title2J"),
        ("\u202egnp.exe\u2066\u2069\u200e\u200f\u061c", "gnp.exe"),
        ("zero\u200bwidth\ufeff\u2060\u00ad", "zerowidth"),
        ("a\x00b\x7fc", "abc"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001 (Persian)
        ("👩\u200d👩\u200d👧 ❤️", "👩\u200d👩\u200d👧 ❤️"),
        ("क्\u200dष", "क्\u200dष"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text())
def test_clean_text_is_stable(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


def test_long_text_is_cut() -> None:
    assert len(clean_text("a" * 3_000_000)) == MAX_CHARACTERS
    assert len(clean_text("\u200ba" * 3_000_000)) == MAX_CHARACTERS


def test_every_text_of_a_server_is_cleaned() -> None:
    bad, good = "\x1b\u202ea\nb", "a b"
    assert parse(encode(UserTranscript(bad))) == UserTranscript(good)
    assert parse(encode(AgentTranscript(bad))) == AgentTranscript(good)
    assert parse(encode(AgentGreeting(bad))) == AgentGreeting(good)
    assert parse(encode(ErrorMessage(5001, bad))) == ErrorMessage(5001, good)
    assert parse(encode(Hangup(bad))) == Hangup(good)
    assert parse('{"type":"\\u001b\\u202ea\\nb"}') == Unknown(good)


def test_transcript_has_a_longest_text() -> None:
    transcript = Transcript(10)
    for piece in ("Turn on", "all of the lights.", "Now."):
        transcript.add(piece)
    assert transcript.text == "Turn on al"
