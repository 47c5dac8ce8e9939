"""Setting up an agent: address, key, id, and a real connection to try them."""

import logging
from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .addresses import async_is_safe
from .agent import AgentError, AgentSettings, EndOfTurn, ErrorKind, OutputFormat, probe
from .agent.connection import agent_url
from .const import (
    CONF_AGENT_ID,
    CONF_ENABLE_VAD,
    CONF_END_OF_TURN,
    CONF_OUTPUT_FORMAT,
    CONF_SPEAK_WITH,
    DEFAULT_OPTIONS,
    DOMAIN,
)
from .coordinator import PlayAIConfigEntry
from .discovery import MAX_OPEN_FLOWS, Announcement, BadAnnouncementError, async_parse
from .forms import (
    ADVANCED,
    NEW_CONNECTION,
    ONLY_KEY,
    OTHER_CONNECTION,
    found_schema,
    options_schema,
)
from .health import REASON
from .own_entities import async_own
from .settings import current_timings, settings_of
from .urls import InvalidUrlError, complete_url

_LOGGER = logging.getLogger(__name__)

_PLAIN_PORT: Final = "WRONG_VERSION_NUMBER"
"""OpenSSL's reason when a server answers the TLS handshake with something else."""


class PlayAIConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks, connects, and says what is wrong."""

    VERSION = 1

    def __init__(self) -> None:
        """Make the flow; nothing was found yet."""
        self._found: dict[str, str] = {}
        self._announced: tuple[str, ...] = ()
        self._known_place: tuple[str | None, str] = (None, "")
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
            # A form that was left open elsewhere must not stand in the way of this one.
            await self.async_set_unique_id(user_input[CONF_AGENT_ID], raise_on_progress=False)
            self._abort_if_unique_id_configured()
            errors, placeholders = await self._try(user_input)
            if not errors:
                return self.async_create_entry(title=self._title(), data=_completed(user_input))
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(NEW_CONNECTION, user_input or {}),
            errors=errors,
            description_placeholders=placeholders,
        )

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle an announcement: of a new agent, or of a known one at another address."""
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

        Anybody in the network can announce anything, and the key is sent to the address. So
        nothing connects to an announced address before the user has confirmed it.
        """
        url = URL(announcement.urls[0])
        known = entry.data.get(CONF_URL)  # An ignored agent has none.
        if known in announcement.urls and entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.async_reconnect_soon()
        if (
            known is None
            or known in announcement.urls
            or URL(known).scheme == "wss"  # Encryption is not given up.
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
        if await self._answers(entry):
            await self.async_set_unique_id(announcement.agent_id, raise_on_progress=False)
            self._abort_if_unique_id_configured()
        _LOGGER.info(
            "%s does not answer at %s. Its id is announced at %s, which waits for confirmation",
            entry.title,
            known,
            url,
        )
        self.context["title_placeholders"] = {"name": entry.title}
        self._known_place = _place(entry)
        return await self.async_step_moved()

    async def async_step_moved(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether a known agent has the announced address, and try it then."""
        entry = self.hass.config_entries.async_get_entry(self.context["entry_id"])
        if entry is None or _place(entry) != self._known_place:
            return self.async_abort(reason="agent_changed")
        errors: dict[str, str] = {}
        placeholders = {
            "name": entry.title,
            **_as_code({"old_url": entry.data[CONF_URL], "url": self._announced[0]}),
        }
        if user_input is not None:
            if await self._answers(entry):
                return self.async_abort(reason="old_address_works")
            data = {**entry.data, CONF_URL: self._announced[0]}
            errors, more = await self._try_key(data)
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
        """Ask for the key of a discovered agent; the address can be corrected."""
        errors: dict[str, str] = {}
        placeholders = _as_code(
            {"agent_id": self._found[CONF_AGENT_ID], "url": self._found[CONF_URL]}
        )
        if user_input is not None:
            self._abort_if_unique_id_configured()  # Another flow can have added it meanwhile.
            user_input = _trimmed(user_input)
            data = {**self._found, **user_input}
            errors, more = await self._try(data)
            if not errors:
                return self.async_create_entry(title=self._title(), data=_completed(data))
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
            errors, placeholders = await self._try({**entry.data, **changes})
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
        """Ask for another key: the server refused the one we have."""
        reason = entry_data.get(REASON, self._get_reauth_entry().error_reason_translation_key)
        self._is_key_of_another = reason == ErrorKind.KEY_NOT_ALLOWED
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the other key."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if self._is_key_of_another:
            errors["base"] = ErrorKind.KEY_NOT_ALLOWED.value
        placeholders = {"name": entry.title}
        if user_input is not None:
            user_input = _trimmed(user_input)
            errors, more = await self._try_key({**entry.data, **user_input})
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
            placeholders |= more
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(ONLY_KEY, user_input),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _title(self) -> str:
        """Return a name that no other agent has; people may change it."""
        taken = {entry.title for entry in self._async_current_entries()}
        number = next(n for n in range(1, len(taken) + 2) if _numbered(n) not in taken)
        return _numbered(number)

    async def _answers(self, entry: ConfigEntry[Any]) -> bool:
        """Return whether an agent is still at the address of its entry."""
        try:
            await probe(async_get_clientsession(self.hass), settings_of(entry), current_timings())
        except AgentError as error:
            return not error.policy.means_gone
        return True

    async def _try_key(self, data: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Connect, for a form that has no address that an error could stand at."""
        errors, placeholders = await self._try(data)
        return ({"base": next(iter(errors.values()))} if errors else {}), placeholders

    async def _try(self, data: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Connect; return the errors of the form, and what their texts name."""
        try:
            endpoint = complete_url(data[CONF_URL])
            url = agent_url(endpoint, data[CONF_AGENT_ID])
            is_safe = await async_is_safe(self.hass, url)
        except InvalidUrlError as error:
            return {CONF_URL: error.key}, {}
        except ValueError:
            return {CONF_URL: "invalid_host"}, {}
        if not is_safe:
            return {CONF_URL: "not_encrypted"}, {}
        settings = AgentSettings(
            url=endpoint,
            api_key=data[CONF_API_KEY],
            agent_id=data[CONF_AGENT_ID],
            output_format=OutputFormat(data[CONF_OUTPUT_FORMAT]),
        )
        try:
            await probe(async_get_clientsession(self.hass), settings, current_timings())
        except AgentError as error:
            if error.kind is ErrorKind.TLS and _PLAIN_PORT in error.message:
                return {CONF_URL: "no_tls"}, {}
            return {"base": error.kind.value}, {"message": error.message}
        return {}, {}


class AgentOptionsFlow(OptionsFlowWithReload):
    """What can be changed at any time."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, or keep them."""
        errors: dict[str, str] = {}
        options = {**DEFAULT_OPTIONS, **self.config_entry.options}
        if user_input is not None:
            options = {**user_input, **user_input[ADVANCED]}
            del options[ADVANCED]
            if CONF_SPEAK_WITH in self.config_entry.options:
                options.setdefault(CONF_SPEAK_WITH)  # It was taken away, and stays away.
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


def _place(entry: ConfigEntry[Any]) -> tuple[str | None, str]:
    """Return what a confirmed address was asked for: the agent and the address it had."""
    return entry.unique_id, entry.data[CONF_URL]


def _completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data of a valid form with the default path in its address."""
    return {**data, CONF_URL: complete_url(data[CONF_URL])}


def _as_code(texts: Mapping[str, str]) -> dict[str, str]:
    """Keep the frontend from reading texts as Markdown."""
    return {name: f"`{text.replace('`', '')}`" for name, text in texts.items()}


def _trimmed(user_input: Mapping[str, str]) -> dict[str, str]:
    """Take away the blanks that come along when something is pasted; all fields are texts."""
    return {name: value.strip() for name, value in user_input.items()}


def _numbered(number: int) -> str:
    return "Voice agent" if number == 1 else f"Voice agent {number}"
