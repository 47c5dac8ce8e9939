"""Names of the integration."""

from typing import Final

DOMAIN: Final = "playai"

CONF_AGENT_ID: Final = "agent_id"
CONF_END_OF_TURN: Final = "end_of_turn"
CONF_OUTPUT_FORMAT: Final = "output_format"
CONF_PIPELINE_ID: Final = "pipeline_id"
"""The Assist pipeline that was made for the entry; in its data."""

CONF_SPEAK_WITH: Final = "speak_with"
"""The text-to-speech entity that speaks what is not the agent's; in the options."""

DEFAULT_URL: Final = "ws://127.0.0.1:8765/v1/agent-conversation"
"""Where an agent on the same machine listens."""
