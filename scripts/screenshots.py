"""Compares the pictures that the browser tests take with those of the documentation.

usage: scripts/screenshots [--accept]

A difference that nobody sees does not count: a different rounding of an edge, a color or a letter.
Otherwise the program fails and writes three pictures side by side to `screenshots/`: that
of the documentation, the new one, and the new one with the changed parts in red. With --accept,
the new pictures replace those that differ.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

ROOT: Final = Path(__file__).parents[1]
IMAGES: Final = ROOT / "docs" / "images"
DIFFERENCES: Final = ROOT / "screenshots"

BLUR: Final = 1.5
"""Pixels over which both pictures are averaged: edges and letters may be smoothed differently."""

TOLERANCE: Final = 24
"""How much a color may differ, out of 255: less than the shade of a button under the mouse."""

MAX_PIXELS: Final = 40
"""Number of changed pixels that are not seen: fewer than those of one letter."""

type Box = tuple[int, int, int, int]

MASKS: Final[dict[str, tuple[Box, ...]]] = {
    # The test checks the words of the question; its punctuation varies.
    "assist-spoken": ((546, 430, 782, 472),),
    "talk-card": (
        (336, 110, 404, 180),  # The orb moves with the sound.
        (396, 334, 612, 376),
    ),
    # The page behind the dialog was scrolled to its button while it loaded.
    "try-voice": ((211, 0, 1000, 256), (787, 252, 1000, 760), (211, 504, 790, 760)),
}
"""Parts of pictures that may differ: left, top, right, bottom."""


def main() -> int:
    """Compare; return 1 if a picture differs or is missing."""
    parser = argparse.ArgumentParser(description="compare the pictures of the documentation")
    parser.add_argument("folder", type=Path, help="with the pictures that were taken")
    parser.add_argument("--accept", action="store_true", help="replace those that differ")
    parser.add_argument("--all", action="store_true", help="fail if one was not taken")
    arguments = parser.parse_args()
    failed = False
    for known in sorted(IMAGES.glob("*.png")):
        taken = arguments.folder / known.name
        if not taken.exists():
            if arguments.all:
                print(f"{known.name}: no test has taken it")
                failed = True
        elif not arguments.accept:
            failed |= is_different(known, taken)
        elif is_different(known, taken):
            accept(known, taken)
    return int(failed)


def is_different(known: Path, taken: Path) -> bool:
    """Whether a person sees a difference; if so, it is printed and drawn."""
    with Image.open(known) as old, Image.open(taken) as new:
        old_colours, new_colours = old.convert("RGB"), new.convert("RGB")
    if old_colours.size != new_colours.size:
        print(f"{known.name}: {new_colours.size} instead of {old_colours.size}")
        return True
    changed = find_changes(old_colours, new_colours, MASKS.get(known.stem, ()))
    pixels = changed.histogram()[-1]
    if pixels <= MAX_PIXELS:
        return False
    DIFFERENCES.mkdir(exist_ok=True)
    difference = DIFFERENCES / known.name
    draw_difference(old_colours, new_colours, changed).save(difference)
    print(f"{known.name}: {pixels} pixels differ in {changed.getbbox()}, see {difference}")
    return True


def find_changes(old: Image.Image, new: Image.Image, masks: tuple[Box, ...]) -> Image.Image:
    """Return a picture that is white where two others look different, and black elsewhere."""
    smooth = ImageFilter.GaussianBlur(BLUR)
    red, green, blue = ImageChops.difference(old.filter(smooth), new.filter(smooth)).split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    changed = strongest.point([0] * (TOLERANCE + 1) + [255] * (255 - TOLERANCE))
    draw = ImageDraw.Draw(changed)
    for mask in masks:
        draw.rectangle(mask, fill=0)
    return changed


def draw_difference(old: Image.Image, new: Image.Image, changed: Image.Image) -> Image.Image:
    """Return the old picture, the new one, and the new one with the changed parts in red."""
    width, height = old.size
    marked = Image.composite(Image.new("RGB", old.size, "red"), new, changed)
    beside = Image.new("RGB", (3 * width, height))
    for index, each in enumerate((old, new, marked)):
        beside.paste(each, (index * width, 0))
    return beside


def accept(known: Path, taken: Path) -> None:
    """Replace a picture of the documentation."""
    with Image.open(taken) as picture:
        picture.convert("RGB").save(known, optimize=True)
    (DIFFERENCES / known.name).unlink(missing_ok=True)
    print(f"{known.name}: accepted")


if __name__ == "__main__":
    sys.exit(main())
