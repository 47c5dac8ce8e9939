"""Loads the models next to this file."""

import hashlib
from importlib.resources import files

import onnxruntime

from ..onnx import load
from . import TurnDetectionError


def load_model(name: str, sha256: str) -> onnxruntime.InferenceSession:
    """Load a model once its hash is verified; raises `TurnDetectionError`.

    A model with a few wrong bytes loads without an error and then hears nonsense.
    """
    file = files(__package__) / name
    try:
        content = file.read_bytes()
        is_whole = hashlib.sha256(content).hexdigest() == sha256
        model = load(content) if is_whole else None
    except Exception as error:  # onnxruntime raises whatever its parsers raise.
        reason = str(error) or repr(error)
        raise TurnDetectionError(f"{name} cannot be loaded: {reason}") from error
    if model is None:
        raise TurnDetectionError(f"{file} is damaged: install the agent again")
    return model
