"""Texts over the home link: typed turns, and texts that the agent speaks."""

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.home import AgentFeatures
from custom_components.playai.agent.messages import Handled, Say, UserText
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .home_link import AGENT, ASK, OFFER, WORDS, Home, first_peer, reply_to, speak
from .talk import AE, E, N, S, listen, speech, until

# Texts.


async def test_agent_speaks_a_text_of_the_home(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.receive(Say)
        await peer.send(N, speech(0.2))
        await until(lambda: any(say.is_final for say in peer.received(Say)))
        await peer.send(AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = talk.session.say("en")
    turn.push_text("It is ")
    turn.push_text("late.")
    turn.end_text()
    assert await reply_to(turn) == pytest.approx(0.2)
    texts = first_peer(talk).received(Say)
    assert "".join(say.text for say in texts) == "It is late."
    assert [say.is_final for say in texts][-1]
    assert {say.language for say in texts} == {"en"}
    assert first_peer(talk).frames == []


async def test_typed_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        assert (await peer.receive(UserText)).text == "What time is it?"
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = talk.session.send_text("What time is it?")
    assert (await turn.wait_end()).text == "What time is it?"
    assert await reply_to(turn) == pytest.approx(0.2)


async def test_home_answers_a_turn_itself(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, ASK)
        await peer.receive(Handled)
        await until(lambda: any(say.is_final for say in peer.received(Say)))
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = await speak(talk)
    turn.answer_locally("en")
    turn.push_text("Done.")
    turn.end_text()
    home = Home()
    assert await reply_to(turn, home) == pytest.approx(0.2)
    assert home.asked == []


async def test_local_answer_replaces_a_reply_that_was_handed_out(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(0.2)
        await peer.send(S, E, WORDS, N, speech(0.3, 2000), AE)
        await peer.receive(Handled)
        await peer.receive(Say)
        await peer.send(N, speech(0.2), AE)
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    turn = await speak(talk)
    await turn.wait_reply()
    turn.answer_locally("en")
    turn.push_text("Done.")
    turn.end_text()
    heard = await listen(await turn.wait_reply())
    assert heard.seconds(2000) == 0
    assert heard.seconds(1000) == pytest.approx(0.2)


async def test_agent_that_cannot_speak_texts(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AgentFeatures("Mute"))
    turn = talk.session.say()
    turn.push_text("Hello.")
    turn.end_text()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.PROTOCOL
    with pytest.raises(AgentError) as caught:  # Known by now.
        await talk.session.send_text("Hello.").wait_reply()
    assert caught.value.kind is ErrorKind.PROTOCOL


async def test_text_that_cannot_be_sent(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.closed.wait()

    talk = await meet(script, home=OFFER, features=AGENT)
    for text in ("", " ", "a" * 40_000):
        with pytest.raises(ValueError, match="text"):
            talk.session.send_text(text)
    with pytest.raises(ValueError, match="language"):
        talk.session.say("English please")
    await talk.session.close()
    with pytest.raises(RuntimeError):
        talk.session.say()
    with pytest.raises(RuntimeError):
        talk.session.send_text("Hello.")
