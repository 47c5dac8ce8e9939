"""Sets up an agent: its address, key and id are tested with a real connection."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import SOURCE_IGNORE, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import callback

from .agent import ErrorKind
from .agent_flow import completed, trimmed
from .connection_check import async_check, async_check_key
from .const import CONF_AGENT_ID, CONF_APP, DOMAIN
from .coordinator import PlayAIConfigEntry
from .discovery.app_steps import AppSteps
from .discovery.zeroconf_steps import ZeroconfSteps
from .forms import NEW_CONNECTION, ONLY_KEY, OTHER_CONNECTION
from .health.health import REASON
from .options_flow import AgentOptionsFlow


class PlayAIConfigFlow(ZeroconfSteps, AppSteps, domain=DOMAIN):
    """Asks for the connection of an agent, and tests it."""

    VERSION = 1

    def __init__(self) -> None:
        """Create a flow without a discovered agent."""
        super().__init__()
        self._refusal: str | None = None
        """Why the key was refused, if that was in a turn."""

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
            user_input = trimmed(user_input)
            # A form that is still open elsewhere must not block this one.
            await self.async_set_unique_id(user_input[CONF_AGENT_ID], raise_on_progress=False)
            self._abort_if_unique_id_configured()
            errors, placeholders = await async_check(self.hass, user_input)
            if not errors:
                return self.create_agent(user_input)
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
            shown = trimmed(user_input)
            changes = {
                name: value for name, value in shown.items() if value or name != CONF_API_KEY
            }
            ignored = None
            if shown[CONF_AGENT_ID] != entry.unique_id:
                ignored = await self.async_set_unique_id(
                    shown[CONF_AGENT_ID], raise_on_progress=False
                )
                if ignored is not None and ignored.source != SOURCE_IGNORE:
                    return self.async_abort(reason="already_configured")
            errors, placeholders = await async_check(self.hass, {**entry.data, **changes})
            if not errors:
                if ignored is not None:
                    await self.hass.config_entries.async_remove(ignored.entry_id)
                self.abort_earlier_discoveries(shown[CONF_AGENT_ID])
                updates = completed(changes)
                if CONF_APP in entry.data and updates[CONF_URL] != entry.data[CONF_URL]:
                    updates[CONF_APP] = None  # The app must not replace an address of the user.
                return self.async_update_reload_and_abort(
                    entry, unique_id=shown[CONF_AGENT_ID], data_updates=updates
                )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(OTHER_CONNECTION, shown),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for another key after the server has refused the current one."""
        self._refusal = entry_data.get(REASON)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Test the new key."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        # A setup that fails gets its reason only after this flow has started.
        if (self._refusal or entry.error_reason_translation_key) == ErrorKind.KEY_NOT_ALLOWED:
            errors["base"] = ErrorKind.KEY_NOT_ALLOWED.value
        placeholders = {"name": entry.title}
        if user_input is not None:
            user_input = trimmed(user_input)
            errors, more = await async_check_key(self.hass, {**entry.data, **user_input})
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
            placeholders |= more
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(ONLY_KEY, user_input),
            errors=errors,
            description_placeholders=placeholders,
        )
