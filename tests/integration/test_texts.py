"""Texts of the user interface: the code uses all of them, and no others."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component

import custom_components.playai
from custom_components.playai.agent import EndOfTurn, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import RawEncoding
from custom_components.playai.assist.agent_call import Failure
from custom_components.playai.assist.question_text import QUESTION_KEYS
from custom_components.playai.const import OWN_BRAIN, KeepListening
from custom_components.playai.forms import (
    NEW_CONNECTION,
    ONLY_KEY,
    OTHER_CONNECTION,
    SAMPLE_RATES,
    found_schema,
    options_schema,
)
from custom_components.playai.health import issues
from custom_components.playai.talk.question import Outcome
from custom_components.playai.texts import async_text

FOLDER = Path(custom_components.playai.__path__[0])
SCRIPT = FOLDER.parents[1] / "scripts/translations"
STRINGS = json.loads((FOLDER / "strings.json").read_text())
TRANSLATIONS = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("translations/*.json"))
}
TEXTS = TRANSLATIONS["en"]
KINDS = {kind.value for kind in ErrorKind}

NEEDS_A_TURN = {
    ErrorKind.BAD_AUDIO,
    ErrorKind.EMPTY_REPLY,
    ErrorKind.NO_REPLY,
    ErrorKind.REPLACED,
}
"""Errors that testing a connection cannot cause."""

FOUND_BEFORE_CONNECTING = {
    "invalid_host",
    "invalid_ipv6",
    "invalid_port",
    "invalid_url",
    "not_encrypted",
}


def leaves(texts, path=""):
    """Return all texts by their path."""
    if isinstance(texts, str):
        return {path: texts}
    return {
        name: text
        for key, below in texts.items()
        for name, text in leaves(below, f"{path}.{key}".lstrip(".")).items()
    }


def placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def calls():
    """Yield all calls in the code of the integration."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield node


def literals(function, keyword):
    """Return the literal values of a keyword argument in all calls of a function."""
    found = set()
    for call in calls():
        name = getattr(call.func, "id", getattr(call.func, "attr", None))
        arguments = {word.arg: word.value for word in call.keywords}
        if name == function and keyword in arguments:
            found.add(arguments[keyword])
    return {node.value for node in found if isinstance(node, ast.Constant)}


def first_literals(function):
    """Return the literal first arguments of all calls of a function."""
    return {
        call.args[0].value
        for call in calls()
        if getattr(call.func, "id", None) == function and isinstance(call.args[0], ast.Constant)
    }


def text_keys():
    """Return the keys that `async_text`, or a method `_text` that calls it, is called with."""
    found = set()
    for call in calls():
        match call.func, call.args:
            case (ast.Name("async_text"), [_, _, ast.Constant(key), *_]):
                found.add(key)
            case (ast.Attribute(attr="_text"), [ast.Constant(key)]):
                found.add(key)
    return found


def test_errors_of_the_flow():
    expected = KINDS - NEEDS_A_TURN | FOUND_BEFORE_CONNECTING | {"no_tls"}
    assert set(TEXTS["config"]["error"]) == expected
    texts = list(TEXTS["config"]["error"].values())
    assert len(set(texts)) == len(texts)


def test_abort_reasons_of_the_flow():
    assert set(TEXTS["config"]["abort"]) == {
        "agent_changed",
        "already_configured",
        "already_in_progress",
        "bad_announcement",
        "old_address_works",
        "reauth_successful",
        "reconfigure_successful",
        "too_many_announcements",
    }


@pytest.mark.parametrize(
    ("step", "schema"),
    [
        ("user", NEW_CONNECTION),
        ("reconfigure", OTHER_CONNECTION),
        ("reauth_confirm", ONLY_KEY),
        ("found", found_schema(())),
    ],
)
def test_fields_of_the_flow(step, schema):
    fields = {str(marker) for marker in schema.schema}
    assert set(TEXTS["config"]["step"][step]["data"]) == fields
    assert set(TEXTS["config"]["step"][step]["data_description"]) == fields


