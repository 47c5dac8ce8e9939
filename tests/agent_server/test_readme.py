"""The examples of configuration in the README of the agent are valid."""

import re

import pytest

from agent_server.config import load
from tests.harness import ROOT

README = (ROOT / "agent_server" / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHA256 = "0" * 64


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example_is_valid(tmp_path, number):
    text = EXAMPLES[number].replace('"…"', f'"{SHA256}"')
    if "[[agents]]" not in text:  # It shows a part of an agent.
        text = f'[[agents]]\nid = "example"\n{text}'
    (tmp_path / "openai.key").write_text("sk-0123456789abcdef")
    file = tmp_path / "agents.toml"
    file.write_text(text)
    settings = load(["--config", str(file)])
    assert len(settings.agents) == text.count("[[agents]]")
