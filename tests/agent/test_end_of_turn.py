"""Rule 3: the end of the user's turn."""

import asyncio

import pytest

from custom_components.playai.agent.errors import ErrorKind
from custom_components.playai.agent.events import VoiceActivity
from custom_components.playai.agent.messages import (
    AgentGreeting,
    AgentGreetingEnd,
    AgentTranscript,
    UserTranscript,
)
from custom_components.playai.agent.settings import EndOfTurn, ServerTraits
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .talk import AE, E, N, S, answers, listen, now, speak, speak_until_heard, speech, voice

HOME_ASSISTANT = EndOfTurn.HOME_ASSISTANT


async def test_transcript_after_e_ends_the_turn_at_once(meet: Meet) -> None:
    talk = await meet(answers(words="what time is it"))
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    said = await turn.wait_end()
    assert said.text == "what time is it"
    assert not said.is_silent
    assert (await listen(await turn.wait_reply())).levels == [1000]
    await speaker


async def test_n_after_e_ends_the_turn_at_once(meet: Meet) -> None:
    ended: list[float] = []

    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E)
        await asyncio.sleep(0.3)
        ended.append(now())
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    said = await turn.wait_end()
    assert now() == pytest.approx(ended[0], abs=0.02)
    assert (said.text, said.is_silent) == ("", False)
    reply = await turn.wait_reply()
    # From the end of speech that the server reported to the first audio.
    assert reply.response_time == pytest.approx(0.3, abs=0.02)
    await speaker


async def test_without_a_sign_the_turn_ends_800_ms_after_e(meet: Meet) -> None:
    ended: list[float] = []

    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E)
        ended.append(now())
        await asyncio.sleep(3)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    assert now() - ended[0] == pytest.approx(0.8, abs=0.02)
    assert (await listen(await turn.wait_reply())).levels == [1000]
    await speaker


async def test_s_e_s_e_is_one_turn_whose_microphone_stays_open(meet: Meet) -> None:
    ended: list[float] = []

    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S, E)
        await peer.hear_voice(1.6)  # The client keeps sending after E.
        await peer.send(S)
        await peer.hear_voice(4)
        await peer.send(E)
        ended.append(now())
        await peer.send(UserTranscript("all of it"), N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).text == "all of it"
    assert now() == pytest.approx(ended[0], abs=0.02)
    assert [event.active for event in talk.told(VoiceActivity)] == [True, False, True, False]
    await listen(await turn.wait_reply())
    await speaker


async def test_n_before_e_is_dropped(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(N, speech(0.5, 111), S)
        await peer.hear(2)
        await peer.send(N, speech(0.5, 222), E, speech(0.5, 333))
        await peer.send(N, speech(0.5, 444), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [444]


async def test_greeting_still_playing_when_the_user_speaks_is_dropped(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(N, speech(1, 111))
        await peer.hear(1)
        await peer.send(S, speech(1, 111))
        await peer.hear(2)
        await peer.send(E, speech(1, 111), N, speech(1, 222), AE)

    talk = await meet(script, traits=ServerTraits(greets=True))
    heard = await talk.ask()
    assert heard.levels == [222]
    assert heard.seconds(222) == pytest.approx(1)


async def test_announced_greeting_is_dropped_even_after_e(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, AgentGreeting("Hello"), N, speech(1, 111), AgentGreetingEnd())
        await peer.send(N, speech(1, 222), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [222]


async def test_e_without_s_does_not_end_the_turn_but_what_follows_does(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(E)
        await peer.hear(3)  # Longer than the 0.8 s after an end of speech.
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]


async def test_transcript_after_e_without_s_ends_the_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(E, UserTranscript("hello"), N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).text == "hello"
    await listen(await turn.wait_reply())
    await speaker


async def test_transcript_before_e_is_kept(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, UserTranscript("early words"))
        await peer.hear(1.5)
        await peer.send(E, N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).text == "early words"
    await listen(await turn.wait_reply())
    await speaker


async def test_no_e_ever_ends_3_s_after_the_stream(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S)
        await peer.hear(6)  # The stream's end is followed by silence.
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 2)
    turn.end_input()
    ended = now()
    said = await turn.wait_end()
    assert now() - ended == pytest.approx(3, abs=0.05)
    assert not said.is_silent
    assert (await listen(await turn.wait_reply())).levels == [1000]


async def test_e_after_the_stream_has_ended_ends_the_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S)
        await peer.hear(3)
        await peer.send(E, UserTranscript("short"), N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 2)
    turn.end_input()
    ended = now()
    assert (await turn.wait_end()).text == "short"
    assert now() - ended == pytest.approx(1, abs=0.05)
    await listen(await turn.wait_reply())


async def test_s_after_the_stream_has_ended_is_waited_for(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.5)
        await peer.send(S, E)
        await peer.hear(1)
        await peer.send(S)  # And no E.
        await peer.hear(5)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 0.6)
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]


