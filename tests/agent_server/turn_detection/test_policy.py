"""When silence ends a turn."""

from dataclasses import replace
from itertools import pairwise

import pytest

from agent_server.config import EndOfTurn
from agent_server.turn_detection import policy as rules
from agent_server.turn_detection.policy import TurnEndPolicy, is_unfinished
from agent_server.turn_detection.score import Evidence, score

FINISHED = 0.98
OPEN = 0.01


def evidence(token=FINISHED, completeness=0.99, text="what time is it", silence=0.29, **more):
    return Evidence(silence, completeness, token, text, **more)


def ends(policy, found, step=0.01):
    """The first silence that ends the turn."""
    return next(n * step for n in range(1, 500) if policy.is_over(n * step, found))


def test_without_evidence_the_longest_pause_ends_the_turn():
    assert ends(TurnEndPolicy(longest=0.6), None) == pytest.approx(0.6)
    assert ends(TurnEndPolicy(), None) == pytest.approx(0.91, abs=0.011)
    assert ends(TurnEndPolicy(longest=3.0), Evidence(0.29)) == pytest.approx(2.1, abs=0.011)


@pytest.mark.parametrize(
    ("end_of_turn", "seconds"),
    [(EndOfTurn.QUICK, 0.2), (EndOfTurn.NORMAL, 0.2), (EndOfTurn.PATIENT, 0.5)],
)
def test_a_finished_sentence_ends_the_turn_soon(end_of_turn, seconds):
    assert ends(TurnEndPolicy(end_of_turn), evidence()) == pytest.approx(seconds)


@pytest.mark.parametrize("end_of_turn", EndOfTurn)
def test_an_unfinished_sentence_waits(end_of_turn):
    policy = TurnEndPolicy(end_of_turn)
    found = evidence(OPEN, 0.02, "turn off the kitchen")
    assert ends(policy, found) == pytest.approx(1.56, abs=0.011)


def test_a_sentence_of_which_little_is_known_waits_for_the_longest_pause(monkeypatch):
    for value in (-0.5, 0.64):
        monkeypatch.setattr(rules, "score", lambda _, value=value: value)
        assert ends(TurnEndPolicy(), evidence()) == pytest.approx(1.3)


@pytest.mark.parametrize(("value", "seconds"), [(0.99, 0.7), (0.8, 0.7), (0.79, 0.9), (0.65, 0.9)])
def test_a_likely_end_is_one_after_a_short_wait(value, seconds, monkeypatch):
    monkeypatch.setattr(rules, "score", lambda _: value)
    assert ends(TurnEndPolicy(), evidence()) == pytest.approx(seconds)
    assert ends(TurnEndPolicy(EndOfTurn.PATIENT), evidence()) == pytest.approx(1.3)


@pytest.mark.parametrize(("value", "seconds"), [(1.31, 0.2), (1.29, 0.7), (0.94, 1.95)])
def test_words_that_need_another_one_need_a_higher_score(value, seconds, monkeypatch):
    monkeypatch.setattr(rules, "score", lambda _: value)
    found = evidence(text="set a timer for the")
    assert ends(TurnEndPolicy(), found) == pytest.approx(seconds, abs=0.011)


def test_words_that_need_another_one_wait_longer():
    found = evidence(OPEN, 0.02, "turn off the, um,")
    assert ends(TurnEndPolicy(), found) == pytest.approx(1.95, abs=0.011)
    assert ends(TurnEndPolicy(longest=0.6), found) == pytest.approx(0.9)


def test_the_longest_pause_ends_finished_sentences_too():
    assert ends(TurnEndPolicy(longest=0.1), evidence()) == pytest.approx(0.1)


def test_quick_accepts_what_normal_does_not():
    doubtful = next(
        evidence(stop, 0.9)
        for stop in (n / 100 for n in range(99))
        if 0.5 <= (score(evidence(stop, 0.9)) or 0) < 1
    )
    assert ends(TurnEndPolicy(EndOfTurn.QUICK), doubtful) == pytest.approx(0.2)
    assert ends(TurnEndPolicy(EndOfTurn.NORMAL), doubtful) > 0.3


def test_a_known_command_ends_the_turn():
    known = evidence(OPEN, 0.02, "turn on the light", is_command=True)
    assert ends(TurnEndPolicy(), known) == pytest.approx(0.2)
    # One word is too easily the start of something else.
    assert ends(TurnEndPolicy(), evidence(OPEN, 0.02, "stop", is_command=True)) > 1


HEARD = Evidence(0.13, 0.97, text="Wie spät ist es?")
"""Without finality: only the sound is judged."""


@pytest.mark.parametrize(
    ("end_of_turn", "seconds"),
    [(EndOfTurn.QUICK, 0.3), (EndOfTurn.NORMAL, 0.55), (EndOfTurn.PATIENT, 0.9)],
)
def test_sound_ends_the_turn(end_of_turn, seconds):
    assert ends(TurnEndPolicy(end_of_turn), HEARD) == pytest.approx(seconds)


