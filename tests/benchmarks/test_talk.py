"""When the benchmark of long talks says that the page has grown."""

from collections.abc import Callable

import pytest

from benchmarks.talk import Minute, has_grown
from tests.harness.page_usage import PageUsage


def row(minute: int, heap=15.0, nodes=5000, listeners=508, renderer=110.0) -> Minute:
    page = PageUsage(heap, nodes, listeners)
    return Minute(minute, 20 * minute, 0, page, {}, renderer, 240.0, 250.0)


def talk(grow: Callable[[int], dict[str, float]] = lambda _: {}) -> list[Minute]:
    return [row(minute, **grow(minute)) for minute in range(31)]


def test_same_figures_are_no_growth():
    assert not has_grown(talk())


def test_warm_up_does_not_count():
    assert not has_grown(talk(lambda minute: {"nodes": 500 * min(minute, 10)}))


@pytest.mark.parametrize("figure", ["heap", "nodes", "listeners", "renderer"])
def test_minute_with_more_garbage_is_no_growth(figure):
    assert not has_grown(talk(lambda minute: {figure: 9000} if minute == 30 else {}))


@pytest.mark.parametrize(
    ("figure", "each_minute"), [("heap", 0.1), ("nodes", 100), ("listeners", 1), ("renderer", 1)]
)
def test_figure_that_rises_is_growth(figure, each_minute):
    assert has_grown(talk(lambda minute: {figure: 100 + each_minute * minute}))
