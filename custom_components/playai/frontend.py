"""Offers the card and the page to the frontend, as long as there is an agent.

They stay while agents are reloaded or cannot be reached, so that no page loads without the card.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import PlayAIConfigEntry

FOLDER: Final = Path(__file__).parent / "web"
ENTRY: Final = "entry.js"
"""The module that the frontend loads; it loads the others."""

PANEL: Final = DOMAIN
PANEL_ELEMENT: Final = "playai-panel"

_STATIC_URL: HassKey[str] = HassKey(f"{DOMAIN}_frontend_url")
_ENTRIES: HassKey[set[str]] = HassKey(f"{DOMAIN}_frontend_entries")


async def async_serve_frontend(hass: HomeAssistant) -> None:
    """Serve the files of the card and the page."""
    if "frontend" not in hass.config.components:
        return
    if (url := await hass.async_add_executor_job(_static_url, FOLDER)) is None:
        return  # This copy of the integration has no files of the frontend.
    await hass.http.async_register_static_paths([StaticPathConfig(url, str(FOLDER))])
    hass.data[_STATIC_URL] = url

    @callback
    def entry_changed(_: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain == DOMAIN and entry.disabled_by is not None:
            async_withdraw_frontend(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)


@callback
def async_offer_frontend(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Offer the card and the page, until the last agent is removed or disabled."""
    if (url := hass.data.get(_STATIC_URL)) is None:
        return
    entries = hass.data.setdefault(_ENTRIES, set())
    if not entries:
        _add(hass, f"{url}/{ENTRY}")
    entries.add(entry.entry_id)


@callback
def async_withdraw_frontend(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Remove the card and the page if this was the last agent."""
    entries = hass.data.get(_ENTRIES, set())
    if entry.entry_id in entries:
        entries.remove(entry.entry_id)
        if not entries:
            _remove(hass, f"{hass.data[_STATIC_URL]}/{ENTRY}")


@callback
def _add(hass: HomeAssistant, module: str) -> None:
    frontend.add_extra_js_url(hass, module)
    frontend.async_register_built_in_panel(
        hass,
        "custom",
        sidebar_title="Talk",
        sidebar_icon="mdi:account-voice",
        frontend_url_path=PANEL,
        config={
            "_panel_custom": {
                "name": PANEL_ELEMENT,
                "module_url": module,
                "embed_iframe": False,
                "trust_external": False,
            }
        },
        show_in_sidebar=False,
    )


@callback
def _remove(hass: HomeAssistant, module: str) -> None:
    frontend.remove_extra_js_url(hass, module)
    frontend.async_remove_panel(hass, PANEL)


def _static_url(folder: Path) -> str | None:
    """Return a URL that changes with the files, which browsers cache; None if they are missing."""
    if not (folder / ENTRY).is_file():
        return None
    return f"/{DOMAIN}/frontend/{_hash(sorted(folder.rglob('*.js')))}"


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