@pytest.mark.parametrize(("completeness", "seconds"), [(0.965, 0.75), (0.95, 1.3), (0.1, 1.3)])
def test_sound_that_is_less_complete_waits(completeness, seconds):
    found = replace(HEARD, completeness=completeness)
    assert ends(TurnEndPolicy(), found) == pytest.approx(seconds)


@pytest.mark.parametrize("mark", ["...", "\u2026", "-", "\u2013", "\u2014", ","])
def test_mark_of_words_that_break_off(mark):
    found = replace(HEARD, text=f"Ich hätte gern einen{mark}")
    assert ends(TurnEndPolicy(), found) == pytest.approx(1.95, abs=0.011)
    # The built-in transcriber writes any mark.
    assert ends(TurnEndPolicy(), evidence(text="what time is it" + mark)) == pytest.approx(0.2)


def test_english_words_are_not_looked_for_in_other_languages():
    found = replace(HEARD, text="Mach das Licht an")
    assert ends(TurnEndPolicy(), found) == pytest.approx(0.55)


def test_a_command_has_at_least_two_words():
    known = evidence(OPEN, 0.02, "lights on", is_command=True)
    assert ends(TurnEndPolicy(), known) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("end_of_turn", "threshold"),
    [(EndOfTurn.QUICK, 0.5), (EndOfTurn.NORMAL, 1.0), (EndOfTurn.PATIENT, 1.25)],
)
def test_score_that_ends_the_turn(end_of_turn, threshold, monkeypatch):
    for value, is_over in ((threshold, True), (threshold - 0.01, False)):
        monkeypatch.setattr(rules, "score", lambda _, value=value: value)
        assert TurnEndPolicy(end_of_turn).is_over(0.6, evidence()) is is_over


@pytest.mark.parametrize(
    ("end_of_turn", "silence", "threshold"),
    [
        (EndOfTurn.QUICK, 0.3, 0.7),
        (EndOfTurn.NORMAL, 0.55, 0.85),
        (EndOfTurn.NORMAL, 0.75, 0.8),
        (EndOfTurn.PATIENT, 0.9, 0.8),
    ],
)
def test_score_of_the_sound_that_ends_the_turn(end_of_turn, silence, threshold, monkeypatch):
    for value, is_over in ((threshold, True), (threshold - 0.01, False)):
        monkeypatch.setattr(rules, "score", lambda _, value=value: value)
        assert TurnEndPolicy(end_of_turn).is_over(silence, HEARD) is is_over


def test_late_evidence_counts():
    assert TurnEndPolicy().is_over(1.2, evidence())


def test_a_long_turn_ends_at_its_next_pause():
    policy, found = TurnEndPolicy(), evidence(OPEN, 0.02, "and then the")
    assert not policy.is_over(0.6, found, 11.9)
    assert not policy.is_over(0.4, found, 30)
    assert policy.is_over(0.5, found, 12)
    assert policy.is_over(0.5, None, 12)


def test_a_user_who_has_continued_gets_more_patience():
    policy, found = TurnEndPolicy(EndOfTurn.QUICK), evidence()
    assert policy.is_over(0.3, found)
    assert not policy.is_over(0.4, found, has_continued=True)
    assert policy.is_over(0.5, found, has_continued=True)


def test_setting_may_change():
    policy = TurnEndPolicy()
    policy.end_of_turn = EndOfTurn.PATIENT
    assert ends(policy, evidence()) == pytest.approx(0.5)


def test_score_grows_with_every_part():
    for silence in (0.29, 0.7):
        by_sound = [score(evidence(completeness=p, silence=silence)) for p in (0, 0.1, 0.9, 1)]
        by_words = [score(evidence(p, silence=silence)) for p in (0, 0.1, 0.9)]
        for values in (by_sound, by_words):
            assert all(a < b for a, b in pairwise(values))


def test_score_without_a_transcriber_that_reveals_its_chances():
    assert score(Evidence(0.3)) is None
    assert score(Evidence(0.13, 0.99)) > 1 > score(Evidence(0.13, 0.9))
    assert score(Evidence(0.3, None, 0.99)) > 1 > score(Evidence(0.3, None, 0.9))


def test_nothing_is_known_after_very_little_silence():
    found = evidence(silence=0.13)
    assert score(found) is None
    assert ends(TurnEndPolicy(), found) == pytest.approx(0.91, abs=0.011)
    known = evidence(silence=0.13, is_command=True)
    assert ends(TurnEndPolicy(), known) == pytest.approx(0.2)


@pytest.mark.parametrize("text", ["turn on the", "so, um...", "And", "I would like to -"])
def test_unfinished(text):
    assert is_unfinished(text)


@pytest.mark.parametrize("text", ["", "...", "turn the light on", "what is the time?"])
def test_may_be_finished(text):
    assert not is_unfinished(text)
