"""The agent's own sentences."""

import pytest

from agent_server.brain import Turn
from agent_server.brain.home import HomeBrain
from agent_server.brain.sentences import ENGLISH, sentences
from tests.harness import ROOT

LANGUAGES = [path.stem for path in (ROOT / "custom_components/playai/translations").glob("*.json")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_integration_is_complete(language):
    known = sentences(language)
    assert known is not None
    texts = [known.moment, known.moment_for, known.search, known.no_home, known.no_own_answer]
    assert all([*texts, known.not_understood])
    assert known.moment_for.count("{}") == 1
    if language != "en":
        assert known.no_home != ENGLISH.no_home
        assert known.no_own_answer != ENGLISH.no_own_answer
        assert known.not_understood != ENGLISH.not_understood


async def said(turn):
    return "".join([piece async for piece in HomeBrain().answer(turn)])


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        ("de-AT", "Um zu antworten"),
        ("pt-BR", "Para responder, preciso"),
        ("xx", "I cannot answer without a home"),
    ],
)
async def test_agent_without_a_home_says_so_in_its_language(language, begins):
    assert (await said(Turn("Licht an", language))).startswith(begins)


async def test_text_that_the_home_has_passed_on():
    own = await said(Turn("Licht an", "de", is_typed=True))
    assert own == "Das kann ich nicht selbst beantworten. Das kann nur dein Zuhause."
