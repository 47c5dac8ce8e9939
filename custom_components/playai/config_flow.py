"""Sets up an agent: its address, key and id are tested with a real connection."""

import logging
from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .addresses import async_is_safe
from .agent import ErrorKind, OutputFormat
from .connection_check import async_answers, async_check, async_check_key
from .const import (
    CONF_AGENT_ID,
    CONF_OUTPUT_FORMAT,
    DOMAIN,
)
from .coordinator import PlayAIConfigEntry
from .discovery import MAX_OPEN_FLOWS, Announcement, BadAnnouncementError, async_parse
from .forms import (
    NEW_CONNECTION,
    ONLY_KEY,
    OTHER_CONNECTION,
    found_schema,
)
from .health.health import REASON
from .options_flow import AgentOptionsFlow
from .urls import complete_url

_LOGGER = logging.getLogger(__name__)


class PlayAIConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for the connection of an agent, and tests it."""

    VERSION = 1

    def __init__(self) -> None:
        """Create a flow without a discovered agent."""
        self._found: dict[str, str] = {}
        self._announced: tuple[str, ...] = ()
        self._confirmed_place: tuple[str | None, str] = (None, "")
        self._is_key_of_another = False

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
            # A form that is still open elsewhere must not block this one.
            await self.async_set_unique_id(user_input[CONF_AGENT_ID], raise_on_progress=False)
            self._abort_if_unique_id_configured()
            errors, placeholders = await async_check(self.hass, user_input)
            if not errors:
                return self._create_entry(user_input)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(NEW_CONNECTION, user_input or {}),
            errors=errors,
            description_placeholders=placeholders,
        )

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
            CONF_OUTPUT_FORMAT: OutputFormat.WAV.value,
        }
        host = URL(announcement.urls[0]).host
        self.context["title_placeholders"] = {"name": f"{announcement.agent_id} ({host})"}
        return await self.async_step_found()

    async def _known_agent(
        self, entry: ConfigEntry[Any], announcement: Announcement
    ) -> ConfigFlowResult:
        """Ask whether a known agent has another address, unless it answers at its own.

        Anybody in the network can announce anything, and the key is sent to the address. So no
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
            known,
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
            **_as_code({"old_url": entry.data[CONF_URL], "url": self._announced[0]}),
        }
        if user_input is not None:
            if await async_answers(self.hass, entry):
                return self.async_abort(reason="old_address_works")
            data = {**entry.data, CONF_URL: self._announced[0]}
            errors, more = await async_check_key(self.hass, data)
            if not errors:
                return self.async_update_reload_and_abort(
                    entry,
                    data_updates={CONF_URL: data[CONF_URL]},
                    reason="reconfigure_successful",
                )
            placeholders |= more
        return self.async_show_form(
            step_id="moved", errors=errors, description_placeholders=placeholders
        )

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key of a discovered agent; the address can be changed."""
        errors: dict[str, str] = {}
        placeholders = _as_code(
            {"agent_id": self._found[CONF_AGENT_ID], "url": self._found[CONF_URL]}
        )
        if user_input is not None:
            self._abort_if_unique_id_configured()  # Another flow may have added it.
            user_input = _trimmed(user_input)
            data = {**self._found, **user_input}
            errors, more = await async_check(self.hass, data)
            if not errors:
                return self._create_entry(data)
            placeholders |= more
        return self.async_show_form(
            step_id="found",
            data_schema=self.add_suggested_values_to_schema(
                found_schema(self._announced), user_input or {CONF_URL: self._found[CONF_URL]}
            ),
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
            errors, placeholders = await async_check(self.hass, {**entry.data, **changes})
            if not errors:
                return self.async_update_reload_and_abort(
                    entry, unique_id=shown[CONF_AGENT_ID], data_updates=_completed(changes)
                )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(OTHER_CONNECTION, shown),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for another key after the server has refused the current one."""
        reason = entry_data.get(REASON, self._get_reauth_entry().error_reason_translation_key)
        self._is_key_of_another = reason == ErrorKind.KEY_NOT_ALLOWED
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Test the new key."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if self._is_key_of_another:
            errors["base"] = ErrorKind.KEY_NOT_ALLOWED.value
        placeholders = {"name": entry.title}
        if user_input is not None:
            user_input = _trimmed(user_input)
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

    def _create_entry(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Create the entry of a new agent; the last step explains how to use its assistant."""
        title = self._title()
        return self.async_create_entry(
            title=title, data=_completed(data), description_placeholders={"name": title}
        )

    def _title(self) -> str:
        """Return a default name that no other agent has."""
        taken = {entry.title for entry in self._async_current_entries()}
        number = next(n for n in range(1, len(taken) + 2) if _numbered(n) not in taken)
        return _numbered(number)


def _place(entry: ConfigEntry[Any]) -> tuple[str | None, str]:
    """Return the agent id and address for which the user was asked to confirm another one."""
    return entry.unique_id, entry.data[CONF_URL]


def _completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a valid form, with the default path if its address has none."""
    return {**data, CONF_URL: complete_url(data[CONF_URL])}


def _as_code(texts: Mapping[str, str]) -> dict[str, str]:
    """Quote texts so that the frontend does not render them as Markdown."""
    return {name: f"`{text.replace('`', '')}`" for name, text in texts.items()}


def _trimmed(user_input: Mapping[str, str]) -> dict[str, str]:
    """Strip the blanks that pasting adds; all fields are texts."""
    return {name: value.strip() for name, value in user_input.items()}


def _numbered(number: int) -> str:
    return "Voice agent" if number == 1 else f"Voice agent {number}"
