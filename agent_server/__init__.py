"""A voice agent that people host themselves, speaking the Agent WebSocket protocol."""

from typing import Final

VERSION: Final = "0.1.0"
