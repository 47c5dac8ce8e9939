"""A client for voice agents that speak the Agent WebSocket protocol.

It needs aiohttp, numpy, orjson and PyAV, and nothing of Home Assistant: copy this folder
into another program and it works. Begin with `session.py`.
"""

from .errors import AgentError, ErrorKind
from .messages import OutputFormat
from .probe import probe, wait_until_it_works
from .session import Session
from .settings import AgentSettings, EndOfTurn, ServerTraits
from .turn import Speech, Turn

__all__ = [
    "AgentError",
    "AgentSettings",
    "EndOfTurn",
    "ErrorKind",
    "OutputFormat",
    "ServerTraits",
    "Session",
    "Speech",
    "Turn",
    "probe",
    "wait_until_it_works",
]
