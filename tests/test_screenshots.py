"""The comparison of pictures sees the same differences as a person."""

import subprocess

import pytest

from tests.harness import HOME_ASSISTANTS, ROOT

PYTHON = ROOT / ".envs" / HOME_ASSISTANTS[-1] / "bin" / "python"
PICTURE = "options.png"
CHANGE = """\
import sys
from PIL import Image, ImageDraw, ImageFilter
path = sys.argv[1]
picture = Image.open(path).convert("RGB")
draw = ImageDraw.Draw(picture)
{change}
picture.save(path)
"""
COMPARE = """\
import sys
from pathlib import Path
from scripts import screenshots
screenshots.IMAGES, screenshots.DIFFERENCES = map(Path, sys.argv[1:3])
sys.argv[1:3] = []
sys.exit(screenshots.main())
"""


@pytest.fixture
def folders(tmp_path):
    """The folders of the documentation, of the differences, and of the new pictures."""
    folders = [tmp_path / name for name in ("images", "differences", "taken")]
    for folder in (folders[0], folders[2]):
        folder.mkdir()
        (folder / PICTURE).write_bytes((ROOT / "docs" / "images" / PICTURE).read_bytes())
    return folders


def run(code, *arguments):
    return subprocess.run(  # noqa: S603 (our own program)
        [PYTHON, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def change(folders, statement):
    result = run(CHANGE.format(change=statement), folders[2] / PICTURE)
    assert result.returncode == 0, result.stderr


def test_same_picture(folders):
    result = run(COMPARE, *folders, "--all")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "statement",
    [
        "picture = picture.point(lambda value: max(0, value - 8))",
        "picture = picture.quantize(128).convert('RGB')",
        "draw.point([(500, 300), (501, 300)], 'red')",
    ],
    ids=["other shade", "fewer colours", "one dot"],
)
def test_what_nobody_sees(folders, statement):
    change(folders, statement)
    result = run(COMPARE, *folders, "--all")
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    "statement",
    [
        "draw.text((500, 300), 'new', 'black', font_size=16)",
        "draw.rectangle((234, 222, 330, 240), 'white')",
        "picture = picture.resize((500, 380))",
    ],
    ids=["one more word", "one word less", "other size"],
)
def test_what_a_person_sees(folders, statement):
    change(folders, statement)
    images, differences, taken = folders
    result = run(COMPARE, *folders)
    assert result.returncode == 1
    assert result.stdout.startswith(f"{PICTURE}: ")
    if "pixels differ" in result.stdout:
        assert (differences / PICTURE).exists()
    assert run(COMPARE, *folders, "--accept").returncode == 0
    assert run(COMPARE, *folders).returncode == 0
    assert not (differences / PICTURE).exists()
    assert (images / PICTURE).read_bytes() != (ROOT / "docs" / "images" / PICTURE).read_bytes()
    assert taken.exists()


def test_picture_that_was_not_taken(folders):
    (folders[2] / PICTURE).unlink()
    assert run(COMPARE, *folders).returncode == 0
    result = run(COMPARE, *folders, "--all")
    assert (result.returncode, result.stdout) == (1, f"{PICTURE}: no test has taken it\n")
