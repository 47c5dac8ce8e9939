"""Settings from the command line and the file, and generated ids and keys."""

import json
from pathlib import Path

import pytest

from agent_server.config import AgentSettings, ConfigError, EndOfTurn, Settings, load
from agent_server.identity import FILE_NAME, Identity
from agent_server.registry.brains import import_brains

KEY = "ak-0123456789abcdef"


def write(folder: Path, text: str) -> str:
    path = folder / "agents.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_nothing_to_configure():
    assert load([]) == Settings()
    assert load([]).host == "127.0.0.1"


def test_every_option():
    line = (
        "--host 192.0.2.1 --port 0 --agent-id kitchen --api-key ak-1 --brain echo --greeting Hi "
        "--max-connections 3 --document-only --pause 0.8 --end-of-turn patient --state-dir state"
    )
    settings = load(line.split())
    assert settings == Settings(
        host="192.0.2.1",
        port=0,
        max_connections=3,
        document_only=True,
        pause=0.8,
        end_of_turn=EndOfTurn.PATIENT,
        state_dir=Path("state"),
        agents=(AgentSettings("kitchen", "ak-1", "Hi", "echo"),),
    )


def test_several_agents_from_a_file(tmp_path: Path):
    path = write(
        tmp_path,
        """
        port = 9000
        max_connections = 5
        [[agents]]
        id = "kitchen"
        key = "ak-1"
        greeting = "Hello."
        [[agents]]
        id = "office"
        brain = "echo"
        """,
    )
    settings = load(["--config", path, "--port", "9001"])
    assert settings.port == 9001
    assert settings.max_connections == 5
    assert settings.agents == (
        AgentSettings("kitchen", "ak-1", "Hello."),
        AgentSettings("office", brain="echo"),
    )


def test_the_home_answers_unless_something_else_is_configured(tmp_path: Path):
    assert load([]).agents[0].brain == "auto"
    path = write(tmp_path, "[[agents]]\nid = 'kitchen'")
    (agent,) = Identity(tmp_path).complete(load(["--config", path]).agents)
    assert (agent.brain, agent.language) == ("auto", "en")


@pytest.mark.parametrize("brain", ["auto", "home", "builtin", "echo"])
def test_brains_and_languages(tmp_path: Path, brain: str):
    path = write(tmp_path, f"[[agents]]\nid = 'a'\nbrain = '{brain}'\nlanguage = 'en-GB'")
    (agent,) = Identity(tmp_path).complete(load(["--config", path]).agents)
    assert (agent.brain, agent.language) == (brain, "en-GB")
    settings = load(["--brain", brain, "--language", "en-GB"])
    assert settings.agents == (AgentSettings(brain=brain, language="en-GB"),)
    assert list(import_brains([brain])) == [brain]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_file_with_a_byte_order_mark(tmp_path: Path, line_end: str):
    path = tmp_path / "agents.toml"
    path.write_bytes(f"\ufeffport = 9000{line_end}pause = 1{line_end}".encode())
    assert (load(["--config", str(path)]).port, load(["--config", str(path)]).pause) == (9000, 1)


def test_identity_with_a_byte_order_mark(tmp_path: Path):
    agents = Identity(tmp_path).complete([AgentSettings()])
    path = tmp_path / FILE_NAME
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert Identity(tmp_path).complete([AgentSettings()]) == agents


@pytest.mark.parametrize(("text", "port"), [("8765", 8765), ("0000008765", 8765), ("00000", 0)])
def test_number_with_leading_zeros(text: str, port: int):
    assert load(["--port", text]).port == port


