"""Repair issues: problems that only the user can solve; each is removed with its cause."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..agent import ErrorKind
from ..const import DOMAIN

UNKNOWN_AGENT: Final = ErrorKind.UNKNOWN_AGENT.value
NO_CREDITS: Final = ErrorKind.NO_CREDITS.value
TOO_MANY_CONNECTIONS: Final = ErrorKind.TOO_MANY_CONNECTIONS.value
UNREACHABLE: Final = "unreachable"
APP_REMOVED: Final = "app_removed"
NO_FALLBACK_VOICE: Final = "no_fallback_voice"
PIPELINE_MISSING: Final = "pipeline_missing"
LOCAL_COMMANDS_OFF: Final = "local_commands_off"

ALL: Final = (
    UNKNOWN_AGENT,
    NO_CREDITS,
    TOO_MANY_CONNECTIONS,
    UNREACHABLE,
    APP_REMOVED,
    NO_FALLBACK_VOICE,
    PIPELINE_MISSING,
    LOCAL_COMMANDS_OFF,
)


@callback
def async_report(hass: HomeAssistant, entry: ConfigEntry[Any], issue: str) -> None:
    """Create an issue of an agent; `repairs.py` has the flow that fixes it."""
    is_minor = issue in (NO_FALLBACK_VOICE, PIPELINE_MISSING, LOCAL_COMMANDS_OFF)
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{issue}_{entry.entry_id}",
        data={"entry_id": entry.entry_id, "issue": issue},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING if is_minor else ir.IssueSeverity.ERROR,
        translation_key=issue,
        translation_placeholders={"name": entry.title},
    )


@callback
def async_resolve(hass: HomeAssistant, entry: ConfigEntry[Any], *issues: str) -> None:
    """Remove issues of an agent."""
    for issue in issues:
        ir.async_delete_issue(hass, DOMAIN, f"{issue}_{entry.entry_id}")


@callback
def async_resolve_unless_ignored(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove all issues of an agent except ignored ones, which would not stay ignored."""
    registry = ir.async_get(hass)
    for issue in ALL:
        known = registry.async_get_issue(DOMAIN, f"{issue}_{entry.entry_id}")
        if known is not None and known.dismissed_version is None:
            async_resolve(hass, entry, issue)
