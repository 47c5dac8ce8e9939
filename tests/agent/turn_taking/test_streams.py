"""Which stream of audio is the reply to which turn (rule 5)."""

import pytest

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentInterrupted,
    AgentTranscript,
)
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.turn_taking import Limit, Phase
from custom_components.playai.agent.turn_taking.effects import (
    BeginStream,
    DropQueue,
    DropStream,
    ReplyBegan,
    ReplyChanged,
    TurnClosed,
)

from .driver import (
    AE,
    HOME_ASSISTANT,
    KNOWN,
    SECOND,
    SILENT,
    TIMINGS,
    WORDS,
    Driver,
    E,
    N,
    S,
    listening,
    replying,
    waiting,
)

GREETS = ServerTraits(greets=True, sends_voice_activity=True)


def began(driver: Driver, *messages) -> bool:
    """Whether messages begin the reply."""
    return any(isinstance(effect, BeginStream) for effect in driver.receive(*messages))


def opening(**options) -> Driver:
    """A turn whose connection has just been opened; the user speaks."""
    driver = Driver(**options)
    driver.start()
    driver.connect()
    driver.speak()
    return driver


# The reply begins.


def test_stream_after_the_turn_is_the_reply() -> None:
    driver = waiting()
    effects = driver.receive(N)
    assert driver.turn.stream is not None
    assert effects == [BeginStream(driver.turn.stream)]
    assert driver.turn.has_stream
    assert driver.turn.reply is None
    assert driver.phase() is Phase.WAITING
    effects = driver.audio()
    assert effects == [ReplyBegan(driver.turn, driver.reply), ReplyChanged(driver.reply)]
    assert driver.turn.stream_bytes == SECOND
    assert driver.phase() is Phase.REPLYING


def test_stream_after_the_end_of_speech_closes_the_turn() -> None:
    driver = listening()
    driver.speak()
    driver.receive(S, E)
    driver.wait(0.25)
    ended_at = driver.turn.ended_at
    effects = driver.receive(N)
    assert TurnClosed(driver.turn) in effects
    assert driver.turn.ended_at == ended_at
    assert driver.limits == {Limit.NO_REPLY: 29.75}


def test_stream_waits_for_the_words_that_are_wanted() -> None:
    driver = listening(wait_for_words=True)
    driver.speak()
    driver.receive(S, E, N)
    assert driver.turn.is_open
    assert driver.turn.has_stream
    driver.receive(WORDS)
    assert not driver.turn.is_open


@pytest.mark.parametrize(
    ("messages", "is_reply"),
    [((), False), ((S,), False), ((E,), True), ((WORDS,), True), ((S, E), True)],
)
def test_stream_before_any_end_is_not_a_reply(messages, is_reply) -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(*messages)
    assert began(driver, N) is is_reply
    assert driver.turn.has_stream is is_reply
    assert (driver.turn.ended_at == driver.now) is is_reply


def test_stream_of_an_unknown_server_needs_no_end() -> None:
    driver = listening()
    driver.speak()
    assert began(driver, N)
    assert driver.turn.ended_at == driver.now
    assert driver.traits.sends_voice_activity is None


def test_stream_after_the_last_frame_needs_no_end() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.end_input()
    assert began(driver, N)


def test_stream_before_the_end_of_input_answers_where_home_assistant_ends_the_turn() -> None:
    driver = listening(end_of_turn=HOME_ASSISTANT, traits=KNOWN)
    driver.speak()
    assert began(driver, N)


def test_stream_without_a_turn_is_ignored() -> None:
    driver = listening()
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.receive(N) == []
    assert driver.audio() == []


# Another stream.


def test_newer_stream_before_any_audio_replaces_the_older() -> None:
    driver = waiting()
    driver.receive(N)
    stream = driver.turn.stream
    assert stream is not None
    driver.rules.audio_arrived(100, driver.now)
    assert driver.receive(N) == [DropStream(), BeginStream(stream)]
    assert driver.turn.stream_bytes == 0


