"""Setting up an agent: address, key, id, and a real connection to try them."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntry,
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
from .forms import ADVANCED, NEW_CONNECTION, ONLY_KEY, OTHER_CONNECTION, options_schema
from .health import REASON
from .own_entities import async_own
from .settings import settings_of

_GONE: Final = {
    ErrorKind.CANNOT_CONNECT,
    ErrorKind.CONNECTION_LOST,
    ErrorKind.NOT_THIS_SERVER,
    ErrorKind.UNKNOWN_AGENT,
}
"""How connecting fails where an agent is no more."""


class PlayAIConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks, connects, and says what is wrong."""

    VERSION = 1

    def __init__(self) -> None:
        """Make the flow; nothing was found yet."""
        self._found: dict[str, str] = {}
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
                return self.async_create_entry(title=self._title(), data=user_input)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(NEW_CONNECTION, user_input or {}),
            errors=errors,
            description_placeholders=placeholders,
        )

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Meet an agent that announces itself: a new one, or one at another address."""
        agent_id = discovery_info.properties.get("agent_id")
        try:
            url = URL.build(
                scheme="ws",
                host=discovery_info.host,
                port=discovery_info.port,
                path=discovery_info.properties.get("path") or "",
            )
        except ValueError:
            return self.async_abort(reason="bad_announcement")
        if not agent_id or url.path == "/":
            return self.async_abort(reason="bad_announcement")
        entry = await self.async_set_unique_id(agent_id)
        if entry is not None and await self._stays(entry, url):
            self._abort_if_unique_id_configured()
        self._abort_if_unique_id_configured(updates={CONF_URL: str(url)})
        self._found = {
            CONF_URL: str(url),
            CONF_AGENT_ID: agent_id,
            CONF_OUTPUT_FORMAT: OutputFormat.WAV.value,
        }
        self.context["title_placeholders"] = {"name": f"{agent_id} ({url.host})"}
        return await self.async_step_found()

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key of an agent that was found."""
        errors: dict[str, str] = {}
        placeholders = {"agent_id": self._found[CONF_AGENT_ID], "url": self._found[CONF_URL]}
        if user_input is not None:
            self._abort_if_unique_id_configured()  # It was, while this form was open.
            data = {**self._found, **_trimmed(user_input)}
            errors, more = await self._try_key(data)
            if not errors:
                return self.async_create_entry(title=self._title(), data=data)
            placeholders |= more
        return self.async_show_form(
            step_id="found",
            data_schema=self.add_suggested_values_to_schema(ONLY_KEY, user_input),
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

    async def _stays(self, entry: ConfigEntry[Any], found: URL) -> bool:
        """Whether a known agent keeps its address though it announces another one.

        Anybody in the network can announce anything, and the key goes to the address: one
        that works is not given up, nor an encrypted one.
        """
        known = entry.data.get(CONF_URL, "")  # An agent that is to be ignored has none.
        if known in ("", str(found)) or URL(known).scheme == "wss" or entry.disabled_by:
            return True
        if not await async_is_safe(self.hass, found):
            return True
        try:
            await probe(async_get_clientsession(self.hass), settings_of(entry))
        except AgentError as error:
            return error.kind not in _GONE
        return True

    async def _try_key(self, data: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Connect, for a form that has no address that an error could stand at."""
        errors, placeholders = await self._try(data)
        return ({"base": next(iter(errors.values()))} if errors else {}), placeholders

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


def _trimmed(user_input: Mapping[str, str]) -> dict[str, str]:
    """Take away the blanks that come along when something is pasted; all fields are texts."""
    return {name: value.strip() for name, value in user_input.items()}


def _numbered(number: int) -> str:
    return "Voice agent" if number == 1 else f"Voice agent {number}"