def test_one_agent_beside_a_file_without_agents(tmp_path: Path):
    path = write(tmp_path, "pause = 1")
    settings = load(["--config", path, "--agent-id", "kitchen"])
    assert settings.pause == 1
    assert settings.agents == (AgentSettings("kitchen"),)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("port = 70000", "port"),
        ("port = true", "port"),
        ("prot = 1", "prot"),
        ('pause = "long"', "pause"),
        ("pause = nan", "pause"),
        ("pause = true", "pause"),
        (f"pause = {'9' * 400}", "pause"),
        ('end_of_turn = "never"', "end_of_turn"),
        ("end_of_turn = 1", "end_of_turn"),
        ("document_only = 1", "document_only"),
        ("max_connections = 0", "max_connections"),
        ("host = 5", "host"),
        ("state_dir = 5", "state_dir"),
        ('state_dir = "a\\u0000b"', "state_dir"),
        ("agents = 5", "agents"),
        ("agents = []", "agents"),
        ("agents = [5]", "agents"),
        ("[[agents]]\nkey = 'ak-1'", "id"),
        ("[[agents]]\nid = ''", "id"),
        ("[[agents]]\nid = 'a'\n[[agents]]\nid = 'a'", "id"),
        ("[[agents]]\nid = 'a'\nkey = 'two words'", "key"),
        ("[[agents]]\nid = 'a'\nbrain = 'big'", "brain"),
        ("[[agents]]\nid = 'a'\nlanguage = 'de'", "language"),
        ("[[agents]]\nid = 'a'\nlanguage = 5", "language"),
        ("[[agents]]\nid = 'a'\ngreeting = 5", "greeting"),
        ("[[agents]]\nid = 'a'\nvoice = 'deep'", "voice"),
        ("port", "TOML"),
    ],
)
def test_a_bad_file_is_reported_in_one_sentence(tmp_path: Path, text: str, field: str):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(["--config", path])
    assert str(caught.value).startswith(f"{path}: ")
    assert field in str(caught.value)
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--port", "x"], "--port"),
        (["--port", "-1"], "--port"),
        (["--port", "65536000000"], "--port"),
        (["--port", "1" * 5000], "--port"),
        (["--max-connections", "00000100000"], "--max-connections"),
        (["--state-dir", "~no-such-user/x"], "--state-dir"),
        (["--pause", "9"], "--pause"),
        (["--end-of-turn", "x"], "--end-of-turn"),
        (["--agent-id", "a b"], "--agent-id"),
        (["--agent-id", "ä" * 101], "--agent-id"),
        (["--greeting", "\udcff"], "--greeting"),
        (["--api-key", ""], "--api-key"),
        (["--brain", "x"], "--brain"),
        (["--bogus"], "--bogus"),
        (["--config", "/nonexistent.toml"], "/nonexistent.toml"),
    ],
)
def test_a_bad_option_is_reported_in_one_sentence(arguments: list[str], field: str):
    with pytest.raises(ConfigError) as caught:
        load(arguments)
    assert field in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options_of_one_agent_exclude_agents_of_a_file(tmp_path: Path):
    path = write(tmp_path, "[[agents]]\nid = 'a'")
    with pytest.raises(ConfigError, match="agents"):
        load(["--config", path, "--greeting", "Hi"])


def test_the_first_start_creates_a_permanent_identity(tmp_path: Path):
    first = Identity(tmp_path / "state")
    (agent,) = first.complete([AgentSettings()])
    assert first.new_keys == {agent.id: agent.key}
    path = tmp_path / "state" / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(agent.key) > 40

    second = Identity(tmp_path / "state")
    assert second.complete([AgentSettings()]) == [agent]
    assert second.new_keys == {}
    assert [entry.name for entry in path.parent.iterdir()] == [FILE_NAME]


def test_every_agent_has_a_key_of_its_own(tmp_path: Path):
    agents = Identity(tmp_path).complete([AgentSettings("a"), AgentSettings("b"), AgentSettings()])
    assert len({agent.key for agent in agents}) == 3
    again = Identity(tmp_path).complete([AgentSettings("b"), AgentSettings("c", "ak-c")])
    assert again[0] == agents[1]
    assert again[1].key == "ak-c"


def test_no_file_where_everything_is_given(tmp_path: Path):
    Identity(tmp_path).complete([AgentSettings("a", KEY)])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_can_read_becomes_private(tmp_path: Path):
    Identity(tmp_path).complete([AgentSettings()])
    path = tmp_path / FILE_NAME
    path.chmod(0o644)
    Identity(tmp_path).complete([AgentSettings()])
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"agent_id": 5, "keys": {}}', '{"agent_id": null, "keys": {"a": 5}}']
)
def test_a_broken_file_is_named(tmp_path: Path, text: str):
    path = tmp_path / FILE_NAME
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE_NAME):
        Identity(tmp_path).complete([AgentSettings()])


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Identity(None).path == tmp_path / "playai-agent" / FILE_NAME
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Identity(None).path == tmp_path / ".local/state/playai-agent" / FILE_NAME


def test_a_missing_home_folder_is_reported(monkeypatch: pytest.MonkeyPatch):
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ConfigError, match="--state-dir"):
        Identity(None).complete([AgentSettings()])


def test_a_folder_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE_NAME):
        Identity(tmp_path / "file").complete([AgentSettings()])


def test_keys_are_not_shown(tmp_path: Path):
    agents = Identity(tmp_path).complete([AgentSettings("a", KEY)])
    assert KEY not in repr(agents)
    assert KEY not in repr(AgentSettings("a", KEY))
    assert json.dumps(KEY) not in repr(load(["--api-key", KEY]))
