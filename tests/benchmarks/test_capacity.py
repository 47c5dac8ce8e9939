"""The figures of the capacity benchmark. Times are left to the benchmark."""

import math

import pytest

from benchmarks.capacity import Talk, curves, quantile, talk, without_speech
from benchmarks.server import serving
from benchmarks.usage import Load

LOAD = Load(seconds=10.0, cpu=2.5, megabytes=300.0)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 2.0, 3.0], 0.5, 2.0),
        ([1.0], 0.95, 1.0),
        ([float(number) for number in range(1, 21)], 0.95, 19.0),
        ([], 0.95, math.inf),
    ],
)
def test_quantile(values, share, expected):
    assert quantile(values, share) == expected


def test_share_of_a_core():
    assert LOAD.share == 25.0


def test_one_slow_turn_in_twenty_is_allowed():
    turns = [0.5] * 19 + [3.0]
    assert not Talk(4, turns, turns, 0, LOAD).is_slow(2.0)
    assert Talk(4, [*turns, 3.0], turns, 0, LOAD).is_slow(2.0)


def test_turn_without_an_answer_is_slow():
    assert Talk(4, [0.5], [0.1], 1, LOAD).is_slow(2.0)
    assert Talk(1, [], [], 0, LOAD).is_slow(2.0)


async def test_talkers_are_answered_and_the_server_is_measured():
    async with serving() as (url, pid):
        found = await talk(url, pid, 2, 1)
        load, _ = await without_speech(url, pid, 3, seconds=0.5, is_listening=True)
    assert len(found.waits) == len(found.late) == 2 - found.lost
    assert found.load.cpu > 0
    assert found.load.megabytes > 100
    assert load.seconds > 0


def test_chart_shows_the_talkers_that_were_answered():
    talks = [
        Talk(1, [0.5], [0.1], 0, LOAD),
        Talk(8, [1.0, 3.0], [], 0, LOAD),
        Talk(9, [], [], 9, LOAD),
    ]
    found = curves(talks, "today", 1)
    assert found.curves == {"median": [(1, 0.5), (8, 1.0)], "95 %": [(1, 0.5), (8, 3.0)]}
    assert found.when == "today"
