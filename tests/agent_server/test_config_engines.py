"""The engines of an agent, as the file configures them."""

import os
from pathlib import Path

import pytest

from agent_server.config import (
    Agent,
    AgentSettings,
    BuiltIn,
    ConfigError,
    LanguageModel,
    OpenAI,
    Piper,
    Settings,
    Whisper,
    Wyoming,
    load,
    models_folder,
    models_of,
)
from agent_server.identity import Identity
from agent_server.models import Model, ModelFile
from agent_server.models.catalogue import find

A_SERVER = "{ wyoming = 'tcp://a:1' }"
SECRET = "sk-very-secret-1"
DIGEST = "0123456789abcdefABCDEF" * 2 + "0" * 20


def read(folder: Path, *lines: str) -> AgentSettings:
    path = folder / "agents.toml"
    path.write_text("\n".join(["[[agents]]", "id = 'a'", *lines]), encoding="utf-8")
    return load(["--config", str(path)]).agents[0]


def test_built_in_engines_are_the_default(tmp_path: Path):
    agent = read(tmp_path)
    assert (agent.stt, agent.tts, agent.brain) == ((BuiltIn(),), (BuiltIn(),), "auto")
    assert agent == read(tmp_path, "stt = 'builtin'", "tts = ['builtin']")


def test_wyoming(tmp_path: Path):
    agent = read(
        tmp_path,
        "language = 'de'",
        "stt = { wyoming = 'tcp://core-whisper:10300', model = 'small' }",
        "tts = { wyoming = 'tcp://[::1]:10200', voice = 'de_DE-thorsten-high' }",
    )
    assert agent.stt == (Wyoming("core-whisper", 10300, model="small"),)
    assert agent.tts == (Wyoming("::1", 10200, voice="de_DE-thorsten-high"),)
    assert agent.language == "de"
    (complete,) = Identity(tmp_path).complete([agent])
    assert (complete.stt, complete.tts) == (agent.stt, agent.tts)


def test_fallbacks(tmp_path: Path):
    agent = read(
        tmp_path, "stt = [{ wyoming = 'tcp://a:1' }, { wyoming = 'tcp://b:1' }, 'builtin']"
    )
    assert agent.stt == (Wyoming("a", 1), Wyoming("b", 1), BuiltIn())


def test_openai(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "key").write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("TEST_SPEECH_KEY", SECRET)
    agent = read(
        tmp_path,
        "stt = { openai = 'https://a.test/v1/', model = 'whisper-1', key_file = 'key' }",
        "tts = { openai = 'https://a.test/v1', voice = 'alloy', key_env = 'TEST_SPEECH_KEY' }",
        f"brain = {{ openai = 'http://b.test:11434/v1', model = 'qwen3:8b', key = '{SECRET}', "
        "tools = true, filler_after = 2, prompt = 'Be brief.' }",
    )
    assert agent.stt == (OpenAI("https://a.test/v1", "whisper-1", SECRET),)
    assert agent.tts == (OpenAI("https://a.test/v1", key=SECRET, voice="alloy"),)
    assert agent.brain == LanguageModel(
        "http://b.test:11434/v1", "qwen3:8b", SECRET, True, 2.0, "Be brief."
    )
    assert SECRET not in repr(agent)
    assert SECRET not in repr(Agent("a", "k", brain=agent.brain, stt=agent.stt, tts=agent.tts))


def test_models_by_name(tmp_path: Path):
    agent = read(
        tmp_path,
        "language = 'de'",
        "stt = { whisper = 'base' }",
        "tts = { piper = 'de_DE-thorsten-medium' }",
    )
    ears, voice = find("whisper", "base"), find("piper", "de_DE-thorsten-medium")
    assert ears is not None
    assert voice is not None
    assert (agent.stt, agent.tts) == ((Whisper(ears),), (Piper(voice),))
    assert models_of([agent]) == [ears, voice]
    settings = Settings(state_dir=tmp_path)
    assert models_folder(settings, [agent]) == tmp_path / "models"


