"""The limits of conversations, changed for a test."""

from dataclasses import replace

import pytest

from custom_components.playai import models


def set_timings(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Change limits of the conversations and attempts that begin from now on."""
    monkeypatch.setattr(models, "TIMINGS", replace(models.TIMINGS, **seconds))


def change_timings(**seconds: float) -> None:
    """Change limits of the conversations that run; `set_timings` must have been called before."""
    for name, value in seconds.items():
        object.__setattr__(models.TIMINGS, name, value)