async def test_file_fed_at_once_is_heard_whole(meet: Meet) -> None:
    talk = await meet(answers())
    turn = talk.session.start_turn()
    turn.feed(voice(1.0))
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert talk.server.peers[0].voice == voice(1.0)


async def test_wait_for_words_waits_for_the_transcript_while_audio_comes(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E, N, speech(0.5))
        await asyncio.sleep(2)
        await peer.send(UserTranscript("late words"), AE)

    talk = await meet(script, wait_for_words=True, traits=ServerTraits(marks_stream_end=True))
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).text == "late words"
    assert (await listen(await turn.wait_reply())).levels == [1000]
    await speaker


@pytest.mark.parametrize("end_of_turn", list(EndOfTurn))
async def test_wait_for_words_waits_3_s_at_most(meet: Meet, end_of_turn: EndOfTurn) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(1)
        await peer.send(S, E)
        await asyncio.sleep(5)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, wait_for_words=True, end_of_turn=end_of_turn)
    turn = talk.session.start_turn()
    await speak(turn, 1.05)
    turn.end_input()
    ended = now()
    assert (await turn.wait_end()).text == ""
    assert now() - ended == pytest.approx(3, abs=0.1)
    await listen(await turn.wait_reply())


async def test_home_assistant_ends_with_the_stream(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.5)
        await peer.send(S, E)  # Drives the entities, not the turn.
        await peer.hear(4)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, end_of_turn=HOME_ASSISTANT)
    turn = talk.session.start_turn()
    await speak(turn, 3)
    assert turn.is_open
    turn.end_input()
    assert not turn.is_open
    assert (await turn.wait_end()).text == ""
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert len(talk.told(VoiceActivity)) == 2


async def test_home_assistant_n_that_is_not_a_greeting_ends_the_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(3)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, end_of_turn=HOME_ASSISTANT)
    assert (await talk.ask()).levels == [1000]


@pytest.mark.parametrize("greets", [True, None])
async def test_home_assistant_greeting_does_not_end_the_turn(
    meet: Meet, greets: bool | None
) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(N, speech(0.5, 111))
        await peer.hear(4)
        await peer.send(N, speech(0.5, 222), AE)

    talk = await meet(script, end_of_turn=HOME_ASSISTANT, traits=ServerTraits(greets=greets))
    turn = talk.session.start_turn()
    await speak(turn, 3)
    assert turn.is_open
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [222]


