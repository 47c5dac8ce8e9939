"""The card and the page, as the frontend finds them."""

from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from homeassistant.components import frontend as home_frontend
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.setup import async_setup_component

from custom_components.playai import frontend
from custom_components.playai.coordinator import PlayAICoordinator

from .agents import says


@pytest.fixture
def folder(monkeypatch, tmp_path: Path) -> Path:
    """A built frontend."""
    (tmp_path / "entry.js").write_text("import('./card.js');")
    (tmp_path / "card.js").write_text("export {};")
    monkeypatch.setattr(frontend, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def no_files(monkeypatch, tmp_path: Path) -> None:
    """A copy of the integration without a built frontend."""
    monkeypatch.setattr(frontend, "FOLDER", tmp_path)


@pytest.fixture
async def with_frontend(hass):
    """A Home Assistant with a frontend whose files are not installed."""
    assert await async_setup_component(hass, "websocket_api", {})
    hass.config.components.add("frontend")
    hass.data[home_frontend.DATA_EXTRA_MODULE_URL] = home_frontend.UrlManager(lambda *_: None, [])


def modules(hass):
    return set(hass.data[home_frontend.DATA_EXTRA_MODULE_URL].urls)


async def test_module_and_page_exist_as_long_as_an_agent(
    hass, folder, with_frontend, meet_later, hass_client_no_auth
):
    first = await meet_later(says())
    (url,) = modules(hass)
    second = await meet_later(says(), agent_id="agent-2")
    assert modules(hass) == {url}
    panel = hass.data[home_frontend.DATA_PANELS]["playai"]
    assert not panel.show_in_sidebar
    assert panel.config["_panel_custom"]["module_url"] == url
    client = await hass_client_no_auth()
    response = await client.get(url)
    assert await response.text() == "import('./card.js');"
    assert (await client.get(url.replace("entry", "card"))).status == 200
    await hass.config_entries.async_remove(first.entry_id)
    assert modules(hass) == {url}
    await hass.config_entries.async_remove(second.entry_id)
    assert modules(hass) == set()
    assert "playai" not in hass.data[home_frontend.DATA_PANELS]


async def test_page_that_is_loaded_meanwhile_gets_the_card(
    hass, folder, with_frontend, meet_later, monkeypatch
):
    entry = await meet_later(says())
    (url,) = modules(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert modules(hass) == {url}
    monkeypatch.setattr(
        PlayAICoordinator,
        "async_config_entry_first_refresh",
        AsyncMock(side_effect=ConfigEntryNotReady),
    )
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert modules(hass) == {url}
    assert "playai" in hass.data[home_frontend.DATA_PANELS]


async def test_disabled_agent_has_no_card(hass, folder, with_frontend, meet_later):
    entry = await meet_later(says())
    (url,) = modules(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert modules(hass) == set()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert modules(hass) == {url}


async def test_agent_that_is_disabled_after_its_key_was_refused_has_no_card(
    hass, folder, with_frontend, meet_later, monkeypatch
):
    entry = await meet_later(says())
    refresh = AsyncMock(side_effect=ConfigEntryAuthFailed)
    monkeypatch.setattr(PlayAICoordinator, "async_config_entry_first_refresh", refresh)
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert modules(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert modules(hass) == set()
    assert "playai" not in hass.data[home_frontend.DATA_PANELS]


async def test_url_changes_with_the_files(folder):
    before = frontend._static_url(folder)
    (folder / "card.js").write_text("export default 1;")
    assert frontend._static_url(folder) != before


async def test_without_a_frontend_nothing_is_offered(hass, folder, meet_later):
    await meet_later(says())
    assert "playai" not in hass.data.get(home_frontend.DATA_PANELS, {})


async def test_without_built_files_nothing_is_offered(hass, no_files, with_frontend, meet_later):
    await meet_later(says())
    assert modules(hass) == set()
