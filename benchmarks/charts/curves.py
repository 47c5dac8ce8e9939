"""Lines over an axis, with their names on the right."""

from typing import Final

from benchmarks.results import Curves

from .svg import COLORS, WIDTH, Drawing, label, ticks

_LEFT: Final = 48
_RIGHT: Final = WIDTH - 150
_TOP: Final = 90
_BOTTOM: Final = 346
_HEIGHT: Final = 390
_DASHES: Final = ("", "7 4", "2 3", "10 3 2 3")
"""Dashes that distinguish lines which overlap."""


def draw(result: Curves) -> str:
    """Return the chart."""
    drawing = Drawing(result.title, result.when, result.command)
    points = [point for curve in result.curves.values() for point in curve]
    places = sorted({x for x, _ in points})
    axis = ticks(max(y for _, y in points), most=5)
    across = (_RIGHT - _LEFT - 20) / ((places[-1] - places[0]) or 1)
    up = (_BOTTOM - _TOP) / axis[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + 10 + (x - places[0]) * across, _BOTTOM - y * up

    for tick in axis:
        _, y = place(places[0], tick)
        drawing.grid(_LEFT, y, _RIGHT, y)
        drawing.text(_LEFT - 8, y + 4, label(tick), kind="note", anchor="end")
    for tick in places:
        x, _ = place(tick, 0)
        drawing.text(x, _BOTTOM + 18, label(tick), kind="note", anchor="middle")
    drawing.text(0, _TOP - 14, result.y, kind="note")
    drawing.text((_LEFT + _RIGHT) / 2, _BOTTOM + 36, result.x, kind="note", anchor="middle")
    # The first one last, so that it is on top.
    for number, (name, curve) in reversed(list(enumerate(result.curves.items()))):
        color = COLORS[number % len(COLORS)]
        drawing.curve([place(x, y) for x, y in curve], color, _DASHES[number % len(_DASHES)])
        y = _TOP + 22 * number
        drawing.box(_RIGHT + 20, y - 6, 18, 4, color)
        drawing.text(_RIGHT + 46, y, name)
    return drawing.finish(_HEIGHT)
