"""Rules 5 and 6: which audio is the reply, and when it is complete and over."""

import asyncio
from itertools import pairwise

import pytest

from custom_components.playai.agent.errors import AgentError, ErrorKind
from custom_components.playai.agent.events import ReplyFinished, ReplyInterrupted, ReplyStarted
from custom_components.playai.agent.messages import (
    AgentInterrupted,
    AgentTranscript,
    AudioStream,
    AudioStreamStart,
    Hangup,
    Init,
    OutputFormat,
)
from custom_components.playai.agent.reply import MAX_SECONDS
from custom_components.playai.agent.testing import Peer

from .audio.sounds import file_of
from .audio.sounds import voice as sound
from .conftest import Meet
from .talk import (
    AE,
    E,
    Heard,
    N,
    S,
    Talk,
    known,
    listen,
    now,
    pcm,
    speak,
    speak_until_heard,
    speech,
)


async def asked(peer: Peer) -> None:
    await peer.hear(1)
    await peer.send(S, E)


async def test_filler_and_then_the_answer_are_one_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(0.5, 111), AE, N)
        await asyncio.sleep(1)
        await peer.send(speech(1, 222), AE)

    talk = await meet(script, traits=known())
    heard = await talk.ask()
    assert [level for level in heard.levels if level] == [111, 222]
    assert heard.seconds(111) == 0.5
    assert heard.seconds(222) == 1
    await asyncio.sleep(3)
    assert len(talk.told(ReplyStarted)) == len(talk.told(ReplyFinished)) == 1


