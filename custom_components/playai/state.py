"""What is known of an agent: a value that the entities show."""

from dataclasses import dataclass
from datetime import datetime

from .agent import AgentError
from .agent.events import Status


@dataclass(frozen=True, slots=True)
class LastError:
    """The error that happened last."""

    error: AgentError
    when: datetime


@dataclass(frozen=True, slots=True)
class AgentState:
    """What holds over all conversations with one agent."""

    status: Status = Status.IDLE
    """What is done in any conversation; the first that holds, see `Status`."""

    voice_active: bool = False
    """Whether the user speaks in any conversation."""

    conversations: int = 0
    """How many are going on: accepted by the server, and not ended."""

    connected: bool = True
    """Whether the last attempt to connect worked, and nothing failed since."""

    has_problem: bool = False
    """Whether nothing has worked since the last error."""

    last_error: LastError | None = None
    response_time: float | None = None
    """Seconds from the end of the user's last turn to the first audio of its reply."""

    @property
    def speaking(self) -> bool:
        """Whether the agent speaks in any conversation."""
        return self.status is Status.SPEAKING
