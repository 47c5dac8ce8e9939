"""The ears that Wyoming's voice is heard with."""

from tests.agent_server.conftest import transcriber

__all__ = ["transcriber"]
