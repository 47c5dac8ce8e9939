"""The steps of the config flow for the agent of an app of the Supervisor."""

import logging
from hmac import compare_digest
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.helpers.service_info.hassio import HassioServiceInfo

from ..agent.settings import DEFAULT_OUTPUT_FORMAT
from ..agent_flow import AgentFlow, as_code
from ..connection_check import async_answers, async_check_key
from ..const import CONF_AGENT_ID, CONF_APP, CONF_OUTPUT_FORMAT
from .apps import AppAgent, parse_app
from .errors import BadAnnouncementError

_LOGGER = logging.getLogger(__name__)


class AppSteps(AgentFlow):
    """Sets up the agent of an app: nothing has to be entered."""

    _app: AppAgent

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """Handle an app with a new agent, or with another address or key of a known one."""
        try:
            app = parse_app(discovery_info)
        except BadAnnouncementError as error:
            _LOGGER.warning("The announcement of an app is not one of an agent: %s", error)
            return self.async_abort(reason="bad_announcement")
        entry = await self.async_set_unique_id(app.agent_id, raise_on_progress=False)
        if entry is not None:
            return await self._update(entry, app)
        self.abort_earlier_discoveries(app.agent_id)
        self._app = app
        self.context["title_placeholders"] = {"name": app.name}
        return await self.async_step_app()

    async def async_step_app(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for confirmation, then connect."""
        errors: dict[str, str] = {}
        placeholders = as_code({"name": self._app.name})
        if user_input is not None:
            self._abort_if_unique_id_configured()  # Another flow may have added it.
            data = {
                CONF_URL: self._app.url,
                CONF_API_KEY: self._app.api_key,
                CONF_AGENT_ID: self._app.agent_id,
                CONF_OUTPUT_FORMAT: DEFAULT_OUTPUT_FORMAT.value,
                CONF_APP: self._app.slug,
            }
            errors, more = await async_check_key(self.hass, data)
            if not errors:
                return self.create_agent(data)
            placeholders |= more
        return self.async_show_form(
            step_id="app", errors=errors, description_placeholders=placeholders
        )

    async def _update(self, entry: ConfigEntry[Any], app: AppAgent) -> ConfigFlowResult:
        """Store the address and key of an agent that is set up, if they have changed.

        The app must be the one that the user has confirmed, or know the key: otherwise any
        app could announce the same id and get the conversations.
        """
        if entry.source == SOURCE_IGNORE or not await self._is_app_of(entry, app):
            return self.async_abort(reason="already_configured")
        updates = {CONF_URL: app.url, CONF_API_KEY: app.api_key, CONF_APP: app.slug}
        if updates.items() <= entry.data.items() and entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.watch.server_announced()
        return self.async_update_reload_and_abort(
            entry,
            data_updates=updates,
            reason="already_configured",
            reload_even_if_entry_is_unchanged=False,
        )

    async def _is_app_of(self, entry: ConfigEntry[Any], app: AppAgent) -> bool:
        """Return whether an app may change the address and key of an entry."""
        if entry.data.get(CONF_APP) == app.slug:
            return True
        has_key = compare_digest(entry.data[CONF_API_KEY].encode(), app.api_key.encode())
        # An address that the user has entered and that works stays.
        return has_key and not await async_answers(self.hass, entry)