async def test_what_was_not_handed_on_of_a_filler_is_dropped(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(0.5, 111), N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    reply = await turn.wait_reply()
    await asyncio.sleep(0.1)  # Both streams are here before anyone listens.
    assert (await listen(reply)).levels == [222]
    await speaker


async def test_a_before_n_on_a_connection_that_never_sent_n(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.hear(0.5)
        await peer.send(speech(0.5, 111))  # Before the end of the turn: not part of its answer.
        await asked(peer)
        await peer.send(speech(0.5, 222), speech(0.5, 333), AE)

    talk = await meet(script, traits=known())
    assert (await talk.ask()).levels == [222, 333]


async def test_a_before_n_on_a_connection_that_sent_n_is_a_rest(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(N, speech(0.5, 111))
        await asked(peer)
        await peer.send(speech(0.5, 111), N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    assert (await talk.ask()).levels == [222]


async def test_n_after_bare_audio_continues_the_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(speech(0.5, 111))
        await asyncio.sleep(0.2)
        await peer.send(N, speech(0.5, 222), AE)

    talk = await meet(script, traits=known())
    assert (await talk.ask()).levels == [111, 222]


async def test_n_and_the_first_a_2_s_later(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N)
        await asyncio.sleep(2)
        await peer.send(speech(0.5), AE)

    talk = await meet(script, traits=known())
    assert (await talk.ask()).levels == [1000]


async def test_complete_300_ms_after_ae(meet: Meet) -> None:
    sent: list[float] = []

    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(5), AE)
        sent.append(now())

    talk = await meet(script)
    await talk.ask()
    # The stream closes long before its 5 s have played …
    assert now() - sent[0] == pytest.approx(0.3, abs=0.05)
    assert not talk.told(ReplyFinished)
    # … and it is finished when they have.
    await asyncio.sleep(5)
    assert now() - sent[0] == pytest.approx(5.3, abs=0.1)
    (finished,) = talk.told(ReplyFinished)
    assert finished.duration == pytest.approx(5)


async def test_audio_after_ae_without_n_continues(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(0.5, 111), AE)
        await asyncio.sleep(0.2)
        await peer.send(speech(0.5, 222), AE)

    talk = await meet(script)
    assert [level for level in (await talk.ask()).levels if level] == [111, 222]


async def paused_answer(talk: Talk) -> Heard:
    heard = await talk.ask()
    await asyncio.sleep(10)
    return heard


def pauses(seconds: float, *, marked: bool) -> object:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(1, 111))
        await asyncio.sleep(seconds)
        await peer.send(speech(1, 222))
        if marked:
            await peer.send(AE)

    return script


async def test_pause_of_3_s_with_ae_is_filled_with_silence(meet: Meet) -> None:
    talk = await meet(pauses(3, marked=True), traits=known())
    heard = await paused_answer(talk)
    assert heard.levels == [111, 0, 222]
    assert heard.seconds(111) == heard.seconds(222) == 1
    # It plays 1 s, runs dry for 0.5 s, and gets silence in real time until 3 s have passed.
    assert heard.seconds(0) == pytest.approx(1.5, abs=0.1)
    first_silence = next(when for when, step in heard.steps if not any(step))
    assert first_silence - heard.steps[0][0] == pytest.approx(1.5, abs=0.05)


async def test_pause_of_3_s_without_ae_is_bridged_while_audio_still_plays(meet: Meet) -> None:
    talk = await meet(pauses(3, marked=False))
    # 1 s of audio has played, then 2 s of quiet: less than the 2.5 s that end a reply.
    heard = await paused_answer(talk)
    assert [level for level in heard.levels if level] == [111, 222]


async def test_quiet_of_2500_ms_without_ae_ends_the_reply(meet: Meet) -> None:
    talk = await meet(pauses(4, marked=False))
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    reply = await turn.wait_reply()
    began = now()
    heard = await listen(reply)
    assert now() - began == pytest.approx(1 + 2.5, abs=0.05)
    assert [level for level in heard.levels if level] == [111]
    assert reply.error is None
    await speaker


async def test_stall_of_15_s_where_ae_is_known_ends_the_reply(meet: Meet) -> None:
    talk = await meet(pauses(20, marked=False), traits=known())
    began = now()
    heard = await talk.ask()
    assert now() - began == pytest.approx(1 + 1 + 15, abs=0.1)
    assert [level for level in heard.levels if level] == [111]


async def test_init_means_that_ends_are_marked(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(Init("c-1"))
        await asked(peer)
        await peer.send(AudioStreamStart(), N, speech(0.5, 111))
        await asyncio.sleep(5)
        await peer.send(speech(0.5, 222), AE)

    talk = await meet(script)
    assert [level for level in (await talk.ask()).levels if level] == [111, 222]


async def test_audio_slower_than_real_time_is_heard_whole(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N)
        for _ in range(10):
            await asyncio.sleep(0.3)
            await peer.send(speech(0.1))
        await peer.send(AE)

    talk = await meet(script)
    heard = await talk.ask()
    assert heard.seconds(1000) == pytest.approx(1)
    assert heard.seconds(0) == 0  # Each gap is shorter than 0.5 s.


async def test_audio_faster_than_real_time_is_handed_on_at_once(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, *[speech(1)] * 30, AE)

    talk = await meet(script)
    heard = await talk.ask()
    assert heard.seconds(1000) == pytest.approx(30)
    assert heard.steps[-1][0] - heard.steps[0][0] < 1
    await asyncio.sleep(29)
    assert not talk.told(ReplyFinished)
    await asyncio.sleep(2)
    assert len(talk.told(ReplyFinished)) == 1


async def test_player_with_much_audio_never_waits_5_s_for_a_byte(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(12, 111))
        await asyncio.sleep(11)
        await peer.send(speech(1, 222), AE)

    talk = await meet(script, traits=known())
    heard = await talk.ask()
    times = [when for when, _ in heard.steps]
    assert max(b - a for a, b in pairwise(times)) <= 3.01
    assert heard.seconds(0) < 0.2  # It still had audio: no more silence than it needs.


async def test_zero_audio_is_an_empty_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    began = now()
    with pytest.raises(AgentError, match="no audio") as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.EMPTY_REPLY
    assert now() - began <= 0.35
    assert talk.errors == [ErrorKind.EMPTY_REPLY]
    await speaker


async def test_empty_stream_and_then_the_answer(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, AE)
        await asyncio.sleep(0.2)
        await peer.send(N)
        await asyncio.sleep(1)
        await peer.send(speech(0.5), AE)

    talk = await meet(script)
    assert (await talk.ask()).levels == [1000]
    assert talk.errors == []


async def test_hangup_in_the_middle_of_a_reply_completes_it(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(2), Hangup("agent"))

    talk = await meet(script)
    heard = await talk.ask()
    assert heard.seconds(1000) == 2
    assert talk.errors == []
    assert not talk.session.is_closed  # Until it has played.
    await asyncio.sleep(3)
    assert talk.session.is_closed
    assert len(talk.told(ReplyFinished)) == 1


async def test_clean_close_in_the_middle_of_a_reply_completes_it(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(2))
        await peer.close()

    talk = await meet(script)
    heard = await talk.ask()
    assert heard.seconds(1000) == 2
    assert talk.errors == []


async def test_connection_lost_in_the_middle_of_a_reply_plays_what_came(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(1))
        await asyncio.sleep(0.1)
        peer.abort()

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    reply = await turn.wait_reply()
    assert (await listen(reply)).seconds(1000) == 1
    assert reply.error is not None
    assert reply.error.kind is ErrorKind.CONNECTION_LOST
    assert talk.errors == [ErrorKind.CONNECTION_LOST]
    await speaker


async def test_reply_of_more_than_5_minutes_is_cut(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N)
        for _ in range(32):
            await peer.send(speech(10))
        await peer.send(AE)

    talk = await meet(script)
    heard = await talk.ask()
    assert heard.seconds(1000) == pytest.approx(MAX_SECONDS, abs=0.11)


async def test_agent_interrupted_ends_the_reply_soon(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(1), AgentInterrupted())

    talk = await meet(script, traits=known())
    began = now()
    await talk.ask()
    assert now() - began < 2


async def test_words_come_before_during_and_after_the_audio(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(AgentTranscript("Not of this turn."))
        await asked(peer)
        await peer.send(AgentTranscript("It is"), N, speech(0.5), AgentTranscript("ten."))
        await asyncio.sleep(0.2)
        await peer.send(AgentTranscript("Good night."))
        await peer.send(AgentTranscript("It is ten. Good night. Bye."), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    reply = await turn.wait_reply()
    hearing = asyncio.create_task(listen(reply))
    words = [word async for word in reply.words()]
    assert "".join(words) == reply.transcript == "It is ten. Good night. Bye."
    assert len(words) > 1
    await hearing
    await speaker


async def test_damaged_audio_in_the_reply_is_reported(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, AudioStream(b"this is no wav file" * 5000))

    talk = await meet(script, output_format=OutputFormat.WAV)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    with pytest.raises(AgentError) as caught:
        await turn.wait_reply()
    assert caught.value.kind is ErrorKind.BAD_AUDIO
    assert talk.errors == [ErrorKind.BAD_AUDIO]
    await speaker


async def test_listener_that_leaves_ends_the_reply(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(1))
        await peer.hear(20)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    stream = (await turn.wait_reply()).stream()
    await anext(stream)
    await stream.aclose()
    assert len(talk.told(ReplyInterrupted)) == 1
    assert not talk.session.is_busy
    await speaker


async def test_second_listener_is_refused(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(1), AE)

    talk = await meet(script)
    turn = talk.session.start_turn()
    speaker = asyncio.create_task(speak_until_heard(turn))
    await turn.wait_end()
    reply = await turn.wait_reply()
    await listen(reply)
    with pytest.raises(RuntimeError):
        await listen(reply)
    await speaker


async def test_odd_chunks_are_joined(meet: Meet) -> None:
    audio = pcm(0.5)

    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N)
        for start in range(0, len(audio), 333):
            await peer.send(AudioStream(audio[start : start + 333]))
        await peer.send(AE)

    talk = await meet(script)
    assert (await talk.ask()).audio == audio


@pytest.mark.parametrize("end", ["hangup", "close", "abort", "mark"])
async def test_what_the_decoder_holds_is_heard_whatever_ends_the_reply(
    meet: Meet, end: str
) -> None:
    """Only the next frame shows where a frame of FLAC ends, and the last one has no next."""
    said = sound(24_000, 0.15)

    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, AudioStream(file_of(said, 24_000, "FLAC", "PCM_16")))
        await asyncio.sleep(0.1)
        match end:
            case "hangup":
                await peer.send(Hangup("agent"))
            case "close":
                await peer.close()
            case "abort":
                peer.abort()
            case "mark":
                await peer.send(AE)

    talk = await meet(script, output_format=OutputFormat.FLAC, traits=known())
    assert (await talk.ask()).audio == said.tobytes()


@pytest.mark.parametrize("output_format", list(OutputFormat))
async def test_reply_of_one_byte(meet: Meet, output_format: OutputFormat, caplog) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, AudioStream(b"\xff"), AE)

    talk = await meet(script, output_format=output_format)
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    if output_format is OutputFormat.MULAW:
        assert len((await listen(await turn.wait_reply())).audio) == 2
    else:
        with pytest.raises(AgentError):
            await turn.wait_reply()
    assert "Traceback" not in caplog.text
    assert not talk.session.is_closed


async def test_listener_gets_silence_before_the_first_audio_too(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(0.5, 111), N)  # A filler that nobody heard.
        await asyncio.sleep(8)
        await peer.send(speech(1, 222), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    reply = await turn.wait_reply()
    await asyncio.sleep(0.05)
    began = now()
    heard = await listen(reply)
    assert heard.steps[0][0] - began <= 0.6
    assert heard.levels[-1] == 222


async def test_listener_that_leaves_a_complete_reply_interrupts_it(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        await asked(peer)
        await peer.send(N, speech(30), AE)

    talk = await meet(script, traits=known())
    turn = talk.session.start_turn()
    await speak(turn, 1.1)
    await turn.wait_end()
    reply = await turn.wait_reply()
    await asyncio.sleep(1)
    stream = reply.stream()
    await anext(stream)
    await stream.aclose()
    assert len(talk.told(ReplyInterrupted)) == 1
    assert not talk.told(ReplyFinished)


async def test_stream_that_is_not_marked_after_all_costs_one_stall(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        for question in (1, 2):
            await peer.hear_voice(question)
            await peer.send(S, E, N, speech(0.5))

    talk = await meet(script, traits=known())
    for limit in (15, 2.5):
        began = now()
        await talk.ask()
        assert now() - began == pytest.approx(1 + 0.5 + limit, abs=0.3)
