"""The forms of the config flow and the options flow."""

from collections.abc import Iterable, Sequence
from typing import Final

import voluptuous as vol
from homeassistant.components import tts
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .agent import EndOfTurn, OutputFormat
from .agent.audio import RawEncoding
from .agent.settings import DEFAULT_OUTPUT_FORMAT
from .const import (
    CONF_AGENT_ID,
    CONF_ANSWER_WITH,
    CONF_ENABLE_VAD,
    CONF_END_OF_TURN,
    CONF_IDLE_TIMEOUT,
    CONF_KEEP_LISTENING,
    CONF_LLM_APIS,
    CONF_OUTPUT_FORMAT,
    CONF_OUTPUT_SAMPLE_RATE,
    CONF_RAW_ENCODING,
    CONF_SPEAK_WITH,
    DEFAULT_OPTIONS,
    DEFAULT_URL,
    OWN_BRAIN,
    KeepListening,
)

ADVANCED: Final = "advanced"
"""The section with options that few people change."""

SAMPLE_RATES: Final = ("8000", "16000", "22050", "24000", "44100", "48000")
"""In Hz, as texts: a selector only offers texts."""

MIN_IDLE_SECONDS: Final = 5
MAX_IDLE_SECONDS: Final = 300
"""Home Assistant forgets a conversation after five minutes."""

_SECRET: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def options_schema(
    own_entities: list[str],
    agents: Sequence[SelectOptionDict],
    apis: Sequence[SelectOptionDict],
) -> vol.Schema:
    """Return the form of the options.

    Args:
        own_entities: Those of the integration: as a fallback voice, they would call themselves.
        agents: The conversation agents that can answer for the home.
        apis: The LLM APIs of Home Assistant.
    """
    advanced = vol.Schema(
        {
            _required(CONF_ENABLE_VAD): BooleanSelector(),
            _required(CONF_IDLE_TIMEOUT): NumberSelector(
                NumberSelectorConfig(
                    min=MIN_IDLE_SECONDS,
                    max=MAX_IDLE_SECONDS,
                    step=1,
                    unit_of_measurement="s",
                    mode=NumberSelectorMode.BOX,
                )
            ),
            _required(CONF_OUTPUT_SAMPLE_RATE): _choice(CONF_OUTPUT_SAMPLE_RATE, SAMPLE_RATES),
            _required(CONF_RAW_ENCODING): _choice(CONF_RAW_ENCODING, RawEncoding),
        }
    )
    return vol.Schema(
        {
            vol.Required(CONF_ANSWER_WITH, default=OWN_BRAIN): SelectSelector(
                SelectSelectorConfig(
                    options=[SelectOptionDict(value=OWN_BRAIN, label=OWN_BRAIN), *agents],
                    translation_key=CONF_ANSWER_WITH,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
            vol.Optional(CONF_LLM_APIS, default=list): SelectSelector(
                SelectSelectorConfig(options=list(apis), multiple=True)
            ),
            _required(CONF_KEEP_LISTENING): _choice(CONF_KEEP_LISTENING, KeepListening),
            _required(CONF_END_OF_TURN): _choice(CONF_END_OF_TURN, EndOfTurn),
            vol.Optional(CONF_SPEAK_WITH): EntitySelector(
                EntitySelectorConfig(domain=tts.DOMAIN, exclude_entities=own_entities)
            ),
            vol.Required(ADVANCED): section(advanced, {"collapsed": True}),
        }
    )


def _required(name: str) -> vol.Required:
    return vol.Required(name, default=DEFAULT_OPTIONS[name])


def _choice(name: str, options: Iterable[str]) -> SelectSelector:
    return SelectSelector(SelectSelectorConfig(options=list(options), translation_key=name))


def _connection(api_key: vol.Marker) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_URL, default=DEFAULT_URL): TextSelector(
                TextSelectorConfig(type=TextSelectorType.URL)
            ),
            api_key: _SECRET,
            vol.Required(CONF_AGENT_ID): TextSelector(),
            vol.Required(CONF_OUTPUT_FORMAT, default=DEFAULT_OUTPUT_FORMAT.value): _choice(
                CONF_OUTPUT_FORMAT, OutputFormat
            ),
        }
    )


NEW_CONNECTION: Final = _connection(vol.Required(CONF_API_KEY))
OTHER_CONNECTION: Final = _connection(vol.Optional(CONF_API_KEY))
"""An empty key keeps the current one, which is never displayed."""

ONLY_KEY: Final = vol.Schema({vol.Required(CONF_API_KEY): _SECRET})


def found_schema(urls: Sequence[str]) -> vol.Schema:
    """Return the form of a discovered agent: an announced address or another one, and the key."""
    choice = SelectSelector(
        SelectSelectorConfig(
            options=list(urls), custom_value=True, mode=SelectSelectorMode.DROPDOWN
        )
    )
    address = (
        choice if len(urls) > 1 else TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
    )
    return vol.Schema({vol.Required(CONF_URL): address, vol.Required(CONF_API_KEY): _SECRET})