def test_newer_stream_continues_the_reply() -> None:
    driver = replying()
    reply = driver.reply
    driver.hand(0.25)
    effects = driver.receive(N)
    assert effects == [DropStream(), BeginStream(reply), DropQueue(reply)]
    assert reply.queued_bytes == 0
    assert reply.received_until == driver.now + 0.25
    assert not reply.is_complete
    assert driver.limits == {Limit.REPLY_COMPLETE: 2.75}
    driver.audio()
    assert driver.reply is reply


def test_newer_stream_withdraws_the_end() -> None:
    driver = replying(traits=KNOWN)
    driver.receive(AE)
    assert driver.limits[Limit.REPLY_COMPLETE] == 0.25
    driver.receive(N)
    assert not driver.reply.is_marked
    assert driver.limits[Limit.REPLY_COMPLETE] == 16


def test_stream_after_a_complete_reply_is_ignored() -> None:
    driver = replying(traits=KNOWN)
    driver.receive(AE)
    driver.wait(0.25)
    assert driver.receive(N) == []
    assert driver.reply.queued_bytes == SECOND


# Greetings.


def test_greeting_between_its_marks_is_ignored() -> None:
    driver = listening()
    driver.speak()
    driver.receive(AgentGreeting("Hello."))
    driver.receive(S, E, WORDS)
    assert not began(driver, N)
    driver.receive(AgentTranscript("Hello."))
    assert driver.turn.agent_words.text == ""
    driver.receive(AgentGreetingEnd())
    assert began(driver, N)


@pytest.mark.parametrize("end", [(), (AE,), (AgentInterrupted(None),)])
def test_greeting_without_a_mark_of_its_end_is_one_stream(end) -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    assert not began(driver, AgentGreeting("Hello."), N, *end)
    driver.receive(S, E, WORDS)
    assert began(driver, N)


def test_greeting_may_have_several_streams() -> None:
    driver = listening(traits=KNOWN, end_of_turn=HOME_ASSISTANT)
    driver.speak()
    driver.end_input()
    assert not began(driver, AgentGreeting("Hello. I am Max."), N, AE, N, AE)
    driver.receive(AgentGreetingEnd())
    assert began(driver, N)


def test_words_after_a_greeting_without_a_mark_of_its_end_belong_to_the_reply() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(AgentGreeting("Hello."), N, AE, S, E, WORDS, AgentTranscript("It is late."))
    assert driver.turn.agent_words.text == "It is late."


def test_second_greeting_is_ignored_as_well() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(AgentGreeting("Hello."), N, AgentGreetingEnd(), S, E, WORDS)
    assert not began(driver, AgentGreeting("Hello again."), N)


@pytest.mark.parametrize(
    ("traits", "messages", "seconds", "is_reply"),
    [
        # An unknown agent may greet until the turn has ended.
        (ServerTraits(), (), 0, False),
        (ServerTraits(), (), 1.5, False),
        (ServerTraits(), (), 1.75, True),
        (ServerTraits(), (S, E), 0, True),
        # An agent that greets speaks first, whatever the user does.
        (GREETS, (), 0, False),
        (GREETS, (S,), 0, False),
        (GREETS, (S, E), 0, True),
        (GREETS, (S, E, S), 0, False),
        # An agent that does not greet answers, once there is a question.
        (ServerTraits(greets=False), (), 0, False),
        (ServerTraits(greets=False), (S, E), 0, True),
        (SILENT, (), 0, True),
        (KNOWN, (E,), 0, True),
    ],
)
def test_first_stream_may_be_a_greeting(traits, messages, seconds, is_reply) -> None:
    driver = opening(traits=traits)
    driver.wait(seconds)
    driver.receive(*messages)
    assert began(driver, N) is is_reply


def test_only_the_first_stream_is_a_greeting() -> None:
    driver = opening(traits=GREETS)
    driver.speak()
    driver.receive(N, E)
    assert began(driver, N)


def test_each_connection_may_greet() -> None:
    driver = opening(traits=GREETS)
    driver.receive(N, AgentGreeting())
    driver.lose()
    driver.wait(5)
    driver.connect()
    driver.speak()
    driver.receive(E)
    assert not began(driver, N)
    assert began(driver, N)


