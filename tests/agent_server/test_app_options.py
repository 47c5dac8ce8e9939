"""The options of the Home Assistant app become settings; wrong ones are one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_server.config import (
    AgentSettings,
    ConfigError,
    EndOfTurn,
    LanguageModel,
    OpenAI,
    Wyoming,
    load,
)
from agent_server.identity import FILE_NAME

from .programs import ended, line, started


@pytest.fixture
def options(tmp_path: Path) -> Any:
    """Write options; returns the arguments that read them."""
    path = tmp_path / "options.json"

    def write(content: Any) -> list[str]:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return ["--app-options", str(path)]

    return write


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"stt": {}, "tts": {}, "brain": {}},
        {"api_key": "", "language": None, "stt": {"key": ""}},
    ],
)
def test_nothing_has_to_be_chosen(options, empty):
    settings = load(options(empty))
    assert settings.is_app
    assert settings.agents == (AgentSettings(),)
    assert settings.end_of_turn is EndOfTurn.NORMAL


def test_everything_that_can_be_chosen(options):
    settings = load(
        options(
            {
                "language": "de",
                "greeting": "Hallo!",
                "api_key": "ak-0123456789abcdef",
                "end_of_turn": "patient",
                "max_connections": 5,
                "stt": {"wyoming": "tcp://core-whisper:10300", "model": "", "openai": ""},
                "tts": {"openai": "https://example.org/v1", "voice": "nova", "key": "sk-1"},
                "brain": {
                    "openai": "http://192.168.1.9:11434/v1",
                    "model": "qwen3:8b",
                    "tools": True,
                    "filler_after": 2,
                    "prompt": "Your name is Jarvis.",
                },
            }
        )
    )
    assert settings.max_connections == 5
    assert settings.end_of_turn is EndOfTurn.PATIENT
    [agent] = settings.agents
    assert agent == AgentSettings(
        key="ak-0123456789abcdef",
        greeting="Hallo!",
        brain=LanguageModel(
            "http://192.168.1.9:11434/v1",
            "qwen3:8b",
            tools=True,
            filler_after=2.0,
            prompt="Your name is Jarvis.",
        ),
        language="de",
        stt=(Wyoming("core-whisper", 10300),),
        tts=(OpenAI("https://example.org/v1", key="sk-1", voice="nova"),),
    )


def test_false_is_a_choice(options):
    brain = load(options({"brain": {"openai": "http://a/v1", "tools": False}})).agents[0].brain
    assert isinstance(brain, LanguageModel)
    assert not brain.tools


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        pytest.param("[" * 100_000, "is not JSON", id="deep"),
        ("\xff", "is not JSON"),
        ([], "must be an object"),
        ({"other": 1}, "other: is not one of end_of_turn, "),
        ({"language": "deutsch!"}, "language: must be a language"),
        ({"language": "de"}, "language: stt is built in and knows only English, not de"),
        ({"api_key": "two words"}, "api_key: must be a text"),
        ({"max_connections": 0}, "max_connections: must be a whole number"),
        ({"end_of_turn": "soon"}, "end_of_turn: must be one of quick, normal, patient"),
        ({"greeting": "a" * 1001}, "greeting: must be a text"),
        ({"stt": "whisper"}, "stt: must be"),
        ({"stt": {"model": "tiny"}}, "stt: must be"),
        ({"stt": {"wyoming": "core-whisper"}}, "stt: wyoming: must be an address"),
        ({"stt": {"wyoming": "tcp://a:1", "openai": "http://a"}}, "stt: must be"),
        ({"tts": {"openai": "core-piper"}}, "tts: openai: must be an address"),
        ({"brain": {"model": "qwen3"}}, "brain: must be"),
    ],
)
def test_wrong_options(options, content, says):
    arguments = options(content)
    with pytest.raises(ConfigError) as error:
        load(arguments)
    assert str(error.value).startswith(arguments[1])
    assert says in str(error.value)


def test_without_the_file_it_is_no_app(tmp_path):
    settings = load(["--app-options", str(tmp_path / "options.json")])
    assert not settings.is_app


def test_app_with_another_configuration(options, tmp_path):
    arguments = options({})
    with pytest.raises(ConfigError, match="--config: cannot be combined"):
        load([*arguments, "--config", str(tmp_path / "agents.toml")])
    with pytest.raises(ConfigError, match="cannot be combined with options of one agent"):
        load([*arguments, "--brain", "echo"])


async def test_app_starts_and_keeps_its_key_to_itself(options, tmp_path):
    arguments = options({"greeting": ""})
    state = tmp_path / "agent"
    async with started(
        *arguments, "--state-dir", str(state), "--port", "0", SUPERVISOR_TOKEN=""
    ) as process:
        assert (await line(process)).startswith("ws://127.0.0.1:")
        process.terminate()
        code, _, log = await ended(process)
    assert code == 0
    identity = json.loads((state / FILE_NAME).read_text())
    [key] = identity["keys"].values()
    assert identity["agent_id"] in log
    assert key not in log
    assert "SUPERVISOR_TOKEN is not set" in log


async def test_app_with_wrong_options_says_so(options):
    async with started(*options({"language": "de"})) as process:
        code, out, log = await ended(process)
    assert (code, out) == (2, "")
    assert log.count("\n") == 1
    assert "choose another stt" in log
