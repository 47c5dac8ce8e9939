"""The rules of turn-taking under any order of messages, losses and time."""

import logging
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from custom_components.playai.agent.messages import ErrorMessage, Hangup, ToolCall
from custom_components.playai.agent.settings import EndOfTurn
from custom_components.playai.agent.turn_taking import Limit, Phase

from .simulation import HOME_MESSAGES, LOSSES, MESSAGES, OFFERS, Simulation, Transition

DOCUMENT = Path(__file__).parents[2] / "docs" / "turn-taking.md"


HARMLESS = [
    message
    for message in MESSAGES
    if not isinstance(message, ErrorMessage | Hangup) and message not in HOME_MESSAGES
]
TEXTS: list[Callable[[Simulation], None]] = [
    Simulation.say,
    Simulation.type_text,
    Simulation.answer_locally,
    Simulation.push_text,
    Simulation.end_text,
]
"""Steps with a text that the agent is to speak or answer."""

ANSWERS: list[Callable[[Simulation], None]] = [
    partial(Simulation.answer, words="It is "),
    partial(Simulation.end_call, error=None),
]
"""Steps in which the home answers."""

ENDINGS: list[Callable[[Simulation], None]] = [
    Simulation.end,
    *(partial(Simulation.lose_connection, kind=kind) for kind in LOSSES),
    *(
        partial(Simulation.receive, message=message)
        for message in MESSAGES
        if isinstance(message, ErrorMessage | Hangup)
    ),
]
"""Steps that end a conversation."""


@pytest.fixture(autouse=True)
def no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Disable the log: thousands of conversations run."""
    caplog.set_level(logging.CRITICAL)


class AnyOrder(RuleBasedStateMachine):
    """Gives every possible input to the rules, in any order."""

    simulation: Simulation

    @initialize(
        end_of_turn=st.sampled_from(EndOfTurn),
        wait_for_words=st.booleans(),
        room=st.booleans(),
        has_home=st.booleans(),
    )
    def meet(self, end_of_turn, wait_for_words, room, has_home):
        self.simulation = Simulation(
            end_of_turn, wait_for_words=wait_for_words, can_make_room=room, has_home=has_home
        )

    @rule()
    def start_turn(self):
        self.simulation.start_turn()

    @rule()
    def speak(self):
        self.simulation.speak()
        self.simulation.send_frame()

    @rule()
    def end_input(self):
        self.simulation.end_input()

    @rule()
    def cancel(self):
        self.simulation.cancel()

    @rule()
    def fail(self):
        self.simulation.fail()

    @rule()
    def say(self):
        self.simulation.say()

    @rule()
    def type_text(self):
        self.simulation.type_text()

    @rule()
    def answer_locally(self):
        self.simulation.answer_locally()

    @rule()
    def push_text(self):
        self.simulation.push_text()

    @rule()
    def end_text(self):
        self.simulation.end_text()

    @rule(offer=st.sampled_from(OFFERS))
    def update_home(self, offer):
        self.simulation.update_home(offer)

    @rule(words=st.sampled_from(["", "It is ", "late. " * 20_000, "\ud800" * 9_000]))
    def answer(self, words):
        self.simulation.answer(words)

    @rule(error=st.sampled_from([None, "not_understood"]))
    def end_call(self, error):
        self.simulation.end_call(error)

    @rule(has_handler=st.booleans())
    def claim(self, has_handler):
        self.simulation.expect_claim()
        self.simulation.claim(has_handler=has_handler)

    @rule(number=st.integers(0, 50))
    def call_tool(self, number):
        self.simulation.receive(ToolCall(f"tool {number}", "turn_on", {}))

    @rule()
    def expect_claim(self):
        self.simulation.expect_claim()

    @rule()
    def open_connection(self):
        self.simulation.open_connection()

    @rule(kind=st.sampled_from(LOSSES))
    def lose_connection(self, kind):
        self.simulation.lose_connection(kind)

    @rule(has_room=st.booleans())
    def make_room(self, has_room):
        self.simulation.make_room(has_room=has_room)

    @rule(message=st.sampled_from(MESSAGES))
    def receive(self, message):
        self.simulation.receive(message)

    @rule(size=st.sampled_from([2, 3200, 320_000, 16_000_000]))
    def receive_audio(self, size):
        self.simulation.receive_audio(size)

    @rule()
    def receive_undecodable_audio(self):
        self.simulation.receive_undecodable_audio()

    @rule()
    def expect_listener(self):
        self.simulation.expect_listener()

    @rule()
    def come_to_listen(self):
        self.simulation.come_to_listen()

    @rule()
    def listen(self):
        self.simulation.listen()

    @rule()
    def stop_listening(self):
        self.simulation.stop_listening()

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 60.0]))
    def pass_time(self, seconds):
        self.simulation.pass_time(seconds)

    @rule()
    def end(self):
        self.simulation.end()

    @invariant()
    def consistent(self):
        if hasattr(self, "simulation"):
            self.simulation.check()

    def teardown(self):
        if hasattr(self, "simulation"):
            self.simulation.finish()


AnyOrder.TestCase.settings = settings(
    max_examples=200, stateful_step_count=60, deadline=None, derandomize=True
)
test_any_order = AnyOrder.TestCase


def random_steps(random: Random, simulation: Simulation) -> None:
    """Take a step that can happen now; most steps advance the conversation."""
    step = random.choice(
        [
            simulation.start_turn,
            simulation.open_connection,
            simulation.open_connection,
            simulation.open_connection,
            simulation.speak,
            simulation.send_frame,
            simulation.end_input,
            simulation.cancel,
            simulation.fail,
            simulation.expect_claim,
            *[lambda: simulation.claim(has_handler=random.random() < 0.8)] * 2,
            lambda: random.choice(TEXTS)(simulation),
            *[lambda: random.choice(ANSWERS)(simulation)] * 2,
            simulation.expect_listener,
            simulation.come_to_listen,
            simulation.listen,
            simulation.stop_listening,
            lambda: simulation.make_room(has_room=random.random() < 0.5),
            lambda: random.choice(ENDINGS)(simulation),
            *[lambda: simulation.receive(random.choice(HARMLESS))] * 6,
            *[lambda: simulation.receive(random.choice(HOME_MESSAGES))] * 2,
            *[lambda: simulation.receive_audio(random.choice([2, 3200, 320_000]))] * 3,
            simulation.receive_undecodable_audio,
            *[lambda: simulation.pass_time(random.choice([0.01, 0.5, 3.0, 20.0]))] * 3,
        ]
    )
    step()


def observed() -> set[Transition]:
    """All changes of phase in many random conversations, always the same ones."""
    transitions: set[Transition] = set()
    random = Random(20260)  # noqa: S311 (the same conversations in every run)
    for _ in range(12_000):
        simulation = Simulation(
            random.choice(list(EndOfTurn)),
            wait_for_words=random.random() < 0.3,
            can_make_room=random.random() < 0.5,
            has_home=random.random() < 0.5,
        )
        simulation.start_turn()
        for _ in range(60):
            random_steps(random, simulation)
        transitions |= simulation.transitions
    return transitions


def documented() -> set[Transition]:
    """The rows of the table of phases."""
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| `(\w+)` \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    return {
        (Phase(before), name.strip("` "), Phase(after))
        for before, names, after in rows
        for name in names.split(", ")
    }


def test_phases_are_as_documented():
    assert observed() == documented()


def test_every_limit_is_documented():
    text = DOCUMENT.read_text("utf-8")
    assert [limit for limit in Limit if f"`{limit.value}`" not in text] == []
