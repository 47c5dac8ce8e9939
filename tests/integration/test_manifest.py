"""The files that Home Assistant, HACS and the Marketplace read before the integration runs."""

import ast
import importlib
import importlib.metadata
import json
import re
import struct
import sys
from pathlib import Path

import pytest
from homeassistant.const import Platform
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.icon import async_get_icons
from homeassistant.loader import async_get_integration
from homeassistant.requirements import async_get_integration_with_requirements
from homeassistant.setup import async_setup_component

import custom_components.playai
from custom_components.playai.const import DOMAIN

from .agents import says

FOLDER = Path(custom_components.playai.__path__[0])
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
HACS = json.loads((FOLDER.parents[1] / "hacs.json").read_text())
ICONS = json.loads((FOLDER / "icons.json").read_text())
TEXTS = json.loads((FOLDER / "translations/en.json").read_text())

IMAGES = {
    f"{kind}{shape}{double}.png": tuple(side * (2 if double else 1) for side in size)
    for kind in ("", "dark_")
    for shape, size in {"icon": (256, 256), "logo": (361, 128)}.items()
    for double in ("", "@2x")
}
"""The widths and the heights of the brand's images."""

SPELT_OTHERWISE = {"voluptuous": "probatio"}
"""Packages whose modules have another name."""


def imported():
    """Return the names of all modules that our code imports, absolutely."""
    names = set()
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import():
                    names |= {alias.name for alias in node.names}
                case ast.ImportFrom(module="homeassistant.components"):
                    names |= {f"{node.module}.{alias.name}" for alias in node.names}
                case ast.ImportFrom(level=0, module=str(module)):
                    names.add(module)
    return names


async def test_home_assistant_loads_the_manifest(hass):
    integration = await async_get_integration(hass, DOMAIN)
    assert integration.domain == FOLDER.name == DOMAIN
    assert not integration.is_built_in
    assert not integration.disabled
    assert integration.config_flow
    assert str(integration.version) == MANIFEST["version"]
    assert integration.integration_type == "service"
    assert integration.has_branding
    assert integration.has_translations
    assert await integration.resolve_dependencies() is not None
    # All requirements are installed.
    assert await async_get_integration_with_requirements(hass, DOMAIN) is integration


def test_order_of_keys():
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_values():
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])
    assert MANIFEST["iot_class"] in ("local_push", "cloud_push")
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://")
    assert MANIFEST["codeowners"]
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    for key in ("after_dependencies", "dependencies", "requirements"):
        assert MANIFEST[key] == sorted(set(MANIFEST[key]))
    assert not set(MANIFEST["dependencies"]) & set(MANIFEST["after_dependencies"])


def test_imported_components_are_dependencies():
    prefix = "homeassistant.components."
    components = {name.split(".")[2] for name in imported() if name.startswith(prefix)}
    assert "assist_pipeline" in components
    platforms = {platform.value for platform in Platform}
    # The first four load their platform of this integration if they are set up. Home Assistant
    # always has the last one.
    declared = {"diagnostics", "logbook", "repairs", "system_health", "homeassistant"}
    declared |= {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    assert components - platforms <= declared
    # A platform that has a file here is only loaded with its component.
    assert {
        name for name in components & platforms if not (FOLDER / f"{name}.py").exists()
    } <= declared


def test_imported_packages_are_required():
    others = {name.split(".")[0] for name in imported()} - sys.stdlib_module_names
    others -= {"homeassistant", "zeroconf"}  # Installed for discovery, see the manifest.
    others -= {"hassil", "home_assistant_intents"}  # Installed for the conversation component.
    others = {SPELT_OTHERWISE.get(name, name) for name in others}
    home_assistant = {
        re.split(r"[^\w-]", requirement)[0].lower()
        for requirement in importlib.metadata.requires("homeassistant") or []
    }
    assert others - home_assistant <= set(MANIFEST["requirements"]) <= others


def test_requirements_are_left_to_home_assistant():
    for requirement in MANIFEST["requirements"]:
        assert re.fullmatch(r"[a-z0-9-]+", requirement)
        importlib.import_module(requirement)


def test_hacs_manifest():
    assert set(HACS) == {
        "filename",
        "hide_default_branch",
        "homeassistant",
        "name",
        "render_readme",
        "zip_release",
    }
    assert HACS["name"] == MANIFEST["name"]
    assert HACS["homeassistant"] == "2026.10.0"
    assert [path.name for path in FOLDER.parent.iterdir() if path.name[0] not in "._"] == [DOMAIN]


def test_marketplace_finds_everything():
    validate = pytest.importorskip(
        "homeassistant.components.marketplace.utils.validate", exc_type=ImportError
    )
    for schemas, content in (
        (validate.REPOSITORY_MANIFEST_VALUES, HACS),
        (validate.INTEGRATION_MANIFEST_VALUES, MANIFEST),
    ):
        for key in set(schemas) & set(content):
            schemas[key](content[key])
    assert validate.VALID_DOMAIN.match(MANIFEST["domain"])


async def test_icons(hass):
    for platform, icons in ICONS["entity"].items():
        assert set(icons) <= set(TEXTS["entity"][platform])
        for icon in icons.values():
            assert icon["default"].startswith("mdi:")
            assert all(name.startswith("mdi:") for name in icon.get("state", {}).values())
    found = await async_get_icons(hass, "entity", {DOMAIN})
    assert found[DOMAIN] == ICONS["entity"]


async def test_entities_have_names_of_the_texts(meet, hass):
    satellite = await meet(says())
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, satellite.entry.entry_id)
    named = {(entity.domain, entity.translation_key) for entity in entities}
    named.discard(("conversation", None))  # It has the name of the agent.
    assert named == {
        (platform, key) for platform, entities in TEXTS["entity"].items() for key in entities
    }
    for entity in entities:
        assert entity.original_name == (
            TEXTS["entity"][entity.domain][entity.translation_key]["name"]
            if entity.translation_key
            else None
        )


def test_brand_has_no_other_images():
    assert {path.name for path in (FOLDER / "brand").iterdir()} == set(IMAGES)


@pytest.mark.parametrize(("name", "size"), IMAGES.items())
async def test_brand(hass, hass_client, name, size):
    assert await async_setup_component(hass, "brands", {})
    client = await hass_client()
    response = await client.get(f"/api/brands/integration/{DOMAIN}/{name}?placeholder=no")
    assert response.status == 200
    image = await response.read()
    assert image == (FOLDER / "brand" / name).read_bytes()
    signature, width, height, _, colours = struct.unpack(">8s8xIIBB", image[:26])
    assert signature == b"\x89PNG\r\n\x1a\n"
    # Twice the size of a number that was rounded.
    assert height == size[1]
    assert abs(width - size[0]) <= 1
    assert colours == 6  # With transparency.