def test_fields_of_the_options():
    step = TEXTS["options"]["step"]["init"]
    schema = options_schema([], [], []).schema
    advanced = schema.pop("advanced").schema.schema
    for texts, fields in ((step, schema), (step["sections"]["advanced"], advanced)):
        assert set(texts["data"]) == set(texts["data_description"]) == {str(key) for key in fields}


def test_choices():
    choices = {name: set(texts["options"]) for name, texts in TEXTS["selector"].items()}
    assert choices == {
        "answer_with": {OWN_BRAIN},
        "end_of_turn": {end.value for end in EndOfTurn},
        "error_kind": KINDS,
        "keep_listening": {choice.value for choice in KeepListening},
        "output_format": {output_format.value for output_format in OutputFormat},
        "output_sample_rate": set(SAMPLE_RATES),
        "raw_encoding": {encoding.value for encoding in RawEncoding},
    }


def test_exceptions():
    raised = literals("HomeAssistantError", "translation_key")
    raised |= literals("ServiceValidationError", "translation_key")
    raised |= first_literals("_invalid") | first_literals("_failure")
    assert "no_fallback_voice" in raised
    asked = set(QUESTION_KEYS.values()) | set(Outcome)
    assert set(TEXTS["exceptions"]) == KINDS | raised | text_keys() | set(Failure) | asked


def test_states_of_the_last_error():
    assert set(TEXTS["entity"]["sensor"]["last_error"]["state"]) == KINDS


def test_issues():
    assert set(TEXTS["issues"]) == set(issues.ALL)


def test_code_fills_every_placeholder():
    expected = {
        r"config\.create_entry\.default": {"name"},
        r"config\.error\..*": {"message"},
        r"config\.flow_title": {"name"},
        r"config\.step\.app\.description": {"name", "message"},
        r"config\.step\.found\.description": {"agent_id", "url", "message"},
        r"config\.step\.moved\..*": {"name", "old_url", "url", "message"},
        r"config\.step\.reauth_confirm\.description": {"name", "message"},
        r"options\.step\.init\.description": {"languages"},
        rf"exceptions\.({'|'.join(KINDS)}|cannot_convert)\.message": {"message"},
        r"exceptions\.answer_.*": {"agent"},
        r"exceptions\.voice_loop\.message": {"voice"},
        rf"exceptions\.({'|'.join(QUESTION_KEYS.values())})\.message": {"name"},
        r"exceptions\.(agent_not_loaded|asking_api|pipeline_missing)\.message": {"name"},
        r"exceptions\.(no_such_entity|not_an_agent)\.message": {"entity"},
        r"exceptions\.ask_failed\.message": {"message"},
        r"exceptions\.bad_media\.message": {"media", "message"},
        r"exceptions\.long_text\.message": {"limit"},
        r"exceptions\.no_such_conversation\.message": {"conversation"},
        r"exceptions\.preferred_restored\.message": {"name", "previous"},
        r"exceptions\.unknown_language\.message": {"language"},
        r"issues\..*": {"name"},
        r"issues\..*\.error\..*": {"message"},
    }
    for path, text in leaves(TEXTS).items():
        given = [names for pattern, names in expected.items() if re.fullmatch(pattern, path)]
        assert placeholders(text) <= set().union(*given), path


def test_errors_found_before_connecting_need_no_message():
    for key in FOUND_BEFORE_CONNECTING:
        assert placeholders(TEXTS["config"]["error"][key]) == set()


def test_strings_have_each_text_once():
    texts = [text for text in leaves(STRINGS).values() if not text.startswith("[%key:")]
    repeated = {text for text in texts if texts.count(text) > 1}
    # A name, a state and an activity are different words in other languages.
    assert repeated == {"Speaking"}


def generate(folder, *arguments):
    """Run the generator on a copy of the texts; return its error output."""
    script = folder / "scripts/translations"
    completed = subprocess.run(  # noqa: S603
        [sys.executable, script, *arguments], capture_output=True, text=True, check=False
    )
    assert bool(completed.returncode) == bool(completed.stderr)
    return completed.stderr