def test_stream_of_an_unknown_server_after_the_end_of_input_is_not_a_greeting() -> None:
    driver = opening(traits=ServerTraits(greets=False))
    driver.end_input()
    assert began(driver, N)


def test_agent_that_greets_may_greet_after_the_end_of_input() -> None:
    driver = opening(traits=ServerTraits(greets=True, sends_voice_activity=False))
    driver.end_input()
    assert driver.turn.ended_at is not None
    assert not began(driver, N)


def test_stream_is_not_a_greeting_without_a_connection_of_its_own() -> None:
    driver = opening()
    driver.wait(TIMINGS.greeting)
    driver.rules.cancel(driver.turn, driver.now)
    driver.wait(10)
    driver.start()
    driver.speak()
    driver.receive(E)
    assert began(driver, N)


# Servers that do not announce their streams.


@pytest.mark.parametrize(
    ("traits", "messages", "is_reply"),
    [(ServerTraits(), (), False), (KNOWN, (S,), False), (KNOWN, (S, E), True)],
)
def test_audio_alone_begins_the_reply_after_the_end(traits, messages, is_reply) -> None:
    driver = listening(traits=traits)
    driver.speak()
    driver.receive(*messages)
    driver.audio()
    assert (driver.turn.reply is not None) is is_reply


def test_audio_alone_begins_the_reply_after_the_last_frame() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.end_input()
    driver.audio()
    assert driver.reply.received_bytes == SECOND
    assert driver.turn.stream_bytes == SECOND


def test_audio_alone_continues_no_reply_of_a_server_that_announces_streams() -> None:
    driver = replying(traits=KNOWN)
    driver.rules.drop(driver.reply, driver.now)
    driver.start()
    driver.speak()
    driver.receive(S, E)
    assert driver.rules.audio_arrived(100, driver.now) == []
    assert driver.turn.stream is None


# The end of a stream.


def test_end_of_a_stream_without_audio_is_an_empty_reply() -> None:
    driver = waiting()
    driver.receive(N, AE)
    assert driver.traits.marks_stream_end is True
    assert driver.limits == {Limit.NO_REPLY: 30, Limit.EMPTY_REPLY: 0.25}
    turn = driver.turn
    driver.wait(0.25)
    assert turn.error is not None
    assert turn.error.kind is ErrorKind.EMPTY_REPLY
    assert turn.error.message == "the reply has no audio"


def test_stream_after_an_empty_one_is_the_reply() -> None:
    driver = waiting()
    driver.receive(N, AE, N)
    assert driver.limits == {Limit.NO_REPLY: 30}


def test_audio_after_the_end_of_an_empty_stream_is_the_reply() -> None:
    driver = waiting()
    driver.receive(N, AE)
    driver.audio()
    assert driver.limits == {Limit.REPLY_COMPLETE: 17}


def test_end_of_a_stream_that_is_not_a_reply_changes_nothing() -> None:
    driver = waiting()
    before = driver.limits
    driver.receive(AE)
    assert driver.limits == before
    assert driver.traits.marks_stream_end is True


def test_end_marks_the_reply() -> None:
    driver = replying()
    driver.receive(AE)
    assert driver.reply.is_marked
    assert driver.limits[Limit.REPLY_COMPLETE] == 0.25


def test_interruption_by_the_server_drops_what_is_queued() -> None:
    driver = replying()
    driver.hand(0.25)
    effects = driver.receive(AgentInterrupted(None))
    assert DropQueue(driver.reply) in effects
    assert driver.reply.queued_bytes == 0
    assert driver.reply.is_marked
    assert driver.limits == {Limit.REPLY_COMPLETE: 0.25}
    assert driver.traits.marks_stream_end is None


# The reply to a cancelled turn.


def cancelled() -> Driver:
    """A turn after one that was cancelled before its reply."""
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.rules.cancel(driver.turn, driver.now)
    driver.start()
    return driver


