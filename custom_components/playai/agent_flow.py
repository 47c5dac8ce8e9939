"""The part of the config flow that all its steps share."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
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
