"""The transcriber prefers sentences that the home understands."""

import numpy as np
import pytest

from agent_server.stt import moonshine
from agent_server.stt.phrases import spell, tree
from tests.recordings import RECORDINGS, plain
from tests.recordings.people import PHRASES, recording


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("set a timer for 5 minutes", "set a timer for five minutes"),
        ("set it to 80%", "set it to eighty percent"),
        ("21 and 100 and 342", "twenty-one and one hundred and three hundred forty-two"),
        ("room 1001 on Route66", "room 1001 on Route66"),
    ],
)
def test_numbers_are_words(text, spoken):
    assert spell(text) == spoken


def test_tokens_of_a_text(transcriber):
    vocabulary = transcriber._vocabulary
    for text in ("Turn on the living room lamp", "What's the weather like in New York", "café"):
        tokens = vocabulary.encode(text)
        assert vocabulary.decode(list(tokens)) == text
    assert len(vocabulary.encode("Turn on the living room lamp")) == 6
    assert vocabulary.encode("\N{SNOWMAN}") is None
    assert vocabulary.encode("") == ()


def test_the_model_writes_the_same_tokens(transcriber):
    said = transcriber.transcribe(recording("v2j-what_time_is_it").audio)
    assert transcriber._vocabulary.encode("What time is it") == said.tokens[:-1]


def test_the_tree(transcriber):
    phrases = ["Turn on the fan", "turn on the fan now.", "", "\N{SNOWMAN}"]
    root = tree(phrases, transcriber._vocabulary)
    found, nodes = [], [root]
    while nodes:
        node = nodes.pop()
        nodes += node.children.values()
        if node.phrase:
            found.append((node.phrase, bool(node.children)))
    assert sorted(found) == [("Turn on the fan", True), ("turn on the fan now.", False)]


def test_a_sentence_that_nobody_can_say_in_time_is_left_out(transcriber):
    assert not tree(["a" * 60_000], transcriber._vocabulary).children
    assert tree(["a" * 50], transcriber._vocabulary).children


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("ha-en-turn_off_lights_in_the_office", "Turn off lights in the Office"),
        ("ha-en-skip_on_tv", "Skip on tv"),
        ("ha-en-lock_the_front_door", "Lock the front door."),
    ],
)
def test_a_known_sentence_is_found(transcriber, name, phrase):
    heard = transcriber.transcribe(recording(name).audio, None, PHRASES)
    assert heard.text == phrase
    assert heard.is_command
    assert heard.finality is not None


def test_speech_longer_than_all_known_sentences_is_not_searched(transcriber, monkeypatch):
    monkeypatch.setattr(moonshine, "find", None)
    clip = recording("barista-020")
    heard = transcriber.transcribe(clip.audio, None, ["turn on the light"])
    assert heard.text == transcriber.transcribe(clip.audio).text


def test_the_same_words_are_searched_once(transcriber, monkeypatch):
    clip = recording("ha-en-what_s_the_date")
    phrases = ["turn on all of the lights in the living room"]
    first = transcriber.transcribe(clip.audio, None, phrases)
    monkeypatch.setattr(moonshine, "find", None)
    assert transcriber.transcribe(clip.audio, first, phrases).text == first.text


def test_the_beginning_of_another_sentence_is_not_a_whole_command(transcriber):
    phrases = ["lock the Front Door", "lock the Front Door in five minutes"]
    heard = transcriber.transcribe(recording("ha-en-lock_the_front_door").audio, None, phrases)
    assert heard.text == "Lock the front door."
    assert not heard.is_command


def test_other_sentences_are_unchanged(transcriber):
    for clip in RECORDINGS:
        free = transcriber.transcribe(clip.audio)
        heard = transcriber.transcribe(clip.audio, None, PHRASES)
        assert plain(heard.text) == plain(free.text)
        assert not heard.is_command


def test_sentences_without_tokens(transcriber):
    clip = RECORDINGS[0]
    assert transcriber.transcribe(clip.audio, None, ["\N{SNOWMAN}"]).text
    assert transcriber.transcribe(np.zeros(100, np.float32), None, PHRASES).text == ""


def test_the_tree_is_built_once(transcriber):
    transcriber._tree.cache_clear()
    for _ in range(3):
        transcriber.transcribe(RECORDINGS[5].audio, None, PHRASES)
    assert transcriber._tree.cache_info().misses == 1


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("ha-en-what_s_the_weather_like_in_new_york", ["what's the weather like"]),
        ("ha-en-set_a_timer_for_3_hours_and_10_minutes", ["set a timer for 3 hours"]),
        ("ha-en-turn_off_lights_in_the_office", ["turn off lights", "turn off the lights"]),
    ],
)
def test_a_known_sentence_is_all_that_was_said(transcriber, name, phrases):
    audio = recording(name).audio
    heard = transcriber.transcribe(audio, None, phrases)
    assert heard == transcriber.transcribe(audio)
