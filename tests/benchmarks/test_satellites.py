"""Which words and changes belong to a question."""

import pytest

from benchmarks.satellites import questions_in
from tests.harness.models.scripted import ModelRequest

LATE = "(spoken to the agent)"
QUESTION = "Tell me about whales."


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([QUESTION], [[QUESTION]]),
        ([LATE, QUESTION], [[QUESTION]]),
        ([QUESTION, "Turn on the lamp."], []),
        ([LATE], []),
        (["..."], []),
        ([], []),
    ],
)
def test_requests_about_questions(said, found):
    messages = [{"role": "user", "content": text} for text in said]
    request = ModelRequest({"messages": [{"role": "system", "content": "x"}, *messages]})
    assert questions_in([request]) == found
