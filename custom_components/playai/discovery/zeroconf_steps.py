"""The steps of the config flow for agents that are announced on the local network."""

import logging
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_URL
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from ..addresses import async_is_safe
from ..agent.settings import DEFAULT_OUTPUT_FORMAT
from ..agent_flow import AgentFlow, as_code, trimmed
from ..connection_check import async_answers, async_check, async_check_key
from ..const import CONF_AGENT_ID, CONF_APP, CONF_OUTPUT_FORMAT
from ..forms import found_schema
from ..urls import shown_url
from .announcements import MAX_OPEN_FLOWS, Announcement, async_parse
from .errors import BadAnnouncementError

_LOGGER = logging.getLogger(__name__)


class ZeroconfSteps(AgentFlow):
    """Sets up a discovered agent, and follows a known one to another address."""

    def __init__(self) -> None:
        """Create a flow without a discovered agent."""
        super().__init__()
        self._found: dict[str, str] = {}
        self._announced: tuple[str, ...] = ()
        self._confirmed_place: tuple[str | None, str] = (None, "")

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle the announcement of a new agent, or of a known one at another address."""
        try:
            announcement = await async_parse(self.hass, discovery_info)
        except BadAnnouncementError:
            return self.async_abort(reason="bad_announcement")
        self._announced = announcement.urls
        entry = await self.async_set_unique_id(announcement.agent_id)
        if entry is not None:
            return await self._known_agent(entry, announcement)
        new = [
            flow
            for flow in self._async_in_progress(match_context={"source": SOURCE_ZEROCONF})
            if "entry_id" not in flow["context"]
        ]
        if len(new) >= MAX_OPEN_FLOWS:
            return self.async_abort(reason="too_many_announcements")
        self._found = {
            CONF_URL: announcement.urls[0],
            CONF_AGENT_ID: announcement.agent_id,
            CONF_OUTPUT_FORMAT: DEFAULT_OUTPUT_FORMAT.value,
        }
        host = URL(announcement.urls[0]).host
        self.context["title_placeholders"] = {"name": f"{announcement.agent_id} ({host})"}
        return await self.async_step_found()

    async def _known_agent(
        self, entry: ConfigEntry[Any], announcement: Announcement
    ) -> ConfigFlowResult:
        """Ask whether a known agent has another address, unless it answers at its own.

        Anybody on the network can announce anything, and the key is sent to the address. So no
        connection is opened to an announced address before the user has confirmed it.
        """
        url = URL(announcement.urls[0])
        known = entry.data.get(CONF_URL)  # None for an ignored agent.
        if known in announcement.urls and entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.watch.server_announced()
        if (
            known is None
            or known in announcement.urls
            or URL(known).scheme == "wss"  # An announced one is not encrypted.
            or entry.disabled_by
            or not await async_is_safe(self.hass, url)
        ):
            self._abort_if_unique_id_configured()
        if self._async_in_progress(
            include_uninitialized=True,
            match_context={"source": SOURCE_ZEROCONF, "entry_id": entry.entry_id},
        ):
            return self.async_abort(reason="already_in_progress")
        self.context["entry_id"] = entry.entry_id
        # With the agent's own id, "Ignore" would replace the entry of the agent.
        if await self.async_set_unique_id(f"{announcement.agent_id} at {url}") is not None:
            return self.async_abort(reason="already_configured")
        if await async_answers(self.hass, entry):
            await self.async_set_unique_id(announcement.agent_id, raise_on_progress=False)
            self._abort_if_unique_id_configured()
        _LOGGER.info(
            "%s does not answer at %s. Its id is announced at %s, which waits for confirmation",
            entry.title,
            shown_url(entry.data[CONF_URL]),
            url,
        )
        self.context["title_placeholders"] = {"name": entry.title}
        self._confirmed_place = _place(entry)
        return await self.async_step_moved()

    async def async_step_moved(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether a known agent has moved to the announced address, then test it."""
        entry = self.hass.config_entries.async_get_entry(self.context["entry_id"])
        if entry is None or _place(entry) != self._confirmed_place:
            return self.async_abort(reason="agent_changed")
        errors: dict[str, str] = {}
        placeholders = {
            "name": entry.title,
            **as_code({"old_url": shown_url(entry.data[CONF_URL]), "url": self._announced[0]}),
        }
        if user_input is not None:
            if await async_answers(self.hass, entry):
                return self.async_abort(reason="old_address_works")
            data = {**entry.data, CONF_URL: self._announced[0]}
            errors, more = await async_check_key(self.hass, data)
            if not errors:
                updates: dict[str, Any] = {CONF_URL: data[CONF_URL]}
                if CONF_APP in entry.data:
                    updates[CONF_APP] = None  # It is not in the app anymore.
                return self.async_update_reload_and_abort(
                    entry, data_updates=updates, reason="reconfigure_successful"
                )
            placeholders |= more
        return self.async_show_form(
            step_id="moved", errors=errors, description_placeholders=placeholders
        )

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key of a discovered agent; the address can be changed."""
        errors: dict[str, str] = {}
        placeholders = as_code(
            {"agent_id": self._found[CONF_AGENT_ID], "url": self._found[CONF_URL]}
        )
        if user_input is not None:
            self._abort_if_unique_id_configured()  # Another flow may have added it.
            user_input = trimmed(user_input)
            data = {**self._found, **user_input}
            errors, more = await async_check(self.hass, data)
            if not errors:
                return self.create_agent(data)
            placeholders |= more
        return self.async_show_form(
            step_id="found",
            data_schema=self.add_suggested_values_to_schema(
                found_schema(self._announced), user_input or {CONF_URL: self._found[CONF_URL]}
            ),
            errors=errors,
            description_placeholders=placeholders,
        )


def _place(entry: ConfigEntry[Any]) -> tuple[str | None, str]:
    """Return the id of an agent, and the address that the user was asked to replace."""
    return entry.unique_id, entry.data[CONF_URL]