@pytest.fixture
def copy(tmp_path):
    """Return a folder with a copy of the generator and its files."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    texts = tmp_path / "custom_components/playai"
    shutil.copytree(FOLDER / "translations", texts / "translations")
    shutil.copy(FOLDER / "strings.json", texts)
    return tmp_path


def change(folder, file, old, new):
    path = folder / "custom_components/playai" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_translations_are_generated_from_strings(copy):
    assert generate(copy, "--check") == ""


def test_changed_text_reaches_all_that_refer_to_it(copy):
    old, new = STRINGS["config"]["error"]["invalid_key"], "Wrong key."
    change(copy, "strings.json", old, new)
    assert "en.json: is out of date" in generate(copy, "--check")
    assert generate(copy) == ""
    english = leaves(
        json.loads((copy / "custom_components/playai/translations/en.json").read_text())
    )
    for path, text in leaves(TEXTS).items():
        assert english[path] == (new if text == old else text)
    assert list(english.values()).count(new) == 4


def test_translation_of_a_repeated_text_is_copied(copy):
    old, new = TRANSLATIONS["de"]["config"]["error"]["invalid_key"], "Falscher Schlüssel."
    change(copy, "translations/de.json", old, new)
    assert "de.json: is out of date" in generate(copy, "--check")
    assert generate(copy) == ""
    german = (copy / "custom_components/playai/translations/de.json").read_text()
    assert german.count(new) == 4
    assert old not in german


def test_states_are_in_lower_case_in_polish(copy):
    change(copy, "translations/pl.json", '"Pusta odpowiedź"', '"Brak słów"')
    assert generate(copy) == ""
    polish = json.loads((copy / "custom_components/playai/translations/pl.json").read_text())
    assert polish["selector"]["error_kind"]["options"]["empty_reply"] == "Brak słów"
    assert polish["entity"]["sensor"]["last_error"]["state"]["empty_reply"] == "brak słów"


def test_missing_translation(copy):
    change(copy, "strings.json", '"flow_title"', '"new_title"')
    expected = "de.json: config.new_title is missing"
    assert expected in generate(copy, "--check")
    assert expected in generate(copy)


def test_placeholder_lost_in_translation(copy):
    change(copy, "translations/de.json", "{agent_id}", "")
    expected = "de.json: config.step.found.description has other placeholders"
    assert expected in generate(copy, "--check")


def test_reference_to_nothing(copy):
    change(copy, "strings.json", "config::error::invalid_key%", "config::error::other%")
    assert "does not refer to a text" in generate(copy, "--check")


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_home_assistant_knows_the_language(language):
    assert language in LANGUAGES


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_form(language):
    for path, text in leaves(TRANSLATIONS[language]).items():
        assert text, path
        assert cv.string_with_no_html(text) == text == text.strip(), path
        assert not re.search(r"\w+://\w|www\.", text), path
        # An apostrophe before a brace would show the placeholder's name.
        assert not re.search(r"'[{}]", text), path
        assert "[%" not in text, path
        assert "\\" not in text, path
        assert all(re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)*", key) for key in path.split("."))


def test_order_of_keys():
    for section in ("config.error", "config.abort", "exceptions", "issues", "entity"):
        texts = TEXTS
        for key in section.split("."):
            texts = texts[key]
        assert list(texts) == sorted(texts), section


@pytest.mark.parametrize(
    ("language", "expected_language"),
    [("de", "de"), ("de-CH", "de"), ("pt-BR", "pt-BR"), ("es-419", "es"), ("tlh", "en")],
)
async def test_language_of_a_region(hass, enable_custom_integrations, language, expected_language):
    assert await async_setup_component(hass, "homeassistant", {})
    expected = TRANSLATIONS[expected_language]["exceptions"]["no_reply"]["message"]
    assert await async_text(hass, language, "no_reply") == expected
