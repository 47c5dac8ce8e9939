"""The scores of the fitted model."""

import pytest

from agent_server.stt import NextToken
from agent_server.turn_detection.score import Evidence, score

TOKEN = NextToken(0.6, 0.1, 0.3)
FULL_STOP, COMMA, WORD = NextToken(1, 0, 0), NextToken(0, 1, 0), NextToken(0, 0, 1)


@pytest.mark.parametrize(
    ("silence", "completeness", "token", "expected"),
    [
        (0.13, None, TOKEN, -3.5913),
        (0.13, 0.9, TOKEN, -2.8113),
        (0.29, 0.9, TOKEN, -2.8113),
        (0.3, None, TOKEN, -4.5410),
        (0.3, 0.9, TOKEN, -3.7698),
        (0.54, 0.9, TOKEN, -3.7698),
        (0.55, None, TOKEN, -5.4004),
        (0.55, 0.9, TOKEN, -4.7347),
        (0.8, 0.9, TOKEN, -4.7347),
        (0.13, 0.5, WORD, -10.5588),
        (0.4, 0.5, WORD, -3.4291),
        (0.7, 0.5, WORD, -1.9723),
        (0.13, 0.5, FULL_STOP, 7.2802),
        (0.4, 0.5, FULL_STOP, 7.0230),
        (0.7, 0.5, FULL_STOP, 6.1193),
        (0.13, 0.5, COMMA, -6.3237),
        (0.4, 0.5, COMMA, -7.9543),
        (0.7, 0.5, COMMA, -10.4218),
    ],
)
def test_score(silence, completeness, token, expected):
    assert score(Evidence(silence, completeness, token)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("completeness", "expected"), [(0, -12.5524), (0.5, -1.5), (0.9, 0.2578), (1, 9.5524)]
)
def test_score_of_the_sound_alone(completeness, expected):
    assert score(Evidence(0.2, completeness)) == pytest.approx(expected, abs=1e-4)


def test_no_score_without_evidence():
    assert score(Evidence(0.2)) is None
