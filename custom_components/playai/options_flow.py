"""The form of the options."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from .agent import EndOfTurn
from .const import CONF_ENABLE_VAD, CONF_END_OF_TURN, CONF_SPEAK_WITH, DEFAULT_OPTIONS
from .forms import ADVANCED, options_schema
from .own_entities import async_own


class AgentOptionsFlow(OptionsFlowWithReload):
    """Changes the options of an entry."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, or save them."""
        errors: dict[str, str] = {}
        options = {**DEFAULT_OPTIONS, **self.config_entry.options}
        if user_input is not None:
            options = {**user_input, **user_input[ADVANCED]}
            del options[ADVANCED]
            if CONF_SPEAK_WITH in self.config_entry.options:
                # The form leaves out a voice that the user has cleared; without the key, one
                # would be chosen automatically.
                options.setdefault(CONF_SPEAK_WITH)
            if options[CONF_END_OF_TURN] == EndOfTurn.AGENT and not options[CONF_ENABLE_VAD]:
                errors[CONF_END_OF_TURN] = "needs_voice_activity"
            else:
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                options_schema(async_own(self.hass)), options | {ADVANCED: options}
            ),
            errors=errors,
        )
