"""The scores of the fitted model."""

import pytest

from agent_server.turn_detection.score import SCORED_FROM, Evidence, score


@pytest.mark.parametrize(
    ("completeness", "finality", "expected"),
    [
        (0.9, 0.9, -0.0789),
        (0.99, 0.98, 1.5124),
        (0.5, 0.5, -1.915),
        (1, 1, 4.5144),
        (0, 0, -8.3444),
        (None, 0.9, -0.0135),
        (None, 1, 3.1822),
        (None, 0, -6.1722),
        (0.9, None, 0.4213),
        (1, None, 2.9323),
        (0, None, -3.6623),
    ],
)
def test_score(completeness, finality, expected):
    found = Evidence(0.29, completeness, finality)
    assert score(found) == pytest.approx(expected, abs=1e-4)


def test_no_score_without_evidence():
    assert score(Evidence(0.29)) is None


def test_no_score_after_very_little_silence():
    assert score(Evidence(SCORED_FROM - 0.01, 0.9, 0.9)) is None
    assert score(Evidence(SCORED_FROM, 0.9, 0.9)) is not None
