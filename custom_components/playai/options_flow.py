"""The form of the options."""

from typing import Any

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import llm
from homeassistant.helpers.selector import SelectOptionDict

from .agent import EndOfTurn
from .assist.answer_with import async_home_agent
from .assist.asking_api import API_ID
from .const import (
    CONF_ANSWER_WITH,
    CONF_ENABLE_VAD,
    CONF_END_OF_TURN,
    CONF_LLM_APIS,
    CONF_SPEAK_WITH,
    DEFAULT_OPTIONS,
    OWN_BRAIN,
)
from .forms import ADVANCED, options_schema
from .own_entities import async_own


class AgentOptionsFlow(OptionsFlow):
    """Changes the options of an entry."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, or save them."""
        errors: dict[str, str] = {}
        known = self.config_entry.options
        home_agent = async_home_agent(self.hass, self.config_entry) or OWN_BRAIN
        options = {**DEFAULT_OPTIONS, CONF_ANSWER_WITH: home_agent, **known}
        if user_input is not None:
            options = {**user_input, **user_input[ADVANCED]}
            del options[ADVANCED]
            if CONF_SPEAK_WITH in known:
                # The form leaves out a voice that the user has cleared; without the key, one
                # would be chosen automatically.
                options.setdefault(CONF_SPEAK_WITH)
            if options[CONF_END_OF_TURN] == EndOfTurn.AGENT and not options[CONF_ENABLE_VAD]:
                errors[CONF_END_OF_TURN] = "needs_voice_activity"
            else:
                if CONF_ANSWER_WITH not in known and options[CONF_ANSWER_WITH] == home_agent:
                    del options[CONF_ANSWER_WITH]  # Nobody has chosen it.
                await self._apply(options)
                return self.async_create_entry(data=options)
        own = async_own(self.hass)
        apis = _apis(self.hass, known.get(CONF_LLM_APIS, []))
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                options_schema(own, _agents(self.hass, own, options[CONF_ANSWER_WITH]), apis),
                options | {ADVANCED: options},
            ),
            errors=errors,
            description_placeholders={"languages": self._languages()},
        )

    @callback
    def _languages(self) -> str:
        """Return the languages of the agent; a dash if its server has not named any."""
        entry = self.config_entry
        is_loaded = entry.state is ConfigEntryState.LOADED
        features = entry.runtime_data.traits.features if is_loaded else None
        return ", ".join(features.languages if features else ()) or "—"

    async def _apply(self, options: dict[str, Any]) -> None:
        """Apply the options without a reload, during which no conversation could start."""
        entry = self.config_entry
        if (
            self.hass.config_entries.async_update_entry(entry, options=options)
            and entry.state is ConfigEntryState.LOADED
        ):
            await entry.runtime_data.async_options_changed()


@callback
def _agents(hass: HomeAssistant, own: list[str], chosen: str) -> list[SelectOptionDict]:
    """Return the conversation agents of other integrations, and the chosen one in any case."""
    names = {state.entity_id: state.name for state in hass.states.async_all(conversation.DOMAIN)}
    if chosen != OWN_BRAIN:
        names.setdefault(chosen, chosen)
    return [
        SelectOptionDict(value=entity_id, label=name)
        for entity_id, name in names.items()
        if entity_id not in own
    ]


@callback
def _apis(hass: HomeAssistant, chosen: list[str]) -> list[SelectOptionDict]:
    """Return the LLM APIs and the chosen ones, but not the one for other agents.

    A chosen API may be missing for a while: that of an MCP server which does not run.
    """
    names = dict(zip(chosen, chosen, strict=True))
    names |= {api.id: api.name for api in llm.async_get_apis(hass)}
    return [
        SelectOptionDict(value=api_id, label=name)
        for api_id, name in names.items()
        if api_id != API_ID
    ]
