"""Rule 15: the heard part of a reply is reported to a server that uses it."""

from dataclasses import replace

import pytest

from custom_components.playai.agent.home import AgentFeatures, Feature, HomeOffer
from custom_components.playai.agent.messages import Handled, HomeMessage, Played
from custom_components.playai.agent.turn_taking.effects import Effect, Send

from .driver import AE, TIMINGS, Driver, N, S, replying
from .test_live import Call

OFFER = HomeOffer("en", answers=True)
AGENT = AgentFeatures("Agent", (), frozenset({Feature.PLAYED}))
OTHER = AgentFeatures("Agent", (), frozenset({Feature.SAY}))


@pytest.fixture
def call() -> Call:
    return Call(offer=OFFER, features=AGENT)


def sent(effects: list[Effect]) -> list[object]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def heard(driver: Driver, seconds: float) -> list[object]:
    return sent(driver.rules.audio_heard(driver.reply, seconds, driver.now))


def test_positions_of_a_call_are_sent_at_a_bounded_rate(call):
    call.reply_begins()
    reports = []
    for number in range(10):
        reports += heard(call, number / 10)
        call.wait(0.1)
    assert reports == [Played(1, ms) for ms in (0, 200, 400, 600, 800)]


def test_position_that_is_known_is_not_sent_again(call):
    call.reply_begins()
    assert heard(call, 0.5) == [Played(1, 500)]
    call.wait(1)
    assert heard(call, 0.5) == []


def test_interruption_reports_the_position_at_once(call):
    call.reply_begins()
    heard(call, 1.0)
    call.wait(0.125)
    reply = call.reply
    assert sent(call.receive(S)) == [Played(1, 1125, True)]
    # The page has stopped a little later.
    call.wait(0.0625)
    assert sent(call.rules.audio_heard(reply, 1.25, call.now)) == [Played(1, 1250, True)]
    assert sent(call.rules.audio_heard(reply, 1.25, call.now)) == []


def test_user_who_stops_the_agent(call):
    call.reply_begins()
    heard(call, 0.75)
    assert sent(call.rules.interrupt(call.now)) == [Played(1, 750, True), Handled()]


def test_reply_that_was_heard_to_its_end_is_not_stopped(call):
    call.reply_begins(2.0)
    call.receive(AE)
    call.wait(TIMINGS.stream_end_grace)
    assert heard_to_end(call) == [Played(1, 2000)]


def heard_to_end(call: Call) -> list[object]:
    return sent(call.rules.audio_heard(call.reply, 2.0, call.now))


def test_stream_that_continues_the_reply_has_its_own_position(call):
    call.reply_begins(2.0)  # All of it is handed to the listener.
    call.wait(0.5)
    call.receive(N)
    call.audio()
    assert heard(call, 1.5) == [Played(2, 0)]
    call.hand(1.0)
    call.wait(1)
    assert heard(call, 2.25) == [Played(2, 250)]


def test_streams_are_counted_in_each_connection(call):
    call.reply_begins()
    call.lose()
    reply = call.reply
    assert sent(call.rules.audio_heard(reply, 0.5, call.now)) == []
    call.receive()
    call.connect()
    assert sent(call.rules.audio_heard(reply, 1.0, call.now)) == []


@pytest.mark.parametrize("features", [None, OTHER], ids=["unknown", "others"])
def test_server_that_does_not_use_it_gets_nothing(features):
    call = Call(offer=OFFER, features=features)
    call.reply_begins()
    assert heard(call, 0.5) == []
    assert sent(call.receive(S)) == []


def test_new_turn_reports_how_far_the_reply_has_played():
    driver = replying(offer=OFFER, features=AGENT)
    driver.hand(0.5)
    driver.wait(0.5)
    driver.hand(0.25, is_silence=True)
    driver.wait(0.25)
    assert sent(driver.hand(0.5)) == []
    driver.wait(0.125)
    assert sent(driver.start()) == [Played(1, 625, True)]


def test_reply_that_nobody_hears():
    driver = replying(offer=OFFER, features=AGENT)
    assert Played(1, 0, True) in sent(driver.rules.drop(driver.reply, driver.now))


def test_server_that_does_not_announce_its_streams():
    driver = replying(offer=OFFER, features=AGENT)
    driver.reply.stream = 0
    driver.hand(0.5)
    assert sent(driver.start()) == []


def test_microphone_that_hears_the_agent(call):
    heard_offer = replace(OFFER, hears_agent=True)
    assert sent(call.rules.hear_agent(hears_agent=False)) == []
    assert sent(call.rules.hear_agent(hears_agent=True)) == [HomeMessage(heard_offer)]
    assert sent(call.rules.hear_agent(hears_agent=True)) == []
    other = HomeOffer("de", answers=True)
    assert sent(call.rules.update_home(other)) == [HomeMessage(replace(other, hears_agent=True))]
    assert sent(call.rules.hear_agent(hears_agent=False)) == [HomeMessage(other)]


def test_microphone_that_hears_the_agent_without_a_home():
    call = Call()
    assert sent(call.rules.hear_agent(hears_agent=True)) == []
