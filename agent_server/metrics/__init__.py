"""The server's metrics, in the format of Prometheus.

Labels are codes, stages and kinds of engines: never an id, an address, a key or words.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from .. import VERSION
from .conversations import ConversationMetrics, TurnMetrics
from .engines import EngineMetrics

__all__ = ["CONTENT_TYPE", "ConversationMetrics", "EngineMetrics", "Metrics"]

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The content type of `Metrics.text`."""


class Metrics:
    """The measurements of one server."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        build = Info("playai_agent_build", "The version of the agent.", registry=registry)
        build.info({"version": VERSION})
        self._conversations = Gauge(
            "playai_agent_conversations", "Open conversations.", registry=registry
        )
        self._places = Gauge(
            "playai_agent_max_conversations",
            "Conversations that may be open at the same time.",
            registry=registry,
        )
        self._ready = Gauge(
            "playai_agent_ready", "1 if new conversations are accepted.", registry=registry
        )
        self._waiting = Gauge(
            "playai_agent_engine_waiting",
            "Steps of engines in this process that wait for a thread.",
            registry=registry,
        )
        self._turns = TurnMetrics(registry)
        self.engines: Final = EngineMetrics(registry)

    def watch(
        self,
        *,
        conversations: Callable[[], int],
        max_conversations: Callable[[], int],
        is_ready: Callable[[], bool],
        waiting: Callable[[], int],
    ) -> None:
        """Read the state of the server from these functions."""
        self._conversations.set_function(conversations)
        self._places.set_function(max_conversations)
        self._ready.set_function(is_ready)
        self._waiting.set_function(waiting)

    def client(self) -> ConversationMetrics:
        """Return the metrics of the conversation of one client."""
        return ConversationMetrics(self._turns)

    def text(self) -> bytes:
        """Return all values in the text format."""
        return generate_latest(self._registry)
