"""Names and defaults of the integration."""

from enum import StrEnum
from typing import Any, Final

from .agent import EndOfTurn
from .agent.audio import RawEncoding
from .agent.messages import SETUP_SAMPLE_RATE
from .agent.settings import IDLE_TIMEOUT

DOMAIN: Final = "playai"

CONF_AGENT_ID: Final = "agent_id"
CONF_ANSWER_WITH: Final = "answer_with"
"""The conversation agent that answers for the home, or `OWN_BRAIN`; in the options. Absent: not
chosen yet."""

CONF_APP: Final = "app"
"""The slug of the Supervisor app that runs the agent; in the data of the entry. None: an app ran
it until the user entered another address."""

CONF_ENABLE_VAD: Final = "enable_vad"
CONF_END_OF_TURN: Final = "end_of_turn"
CONF_IDLE_TIMEOUT: Final = "idle_timeout"
CONF_KEEP_LISTENING: Final = "keep_listening"
CONF_LLM_APIS: Final = "llm_apis"
"""The ids of the LLM APIs that a brain in the server may use; in the options."""

CONF_OUTPUT_FORMAT: Final = "output_format"
CONF_OUTPUT_SAMPLE_RATE: Final = "output_sample_rate"
CONF_RAW_ENCODING: Final = "raw_encoding"
CONF_PIPELINE_ID: Final = "pipeline_id"
"""The id of the Assist pipeline that was created for the entry; in its data."""

CONF_PREVIOUS_PIPELINE_ID: Final = "previous_pipeline_id"
"""The id of the pipeline that was preferred before the entry's own; in its data."""

CONF_LOCAL_COMMANDS: Final = "local_commands"
"""Whether the pipeline has ever preferred local commands; in the data of the entry. A user who
turns them off afterwards is not asked again."""

CONF_SPEAK_WITH: Final = "speak_with"
"""The text-to-speech entity of the fallback voice; in the options. Absent: not chosen yet;
None: the user wants none."""

EVENT_TURN: Final = "playai_turn"
"""Fired for each answered turn; `async_fire_turn` has its fields."""

ATTR_AGENT: Final = "agent"
ATTR_ANSWER: Final = "answer"
ATTR_QUESTION: Final = "question"

ATTR_AGENT_TIME: Final = "agent_time"
"""The agent's part of the response time; an attribute of it."""

BROWSER: Final = "browser"
"""The source of the activities of a talk in the browser."""

OWN_BRAIN: Final = "agent"
"""The value of `answer_with` for the brain of the agent's server."""

ATTR_CONVERSATIONS: Final = "conversations"
"""The number of open conversations; an attribute of the status."""

DEFAULT_URL: Final = "ws://127.0.0.1:8765/v1/agent-conversation"
"""The address of an agent on the same machine."""


class KeepListening(StrEnum):
    """When a satellite listens again after a reply."""

    NEVER = "never"
    WHEN_ASKED = "when_asked"
    """If the agent has asked a question."""

    ALWAYS = "always"


DEFAULT_OPTIONS: Final[dict[str, Any]] = {
    CONF_END_OF_TURN: EndOfTurn.AGENT.value,
    CONF_ENABLE_VAD: True,
    CONF_IDLE_TIMEOUT: IDLE_TIMEOUT,
    CONF_KEEP_LISTENING: KeepListening.WHEN_ASKED.value,
    CONF_LLM_APIS: [],
    CONF_OUTPUT_SAMPLE_RATE: str(SETUP_SAMPLE_RATE),
    CONF_RAW_ENCODING: RawEncoding.INT16.value,
}
