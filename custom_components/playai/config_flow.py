"""Setting up an agent: address, key, id, and a real connection to try them."""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol
from homeassistant.components import tts
from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .addresses import async_is_safe
from .agent import AgentError, AgentSettings, EndOfTurn, OutputFormat, probe
from .agent.connection import agent_url
from .const import (
    CONF_AGENT_ID,
    CONF_END_OF_TURN,
    CONF_OUTPUT_FORMAT,
    CONF_SPEAK_WITH,
    DEFAULT_URL,
    DOMAIN,
)
from .coordinator import PlayAIConfigEntry

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _connection(api_key: vol.Marker) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_URL, default=DEFAULT_URL): TextSelector(
                TextSelectorConfig(type=TextSelectorType.URL)
            ),
            api_key: _SECRET,
            vol.Required(CONF_AGENT_ID): TextSelector(),
            vol.Required(CONF_OUTPUT_FORMAT, default=OutputFormat.WAV.value): SelectSelector(
                SelectSelectorConfig(
                    options=[output_format.value for output_format in OutputFormat],
                    translation_key=CONF_OUTPUT_FORMAT,
                )
            ),
        }
    )


NEW_CONNECTION = _connection(vol.Required(CONF_API_KEY))
OTHER_CONNECTION = _connection(vol.Optional(CONF_API_KEY))
"""Without a key the one that we have stays; it is never shown."""

OTHER_KEY = vol.Schema({vol.Required(CONF_API_KEY): _SECRET})


class PlayAIConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks, connects, and says what is wrong."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: PlayAIConfigEntry) -> AgentOptionsFlow:
        return AgentOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Set up a new agent."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            user_input = _trimmed(user_input)
            # A form that was left open elsewhere must not stand in the way of this one.
            await self.async_set_unique_id(user_input[CONF_AGENT_ID], raise_on_progress=False)
            self._abort_if_unique_id_configured()
            errors, placeholders = await self._try(user_input)
            if not errors:
                return self.async_create_entry(title=self._title(), data=user_input)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(NEW_CONNECTION, user_input or {}),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change an agent's address, key, id or format."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        shown = {name: value for name, value in entry.data.items() if name != CONF_API_KEY}
        if user_input is not None:
            shown = _trimmed(user_input)
            changes = {
                name: value for name, value in shown.items() if value or name != CONF_API_KEY
            }
            if shown[CONF_AGENT_ID] != entry.unique_id:
                await self.async_set_unique_id(shown[CONF_AGENT_ID], raise_on_progress=False)
                self._abort_if_unique_id_configured()
            errors, placeholders = await self._try({**entry.data, **changes})
            if not errors:
                return self.async_update_reload_and_abort(
                    entry, unique_id=shown[CONF_AGENT_ID], data_updates=changes
                )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(OTHER_CONNECTION, shown),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for another key: the server refused the one we have."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the other key."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        placeholders = {"name": entry.title}
        if user_input is not None:
            user_input = _trimmed(user_input)
            found, more = await self._try({**entry.data, **user_input})
            if not found:
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
            # The form has no address that an error could stand at.
            [error] = found.values()
            errors = {"base": error}
            placeholders |= more
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(OTHER_KEY, user_input),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _title(self) -> str:
        """Return a name that no other agent has; people may change it."""
        taken = {entry.title for entry in self._async_current_entries()}
        number = next(n for n in range(1, len(taken) + 2) if _numbered(n) not in taken)
        return _numbered(number)

    async def _try(self, data: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Connect; return the errors of the form, and what their texts name."""
        try:
            url = agent_url(data[CONF_URL], data[CONF_AGENT_ID])
            is_safe = await async_is_safe(self.hass, url)
        except ValueError:
            return {CONF_URL: "invalid_url"}, {}
        if not is_safe:
            return {CONF_URL: "not_encrypted"}, {}
        settings = AgentSettings(
            url=data[CONF_URL],
            api_key=data[CONF_API_KEY],
            agent_id=data[CONF_AGENT_ID],
            output_format=OutputFormat(data[CONF_OUTPUT_FORMAT]),
        )
        try:
            await probe(async_get_clientsession(self.hass), settings)
        except AgentError as error:
            return {"base": error.kind.value}, {"message": error.message}
        return {}, {}


class AgentOptionsFlow(OptionsFlowWithReload):
    """What can be changed at any time."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, or keep them."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        ours = [
            entity.entity_id
            for entity in er.async_get(self.hass).entities.values()
            if entity.platform == DOMAIN
        ]
        schema = vol.Schema(
            {
                vol.Required(CONF_END_OF_TURN, default=EndOfTurn.AGENT.value): SelectSelector(
                    SelectSelectorConfig(
                        options=[end.value for end in EndOfTurn],
                        translation_key=CONF_END_OF_TURN,
                    )
                ),
                vol.Optional(CONF_SPEAK_WITH): EntitySelector(
                    EntitySelectorConfig(domain=tts.DOMAIN, exclude_entities=ours)
                ),
            }
        )
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, self.config_entry.options),
        )


def _trimmed(user_input: Mapping[str, str]) -> dict[str, str]:
    """Take away the blanks that come along when something is pasted; all fields are texts."""
    return {name: value.strip() for name, value in user_input.items()}


def _numbered(number: int) -> str:
    return "Voice agent" if number == 1 else f"Voice agent {number}"
