"""The error that every engine raises."""


class EngineError(Exception):
    """An engine failed, or cannot be loaded; the text is one sentence that says why."""

    is_logged = False
    """Whether the log has it already."""
