"""The shapes of a chart, in the colors of a light or a dark page."""

from html import escape
from typing import Final

WIDTH: Final = 760

COLORS: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#b0a000",
    "#888",
)
"""Distinguishable with red-green color blindness, too (Okabe and Ito)."""

_STYLE: Final = """\
text{font:13px system-ui,sans-serif;fill:#1f2328}
.title{font-size:16px;font-weight:600}
.note{font-size:11px;fill:#59636e}
.grid{stroke:#d1d9e0;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.note{fill:#9198a1}.grid{stroke:#3d444d}}"""


class Drawing:
    """An SVG that is drawn from top to bottom."""

    def __init__(self, title: str, *notes: str) -> None:
        """Create a drawing with a title, and the origin of its numbers below."""
        self._title = title
        self._parts: list[str] = []
        self.text(0, 18, title, kind="title")
        for number, note in enumerate(notes):
            self.text(0, 36 + 15 * number, note, kind="note")

    def text(self, x: float, y: float, text: str, *, kind: str = "", anchor: str = "start") -> None:
        """Draw a line of text whose baseline is at `y`."""
        self._parts.append(
            f'<text x="{_number(x)}" y="{_number(y)}"{_class(kind)} text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Draw a filled rectangle."""
        self._parts.append(
            f'<rect x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
            f'height="{_number(height)}" fill="{color}"/>'
        )

    def grid(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a line of the grid."""
        self._parts.append(
            f'<line x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}" '
            'class="grid"/>'
        )

    def curve(self, points: list[tuple[float, float]], color: str, dash: str = "") -> None:
        """Draw a line through points, with a mark at each one."""
        path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dashed}/>'
        )
        self._parts += [
            f'<circle cx="{_number(x)}" cy="{_number(y)}" r="3.5" fill="{color}"/>'
            for x, y in points
        ]

    def finish(self, height: float) -> str:
        """Return the SVG."""
        size = f'width="{WIDTH}" height="{_number(height)}"'
        box = f'viewBox="0 0 {WIDTH} {_number(height)}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {box} {size} role="img">',
                f"<title>{escape(self._title)}</title>",
                f"<style>{_STYLE}</style>",
                *self._parts,
                "</svg>\n",
            ]
        )


def ticks(highest: float, most: int = 8) -> list[float]:
    """Return the round numbers of an axis from 0 to at least the highest value."""
    step = 10.0**-3
    factors = (2, 2.5, 2)  # 1, 2, 5, 10 …
    position = 0
    while step * most < highest:
        step *= factors[position % 3]
        position += 1
    count = max(1, -int(-highest // step))
    return [round(step * number, 6) for number in range(count + 1)]


def label(value: float) -> str:
    """Return a number without needless zeros."""
    return f"{value:g}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
