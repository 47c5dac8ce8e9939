"""The rules of a live call under any order of messages, losses and time."""

import logging
from collections.abc import Callable
from functools import partial
from random import Random

import pytest

from custom_components.playai.agent.settings import EndOfTurn
from custom_components.playai.agent.turn_taking import Phase

from .simulation import HOME_MESSAGES, LOSSES, Simulation
from .test_turn_taking import ANSWERS, ENDINGS, HARMLESS, TEXTS

CALLS = 3_000


@pytest.fixture(autouse=True)
def no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Disable the log: thousands of calls run."""
    caplog.set_level(logging.CRITICAL)


def step(random: Random, call: Simulation) -> None:
    """Take a step that can happen in a call; most steps advance the call."""
    steps: list[Callable[[], object]] = [
        *[call.open_connection] * 3,
        *[call.hear] * 3,
        *[partial(call.claim, has_handler=True)] * 3,
        partial(call.claim, has_handler=False),
        *[call.come_to_listen, call.listen] * 2,
        *[lambda: call.receive(random.choice(HARMLESS))] * 6,
        *[lambda: call.receive(random.choice(HOME_MESSAGES))] * 2,
        *[lambda: call.receive_audio(random.choice([2, 3200, 320_000]))] * 3,
        *[lambda: call.pass_time(random.choice([0.01, 0.5, 3.0, 20.0]))] * 3,
        *[lambda: random.choice(ANSWERS)(call)] * 2,
        call.interrupt,
        lambda: call.hold(is_held=random.random() < 0.5),
        call.keep_awake,
        call.cancel,
        call.fail,
        call.expect_claim,
        call.expect_listener,
        call.stop_listening,
        call.receive_undecodable_audio,
        lambda: call.hear_reply(random.choice([0.0, 0.5, 60.0])),
        lambda: random.choice(TEXTS)(call),
        lambda: call.make_room(has_room=random.random() < 0.5),
        lambda: call.lose_connection(random.choice(LOSSES)),
        lambda: random.random() < 0.2 and random.choice(ENDINGS)(call),
    ]
    random.choice(steps)()


def test_calls_end_and_lose_no_turn() -> None:
    random = Random(20261)  # noqa: S311 (the same calls in every run)
    phases: set[Phase] = set()
    for _ in range(CALLS):
        call = Simulation(
            random.choice(list(EndOfTurn)),
            wait_for_words=True,
            can_make_room=random.random() < 0.5,
            has_home=random.random() < 0.5,
        )
        call.begin_call()
        call.check()
        for _ in range(60):
            step(random, call)
            call.check()
            phases.add(call.rules.phase)
        call.finish()
        assert call.rules.is_closed
    assert phases == set(Phase)
