"""The speech-to-text engine that checks spoken answers."""

from tests.agent_server.conftest import transcriber

__all__ = ["transcriber"]
