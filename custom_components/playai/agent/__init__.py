"""A client for voice agents that speak the Agent WebSocket protocol.

It needs Python 3.14, aiohttp, numpy, orjson and PyAV, and nothing of Home Assistant: copy this
folder into another program and it works. Begin with `session.py`.
"""

import sys

if sys.version_info < (3, 14):  # noqa: UP036 (the folder is copied into other programs)
    version = ".".join(map(str, sys.version_info[:3]))
    raise ImportError(f"the client library needs Python 3.14 or later, and this is {version}")

from .addresses import is_local
from .connection import agent_url
from .errors import AgentError, ErrorKind, Policy, Remedy
from .messages import OutputFormat
from .probe import probe, wait_until_it_works
from .reply import Reply
from .session import Session
from .settings import AgentSettings, EndOfTurn, ServerTraits, Timings
from .turn import Speech, Turn

__all__ = [
    "AgentError",
    "AgentSettings",
    "EndOfTurn",
    "ErrorKind",
    "OutputFormat",
    "Policy",
    "Remedy",
    "Reply",
    "ServerTraits",
    "Session",
    "Speech",
    "Timings",
    "Turn",
    "agent_url",
    "is_local",
    "probe",
    "wait_until_it_works",
]
