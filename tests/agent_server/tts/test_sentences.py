"""Pieces of a text are split into sentences."""

import pytest

from agent_server.tts.sentences import MAX_CHARACTERS, SentenceSplitter


def split(*pieces):
    splitter = SentenceSplitter()
    found = [sentence for piece in pieces for sentence in splitter.feed(piece)]
    return [*found, *splitter.flush()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It is 3.5 miles. Yes.", ["It is 3.5 miles.", "Yes."]),
        ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
        ("J. R. Smith came. So did I. Fine.", ["J. R. Smith came.", "So did I.", "Fine."]),
        ("At 7 p.m. it ends.", ["At 7 p.m. it ends."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("Wait… what?", ["Wait…", "what?"]),
        ("   ", []),
        ("", []),
    ],
)
def test_sentences(text, sentences):
    assert split(text) == sentences
    assert split(*text) == sentences  # Letter by letter.


def test_sentence_is_returned_when_it_is_complete():
    splitter = SentenceSplitter()
    assert splitter.feed("This is whole. This is") == ["This is whole."]
    assert splitter.feed(" not.") == []
    assert splitter.flush() == ["This is not."]
    assert splitter.flush() == []


@pytest.mark.parametrize("word", ["word, ", "word ", "word"])
def test_endless_sentence_is_cut(word):
    text = word * 300
    found = split(*text)
    assert all(0 < len(part) <= MAX_CHARACTERS for part in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("word", ["word ", " word", "word, "])
def test_words_of_an_endless_sentence_stay_separate(word):
    found = split(*[word] * 300)
    assert " ".join(found).split() == [word.strip()] * 300


def test_long_whitespace_is_not_a_sentence():
    assert split(" " * (MAX_CHARACTERS + 1), "One.") == ["One."]
