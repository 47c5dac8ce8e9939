"""The flows that fix repair issues, see `health/issues.py`."""

from typing import Any

import voluptuous as vol
from homeassistant.components import tts
from homeassistant.components.repairs import FlowType, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigFlowContext,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig

from .agent import AgentError
from .assist.fallback_voice import async_set_voice
from .assist.pipeline import async_create_pipeline, async_prefer_local_commands
from .const import CONF_SPEAK_WITH, DOMAIN
from .coordinator import PlayAIConfigEntry
from .health import issues
from .own_entities import async_own


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    data = data or {}
    entry = hass.config_entries.async_get_known_entry(str(data["entry_id"]))
    match data["issue"]:
        case issues.UNKNOWN_AGENT:
            return ReconfigureFlow(entry)
        case issues.APP_REMOVED:
            return RemoveFlow(entry)
        case issues.NO_FALLBACK_VOICE:
            return ChooseVoiceFlow(entry)
        case issues.PIPELINE_MISSING:
            return CreatePipelineFlow(entry)
        case issues.LOCAL_COMMANDS_OFF:
            return PreferLocalFlow(entry)
        case _:
            return TryAgainFlow(entry)


class AgentRepairFlow(RepairsFlow):
    """Fixes an issue of one agent."""

    def __init__(self, entry: PlayAIConfigEntry) -> None:
        """Create the flow for the agent of an entry."""
        self.entry = entry

    @property
    def _is_removed(self) -> bool:
        """Whether the agent was removed, and the issue with it."""
        return self.hass.config_entries.async_get_entry(self.entry.entry_id) is None

    def _show(
        self, step: str, schema: vol.Schema | None = None, error: AgentError | None = None
    ) -> RepairsFlowResult:
        message = "" if error is None else error.message
        return self.async_show_form(
            step_id=step,
            data_schema=schema or vol.Schema({}),
            errors=None if error is None else {"base": error.kind.value},
            description_placeholders={"name": self.entry.title, "message": message},
        )


class ReconfigureFlow(AgentRepairFlow):
    """Opens the form with the agent's id."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Describe the issue."""
        return self._show("reconfigure")

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Open the form; the issue is removed once the server knows the agent."""
        if self._is_removed:
            return self.async_create_entry(data={})
        flows = self.hass.config_entries.flow
        context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=self.entry.entry_id)
        forms = flows.async_progress_by_handler(DOMAIN, match_context=dict(context))
        form = forms[0] if forms else await flows.async_init(DOMAIN, context=context)
        return self.async_abort(
            reason="reconfigure", next_flow=(FlowType.CONFIG_FLOW, form["flow_id"])
        )


class TryAgainFlow(AgentRepairFlow):
    """Connects when the user asks for it."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Describe the first step."""
        return self._show("try_again")

    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Connect; the issue is removed once that succeeds."""
        if self._is_removed:
            return self.async_create_entry(data={})
        if self.entry.state is not ConfigEntryState.LOADED:
            # The set-up shows the error, and removes the issue if there is none.
            self.hass.config_entries.async_schedule_reload(self.entry.entry_id)
            return self.async_abort(reason="set_up_again")
        try:
            await self.entry.runtime_data.async_test_connection()
        except AgentError as error:
            return self._show("try_again", error=error)
        return self.async_create_entry(data={})


class RemoveFlow(AgentRepairFlow):
    """Deletes an agent whose app was uninstalled."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for confirmation."""
        return self._show("remove")

    async def async_step_remove(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Delete the entry, and the issue with it."""
        if not self._is_removed:
            await self.hass.config_entries.async_remove(self.entry.entry_id)
        return self.async_create_entry(data={})


class ChooseVoiceFlow(AgentRepairFlow):
    """Asks for a text-to-speech entity."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the entities of other integrations."""
        voices = EntitySelectorConfig(domain=tts.DOMAIN, exclude_entities=async_own(self.hass))
        schema = vol.Schema({vol.Optional(CONF_SPEAK_WITH): EntitySelector(voices)})
        return self._show("choose_voice", schema)

    async def async_step_choose_voice(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Save the choice; an empty field means that the user wants none."""
        if not self._is_removed:
            async_set_voice(self.hass, self.entry, user_input.get(CONF_SPEAK_WITH))
            issues.async_resolve(self.hass, self.entry, issues.NO_FALLBACK_VOICE)
        return self.async_create_entry(data={})


class CreatePipelineFlow(AgentRepairFlow):
    """Creates the Assist pipeline again, which the user may have deleted on purpose."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for confirmation."""
        return self._show("create_pipeline")

    async def async_step_create_pipeline(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Create it, unless an engine is disabled."""
        if not self._is_removed and not await async_create_pipeline(self.hass, self.entry):
            return self.async_abort(reason="no_engines")
        return self.async_create_entry(data={})


class PreferLocalFlow(AgentRepairFlow):
    """Lets the pipeline of an earlier version try local commands first."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for confirmation."""
        return self._show("prefer_local")

    async def async_step_prefer_local(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Change the pipeline."""
        if not self._is_removed:
            await async_prefer_local_commands(self.hass, self.entry)
        return self.async_create_entry(data={})