def test_reply_to_a_cancelled_turn_is_dropped() -> None:
    driver = cancelled()
    assert driver.turn.owes_stale_reply
    driver.receive(E)
    assert not began(driver, N)
    assert not driver.turn.owes_stale_reply
    driver.speak()
    driver.receive(S, E)
    assert began(driver, N)


def test_reply_to_a_cancelled_turn_is_dropped_while_the_user_speaks() -> None:
    driver = cancelled()
    driver.receive(E)
    driver.speak()
    driver.receive(S)
    assert not began(driver, N)
    assert not driver.turn.owes_stale_reply
    driver.receive(E)
    assert began(driver, N)


def test_stream_after_the_end_of_the_turn_is_not_an_older_reply() -> None:
    driver = cancelled()
    driver.receive(E)
    driver.speak()
    driver.receive(S, E)
    assert driver.turn.owes_stale_reply
    assert began(driver, N)


@pytest.mark.parametrize(("seconds", "owes"), [(8.75, True), (9, False)])
def test_reply_to_a_cancelled_turn_comes_within_a_limit(seconds, owes) -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.rules.cancel(driver.turn, driver.now)
    driver.wait(seconds)
    driver.start()
    assert driver.turn.owes_stale_reply is owes
    driver.rules.cancel(driver.turn, driver.now)
    driver.start()
    assert not driver.turn.owes_stale_reply  # The second turn had sent nothing.


@pytest.mark.parametrize(("seconds", "is_reply"), [(8.75, False), (9, True)])
def test_server_without_voice_activity_answers_a_long_turn_after_a_cancelled_one(
    seconds, is_reply
) -> None:
    driver = listening(traits=SILENT)
    driver.speak()
    driver.rules.cancel(driver.turn, driver.now)
    driver.wait(4)
    driver.start()
    driver.speak()
    driver.end_input()
    driver.wait(seconds - 4)
    assert driver.turn.owes_stale_reply
    assert began(driver, N) is is_reply


def test_stale_reply_that_has_come_is_owed_no_more() -> None:
    driver = listening(traits=KNOWN)
    driver.speak()
    driver.receive(S)
    driver.rules.cancel(driver.turn, driver.now)
    driver.receive(N)
    driver.start()
    assert not driver.turn.owes_stale_reply


def test_turn_that_has_a_stream_owes_no_reply() -> None:
    driver = waiting()
    driver.receive(N)
    driver.rules.cancel(driver.turn, driver.now)
    driver.start()
    assert not driver.turn.owes_stale_reply


# The agent's words.


def test_words_before_the_audio_belong_to_the_reply() -> None:
    driver = waiting()
    assert driver.receive(AgentTranscript("It is")) == []
    driver.receive(N)
    driver.audio()
    assert driver.reply.transcript.text == "It is"
    assert driver.receive(AgentTranscript("late.")) == [ReplyChanged(driver.reply)]
    assert driver.reply.transcript.text == "It is late."


@pytest.mark.parametrize(
    ("messages", "text"),
    [((), ""), ((S,), ""), ((S, E), "Yes."), ((WORDS,), "Yes."), ((S, E, S), "")],
)
def test_words_before_the_end_of_the_turn_answer_nothing(messages, text) -> None:
    driver = listening()
    driver.speak()
    driver.receive(*messages, AgentTranscript("Yes."))
    assert driver.turn.agent_words.text == text


def test_words_after_the_end_of_input_answer_the_turn() -> None:
    driver = listening()
    driver.speak()
    driver.end_input()
    driver.receive(AgentTranscript("Yes."))
    assert driver.turn.agent_words.text == "Yes."


def test_words_without_a_turn_or_after_the_reply_are_ignored() -> None:
    driver = replying(traits=KNOWN)
    driver.receive(AE)
    driver.wait(0.25)
    assert driver.receive(AgentTranscript("More.")) == []
    assert driver.reply.transcript.text == ""
    driver.rules.cancel(driver.turn, driver.now)
    assert driver.receive(AgentTranscript("More.")) == []
