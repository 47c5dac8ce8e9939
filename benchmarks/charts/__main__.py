"""Draws the results that the benchmarks have saved: scripts/bench charts [--check].

Each `benchmarks/results/*.json` becomes an SVG beside it. With --check nothing is written, and the
exit code is 1 if an SVG is out of date.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.results import FOLDER, Curves, Steps, load

from . import curves, steps


def draw(result: Steps | Curves) -> str:
    """Return the SVG of a result."""
    return steps.draw(result) if isinstance(result, Steps) else curves.draw(result)


def outdated(folder: Path = FOLDER) -> list[tuple[Path, str]]:
    """Return the files that must be written, and their content."""
    drawn = [(path.with_suffix(".svg"), draw(load(path))) for path in sorted(folder.glob("*.json"))]
    return [
        (path, svg) for path, svg in drawn if not path.exists() or path.read_text("utf-8") != svg
    ]


def main() -> int:
    """Write or check the charts."""
    parser = argparse.ArgumentParser(prog="scripts/bench charts", description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    found = outdated()
    for path, svg in found:
        print(path.relative_to(FOLDER.parents[1]))
        if not arguments.check:
            path.write_text(svg, "utf-8")
    return 1 if arguments.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
