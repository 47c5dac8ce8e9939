"""A bar for each system, with a part for each step and the names of the steps below it."""

from itertools import pairwise
from typing import Final

from benchmarks.results import Steps

from .svg import COLORS, WIDTH, Drawing, label, ticks

_LEFT: Final = 2
_RIGHT: Final = WIDTH - 90
"""Where the longest bar may end; its number is on the right."""

_TOP: Final = 80
_BAR: Final = 26
_LINE: Final = 19


def draw(result: Steps) -> str:
    """Return the chart."""
    drawing = Drawing(result.title, result.when, result.command)
    axis = ticks(max(steps[-1][1] for steps in result.systems.values()))
    scale = (_RIGHT - _LEFT) / axis[-1]
    bottom = _TOP + sum(_BAR + 54 + _LINE * len(steps) for steps in result.systems.values())
    for tick in axis:
        x = _LEFT + tick * scale
        drawing.grid(x, _TOP - 8, x, bottom - 24)
        anchor = "start" if tick == 0 else "middle"
        drawing.text(x, bottom - 8, f"{label(tick)} {result.unit}", kind="note", anchor=anchor)
    y = float(_TOP)
    for name, steps in result.systems.items():
        drawing.text(_LEFT, y + 6, name)
        y += 14
        times = [0.0, *(at for _, at in steps)]
        for (begin, end), color in zip(pairwise(times), _colors(len(steps)), strict=True):
            drawing.box(_LEFT + begin * scale, y, (end - begin) * scale, _BAR, color)
        drawing.text(_LEFT + times[-1] * scale + 8, y + 18, f"{label(times[-1])} {result.unit}")
        y += _BAR + 18
        for (step, end), begin, color in zip(steps, times, _colors(len(steps)), strict=False):
            drawing.box(_LEFT + 4, y - 10, 11, 11, color)
            drawing.text(_LEFT + 22, y, f"{step}: + {label(round(end - begin, 3))} {result.unit}")
            y += _LINE
        y += 22
    return drawing.finish(bottom)


def _colors(count: int) -> list[str]:
    return [COLORS[number % len(COLORS)] for number in range(count)]