def test_paths_of_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/test")
    agent = read(
        tmp_path,
        "stt = [{ whisper = './small' }, { whisper = '/models/small' }]",
        "tts = { piper = '~/joe.onnx' }",
    )
    assert agent.stt == (Whisper(tmp_path / "small"), Whisper(Path("/models/small")))
    assert agent.tts == (Piper(Path("/home/test/joe.onnx")),)
    assert models_of([agent]) == []


def test_model_with_an_address(tmp_path: Path):
    agent = read(
        tmp_path,
        "[agents.stt]",
        "whisper = 'turbo'",
        "url = 'https://example.org/turbo'",
        f"sha256 = {{ 'model.bin' = '{DIGEST}' }}",
    )
    file = ModelFile("model.bin", "https://example.org/turbo/model.bin", f"sha256:{DIGEST.lower()}")
    assert agent.stt == (Whisper(Model("whisper", "turbo", (file,))),)


def test_no_folder_for_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def no_home() -> Path:
        raise RuntimeError

    agent = read(tmp_path, "stt = { whisper = 'base' }")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    models_folder(Settings(), [])
    with pytest.raises(ConfigError, match="--state-dir"):
        models_folder(Settings(), [agent])


def test_a_file_with_secrets_that_everybody_can_read(tmp_path: Path, caplog):
    line = f"stt = {{ openai = 'http://a.test/v1', key = '{SECRET}' }}"
    before = os.umask(0o022)
    try:
        read(tmp_path, line)
    finally:
        os.umask(before)
    assert "can read the keys" in caplog.text
    assert SECRET not in caplog.text


def test_key_in_another_file_gives_no_warning(tmp_path, caplog):
    (tmp_path / "key").write_text("secret")
    (tmp_path / "key").chmod(0o600)
    path = tmp_path / "agents.toml"
    path.write_text(
        '[[agents]]\nid = "a"\nbrain = { openai = "http://h/v1", model = "m", key_file = "key" }\n'
    )
    path.chmod(0o644)
    load(["--config", str(path)])
    assert not caplog.text


