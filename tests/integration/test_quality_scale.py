"""The claims of `quality_scale.yaml`, as far as a program can check them."""

import ast
import importlib
import json

import pytest
import yaml
from homeassistant.const import EntityCategory
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.playai import PLATFORMS
from custom_components.playai.config_flow import PlayAIConfigFlow
from custom_components.playai.const import DOMAIN
from custom_components.playai.services import SCHEMAS

from .agents import says
from .test_manifest import FOLDER, HACS, ICONS, MANIFEST

TIERS = {
    "bronze": """
        action-setup appropriate-polling brands common-modules config-flow
        config-flow-test-coverage dependency-transparency docs-actions docs-conditions
        docs-high-level-description docs-installation-instructions docs-removal-instructions
        docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data
        test-before-configure test-before-setup unique-config-entry
    """,
    "silver": """
        action-exceptions config-entry-unloading docs-configuration-parameters
        docs-installation-parameters entity-unavailable integration-owner log-when-unavailable
        parallel-updates reauthentication-flow test-coverage
    """,
    "gold": """
        devices diagnostics discovery discovery-update-info docs-data-update docs-examples
        docs-known-limitations docs-supported-devices docs-supported-functions
        docs-troubleshooting docs-use-cases dynamic-devices entity-category entity-device-class
        entity-disabled-by-default entity-translations exception-translations icon-translations
        reconfiguration-flow repair-issues stale-devices
    """,
    "platinum": "async-dependency inject-websession strict-typing",
}
"""The rules of Home Assistant's Integration Quality Scale, in its order."""

RULES = yaml.safe_load((FOLDER / "quality_scale.yaml").read_text("utf-8"))["rules"]
STRINGS = json.loads((FOLDER / "strings.json").read_text("utf-8"))
TRANSLATED = {"HomeAssistantError", "ServiceValidationError", "ConfigEntryAuthFailed"}


def is_done(name):
    rule = RULES[name]
    return rule == "done" or rule["status"] == "done"


def test_every_rule_has_a_status():
    wanted = [rule for rules in TIERS.values() for rule in rules.split()]
    assert len(wanted) == 54
    assert list(RULES) == wanted


@pytest.mark.parametrize("name", RULES)
def test_status_is_final_and_exemptions_have_a_reason(name):
    rule = RULES[name]
    if rule == "done":
        return
    assert set(rule) == {"status", "comment"}
    assert rule["status"] in ("done", "exempt")
    assert len(rule["comment"].strip()) > 20


async def test_actions_exist_without_an_agent(hass_with_assist):
    assert is_done("action-setup")
    hass = hass_with_assist
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services()[DOMAIN]) == set(SCHEMAS)


def test_every_field_of_a_form_is_described():
    assert is_done("config-flow")
    for flow in ("config", "options"):
        for step in STRINGS[flow]["step"].values():
            for part in (step, *step.get("sections", {}).values()):
                assert set(part.get("data", {})) == set(part.get("data_description", {}))


def test_flows():
    for rule, step in (
        ("reauthentication-flow", "reauth"),
        ("reconfiguration-flow", "reconfigure"),
        ("discovery", "zeroconf"),
    ):
        assert is_done(rule)
        assert hasattr(PlayAIConfigFlow, f"async_step_{step}")


def test_every_platform_states_its_parallel_updates():
    assert is_done("parallel-updates")
    for platform in PLATFORMS:
        module = importlib.import_module(f"custom_components.playai.{platform}")
        assert module.PARALLEL_UPDATES == 0


async def test_entities(meet, hass):
    satellite = await meet(says())
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, satellite.entry.entry_id)
    assert {entity.domain for entity in entities} == set(PLATFORMS)
    for entity in entities:
        assert entity.unique_id.startswith(satellite.entry.entry_id)
        assert entity.has_entity_name
        assert entity.device_id is not None
        assert entity.disabled_by is None
    categories = {e.translation_key for e in entities if e.entity_category}
    assert categories == {"connected", "last_error", "response_time"}
    assert {e.entity_category for e in entities} == {None, EntityCategory.DIAGNOSTIC}
    without_class = {e.translation_key for e in entities if not e.original_device_class}
    assert without_class == {None, "stt", "tts", "activity", "end_conversation"}
    with_icon = {key for entities in ICONS["entity"].values() for key in entities}
    # The others have the icon of their device class or of their domain.
    assert without_class - with_icon == {None, "stt", "tts"}


def test_errors_of_actions_are_translated():
    assert is_done("exception-translations")
    found = 0
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in TRANSLATED:
                    keys = {keyword.arg for keyword in node.keywords}
                    assert {"translation_domain", "translation_key"} <= keys, path
                    found += 1
    assert found > 5


def test_types_of_the_library_are_exported():
    assert is_done("strict-typing")
    assert (FOLDER / "agent/py.typed").is_file()


def test_owner():
    assert is_done("integration-owner")
    assert MANIFEST["codeowners"]


def test_what_hacs_downloads():
    assert HACS["zip_release"] is True
    assert HACS["filename"] == f"{DOMAIN}.zip"
    assert HACS["hide_default_branch"] is True  # It has no zip.
