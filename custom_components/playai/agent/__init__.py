"""A client for voice agents that speak the Agent WebSocket protocol.

It needs Python 3.14, aiohttp, numpy, orjson and PyAV, and nothing of Home Assistant: copy this
folder into another program and it works. Begin with `session.py` and `live_call.py`.
"""

import sys

if sys.version_info < (3, 14):  # noqa: UP036 (the folder is copied into other programs)
    version = ".".join(map(str, sys.version_info[:3]))
    raise ImportError(f"the client library needs Python 3.14 or later, and this is {version}")

from .addresses import is_local
from .base_session import BaseSession
from .check import probe, wait_until_it_works
from .connection import agent_url
from .errors import AgentError, ErrorKind, Policy, Remedy
from .home import (
    AgentFeatures,
    AnswerEnd,
    Delta,
    Feature,
    HomeHandler,
    HomeOffer,
    Patience,
    Tool,
    ToolResult,
    fit_phrases,
)
from .live_call import LiveCall
from .messages import OutputFormat
from .reply import Reply
from .session import Session
from .settings import AgentSettings, EndOfTurn, ServerTraits, Timings
from .turn import Speech, Turn

__all__ = [
    "AgentError",
    "AgentFeatures",
    "AgentSettings",
    "AnswerEnd",
    "BaseSession",
    "Delta",
    "EndOfTurn",
    "ErrorKind",
    "Feature",
    "HomeHandler",
    "HomeOffer",
    "LiveCall",
    "OutputFormat",
    "Patience",
    "Policy",
    "Remedy",
    "Reply",
    "ServerTraits",
    "Session",
    "Speech",
    "Timings",
    "Tool",
    "ToolResult",
    "Turn",
    "agent_url",
    "fit_phrases",
    "is_local",
    "probe",
    "wait_until_it_works",
]
