"""The part of the config flow that all its steps share."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_HASSIO,
    SOURCE_ZEROCONF,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_URL

from .urls import complete_url


class AgentFlow(ConfigFlow):
    """Creates the entries of agents."""

    def create_agent(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Create the entry of a new agent; the last step explains how to use its assistant."""
        title = self._title()
        return self.async_create_entry(
            title=title, data=completed(data), description_placeholders={"name": title}
        )

    def abort_earlier_discoveries(self, agent_id: str) -> None:
        """Close earlier forms of the same agent: they are no longer needed, or have an old key."""
        for source in (SOURCE_HASSIO, SOURCE_ZEROCONF):
            for flow in self._async_in_progress(
                include_uninitialized=True,
                match_context={"source": source, "unique_id": agent_id},
            ):
                self.hass.config_entries.flow.async_abort(flow["flow_id"])

    def _title(self) -> str:
        """Return a default name that no other agent has."""
        taken = {entry.title for entry in self._async_current_entries()}
        number = next(n for n in range(1, len(taken) + 2) if _numbered(n) not in taken)
        return _numbered(number)


def completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a valid form, with the default path if its address has none."""
    return {**data, CONF_URL: complete_url(data[CONF_URL])}


def as_code(texts: Mapping[str, str]) -> dict[str, str]:
    """Quote texts so that the frontend does not render them as Markdown."""
    return {name: f"`{text.replace('`', '')}`" for name, text in texts.items()}


def trimmed(user_input: Mapping[str, str]) -> dict[str, str]:
    """Strip the blanks that pasting adds; all fields are texts."""
    return {name: value.strip() for name, value in user_input.items()}


def _numbered(number: int) -> str:
    return "Voice agent" if number == 1 else f"Voice agent {number}"