async def test_home_assistant_greeting_after_the_end_is_not_an_answer(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asyncio.sleep(0.5)  # The file was fed at once: the turn has ended already.
        await peer.send(N, speech(0.5, 111))
        await peer.hear(3)
        await peer.send(N, speech(0.5, 222), AE)

    talk = await meet(script, end_of_turn=HOME_ASSISTANT, traits=ServerTraits(greets=True))
    turn = talk.session.start_turn()
    turn.feed(voice(1))
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [222]


async def test_agent_without_vad_is_home_assistant(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        assert not peer.setup.enable_vad
        await peer.hear(1)
        await peer.send(S, E)  # Not asked for: for the entities only.
        await peer.hear(4)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, enable_vad=False)
    turn = talk.session.start_turn()
    await speak(turn, 3)
    assert turn.is_open
    assert len(talk.told(VoiceActivity)) == 2
    turn.end_input()
    await turn.wait_end()
    assert (await listen(await turn.wait_reply())).levels == [1000]


async def test_server_without_voice_activity_is_detected_with_the_first_stream(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(4)
        await peer.send(N, speech(0.5, 111), AE)
        await peer.hear_voice(2)
        await peer.send(N, speech(0.5, 222), AE)

    talk = await meet(script)
    for level in (111, 222):
        turn = talk.session.start_turn()
        await speak(turn, 1)
        turn.end_input()
        await turn.wait_end()
        assert (await listen(await turn.wait_reply())).levels == [level]
    # The first turn's N came after the stream: that was enough to answer it.
    assert talk.traits.sends_voice_activity is False
    assert len([r for r in caplog.records if "no voice activity" in r.message]) == 1


async def test_server_without_voice_activity_answers_while_the_microphone_is_open(
    meet: Meet,
) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(3)
        await peer.send(N, speech(0.5, 111), AE)
        await peer.hear_voice(6)
        await peer.send(N, speech(0.5, 222), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [111]
    assert (await talk.ask()).levels == [222]


async def test_slow_server_without_voice_activity_answers_the_first_turn(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(12)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 2)
    turn.end_input()
    assert not (await turn.wait_end()).is_silent
    assert (await listen(await turn.wait_reply())).levels == [1000]
    assert talk.traits.sends_voice_activity is None  # Perhaps it only forgot.


async def test_long_first_question_to_a_server_without_voice_activity(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(18)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert not (await turn.wait_end()).is_silent
    assert (await listen(await turn.wait_reply())).levels == [1000]
    await speaker


@pytest.mark.parametrize("end_of_turn", list(EndOfTurn))
async def test_words_of_the_agent_before_its_audio(meet: Meet, end_of_turn: EndOfTurn) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(AgentTranscript("Not of this turn."))
        await peer.hear(1)
        await peer.send(S, E, AgentTranscript("It is"), S)
        await peer.hear(2)
        await peer.send(E, UserTranscript("the time"), AgentTranscript("It is ten."))
        await peer.hear(4)
        await peer.send(N, speech(0.5), AE)

    talk = await meet(script, end_of_turn=end_of_turn)
    turn = talk.session.start_turn()
    await speak(turn, 3)
    turn.end_input()
    assert (await turn.wait_end()).text == "the time"
    reply = await turn.wait_reply()
    await listen(reply)
    assert reply.transcript == "It is ten."


async def test_server_that_reports_speech_later_ends_turns_again(meet: Meet) -> None:
    traits = ServerTraits(greets=False, sends_voice_activity=False)
    talk = await meet(answers(), traits=traits)
    turn = talk.session.start_turn()
    await speak(turn, 1.2)
    turn.end_input()
    await turn.wait_end()
    await listen(await turn.wait_reply())
    assert traits.sends_voice_activity is True
    assert (await talk.ask()).levels == [1000]  # Ended by the server.


async def test_speech_in_a_cancelled_turn_does_not_count_for_the_next(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_voice(1)
        await peer.send(S)
        await peer.hear(1.5)
        await peer.send(E, UserTranscript("old"), N, speech(0.5, 111), AE)
        await peer.hear_voice(2)
        await peer.send(S, E, UserTranscript("new"), N, speech(0.5, 222), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    turn.cancel()
    assert (await turn.wait_end()).is_silent
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    assert (await turn.wait_end()).text == "new"
    assert (await listen(await turn.wait_reply())).levels == [222]
    await speaker
    assert ErrorKind.NO_REPLY not in talk.errors