def test_only_one_file_is_checked(tmp_path):
    with pytest.raises(ConfigError, match="--check: cannot be combined with --config"):
        load(["--config", str(tmp_path / "a.toml"), "--check", str(tmp_path / "b.toml")])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("stt = 'moonshine'", "stt: must be"),
        ("stt = {}", "stt: must be"),
        ("stt = 5", "stt: must be"),
        ("stt = []", "stt: must be"),
        ("stt = [{ wyoming = 'tcp://a:1' }, 5]", "stt: number 2: must be"),
        ("stt = [{ wyoming = 'tcp://a:1' }, { wyoming = 'tcp://a:1' }]", "stt: number 2: is the"),
        ("stt = { wyoming = 'tcp://a:1', openai = 'http://a/v1' }", "stt: must be"),
        ("stt = { wyoming = 'core-whisper:10300' }", "stt: wyoming: must be an address"),
        ("stt = { wyoming = 'tcp://core-whisper' }", "stt: wyoming: must be an address"),
        ("stt = { wyoming = 'tcp://a:99999' }", "stt: wyoming: must be an address"),
        ("stt = { wyoming = 'tcp://a:1/x' }", "stt: wyoming: must be an address"),
        ("stt = { wyoming = 5 }", "stt: wyoming: must be an address"),
        ("stt = { wyoming = 'tcp://a..b:1' }", "stt: wyoming: must be a valid host name"),
        ("stt = { wyoming = 'tcp://a:1', voice = 'x' }", "stt: voice: is not one of"),
        ("tts = { wyoming = 'tcp://a:1', model = 'x' }", "tts: model: is not one of"),
        ("tts = { wyoming = 'tcp://a:1', voice = 5 }", "tts: voice: must be a text"),
        ("tts = { openai = 'ftp://a' }", "tts: openai: must be an address"),
        ("tts = { openai = 'http://' }", "tts: openai: must be an address"),
        ("tts = { openai = 'http://[' }", "tts: openai: must be an address"),
        ("tts = { openai = 'http://a..b/v1' }", "tts: openai: must be an address"),
        (f"tts = {{ openai = 'http://u:{SECRET}@a/v1' }}", "tts: openai: must not contain a key"),
        ("brain = {}", "brain: must be one of"),
        ("brain = { openai = 'http://a/v1', tools = 1 }", "brain: tools: must be true or false"),
        ("brain = { openai = 'http://a/v1', filler_after = -1 }", "brain: filler_after: must be"),
        ("brain = { openai = 'http://a/v1', voice = 'x' }", "brain: voice: is not one of"),
        (f"brain = {{ openai = 'http://a', key = 'a {SECRET}' }}", "brain: key: must be"),
        (
            f"brain = {{ openai = 'http://a', key = '{SECRET}', key_file = 'x' }}",
            "brain: key_file: cannot be combined with key",
        ),
        ("brain = { openai = 'http://a', key_file = 'missing' }", "brain: key_file: "),
        ("brain = { openai = 'http://a', key_file = 'two-lines' }", "brain: key_file: "),
        ("brain = { openai = 'http://a', key_file = '.' }", "brain: key_file: "),
        ("brain = { openai = 'http://a', key_file = 5 }", "brain: key_file: must be"),
        ("brain = { openai = 'http://a', key_env = 'NO_SUCH_KEY' }", "brain: key_env: the env"),
        ("brain = { openai = 'http://a', key_env = 'BAD_KEY' }", "brain: key_env: the env"),
        ("brain = { openai = 'http://a', key_env = 'A=B' }", "brain: key_env: must be"),
        ("stt = { piper = 'en_US-joe-medium' }", "stt: must be"),
        ("tts = { whisper = 'base' }", "tts: must be"),
        ("stt = { whisper = 'enormous' }", "stt: whisper: must be a path with a slash, or one of"),
        ("stt = { whisper = '..' }", "stt: whisper: must be a name that does not begin with"),
        ("stt = { whisper = '' }", "stt: whisper: must be a text of 1 to"),
        ("stt = { whisper = 5 }", "stt: whisper: must be a text"),
        ("stt = { whisper = '~no-such-user/x' }", "stt: whisper: is in the home folder"),
        ("stt = { whisper = 'a', url = 'https://a/' }", "stt: whisper: url and sha256 belong"),
        ("stt = { whisper = './a', url = 'https://a/' }", "stt: whisper: a path cannot be"),
        ("stt = { whisper = 'a', url = 'http://a/' }", "stt: url: must be an address like https"),
        ("stt = { whisper = 'a', url = 'https://[' }", "stt: url: must be an address like https"),
        ("stt = { whisper = 'a', url = 'https://a..b' }", "stt: url: must be an address"),
        (f"stt = {{ whisper = 'a', url = 'https://u:{SECRET}@a' }}", "stt: url: must not contain"),
        ("stt = { whisper = 'a', sha256 = {} }", "stt: sha256: must be a table"),
        ("stt = { whisper = 'a', sha256 = { a = 'b' } }", "stt: sha256: must be a table"),
        (f"stt = {{ whisper = 'a', sha256 = {{ '../a' = '{DIGEST}' }} }}", "stt: sha256: must"),
        ("stt = { whisper = 'a', model = 'b' }", "stt: model: is not one of whisper, url"),
        ("language = 'German'", "language: must be a language"),
        ("language = 'de'", "language: stt is built in"),
        ("language = 'de'\nstt = { wyoming = 'tcp://a:1' }", "language: tts is built in"),
        (
            f"language = 'de'\nbrain = 'builtin'\nstt = {A_SERVER}\ntts = {A_SERVER}",
            "language: brain is built in",
        ),
    ],
)
def test_a_bad_engine_is_reported_in_one_sentence(
    tmp_path: Path, monkeypatch, line: str, error: str
):
    monkeypatch.setenv("BAD_KEY", f"{SECRET} {SECRET}")
    (tmp_path / "two-lines").write_text(f"{SECRET}\n{SECRET}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, line)
    assert str(caught.value).startswith(f"{tmp_path}/agents.toml: agents, number 1: {error}")
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_option_for_a_language_without_engines():
    with pytest.raises(ConfigError, match="--language: stt is built in"):
        load(["--language", "de"])
