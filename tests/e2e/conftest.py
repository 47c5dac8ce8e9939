"""The ears that the answers are heard with."""

from tests.agent_server.conftest import transcriber

__all__ = ["transcriber"]
