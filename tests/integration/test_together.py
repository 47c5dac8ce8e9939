"""Several satellites, conversations and agents at the same time, and cancelled runs."""

import asyncio

import pytest
from homeassistant.components.assist_pipeline import PipelineEventType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.playai.const import DOMAIN
from tests.agent.talk import AE, E, N, S, speech, until

from . import servers
from .agents import each_turn, echoes, hear_out, level_for, says
from .conftest import listen
from .satellite import WAV, Run

REPLACED = "A new question replaced this one."


def only(byte, seconds=0.2):
    """The levels of the answer to a question with this byte."""
    return {level_for(byte): pytest.approx(seconds)}


async def test_two_conversations_at_once_never_mix(meet):
    satellite = await meet(echoes(0.1))
    for turn in range(50):
        one, other = 0x10 + turn, 0x90 + turn
        first, second = await asyncio.gather(
            satellite.ask(one, conversation_id="kitchen", output=WAV),
            satellite.ask(other, conversation_id="bedroom", output=WAV),
        )
        assert first.levels == only(one, 0.1)
        assert second.levels == only(other, 0.1)
    assert len(satellite.peers) == 2


async def test_two_agents_at_once(meet):
    one = await meet(says(2000, asked="one?", words="One."))
    two = await meet(says(3000, asked="two?", words="Two."), agent_id="agent-2")
    assert one.pipeline.name != two.pipeline.name
    for _ in range(5):
        # In the same conversation: satellites may change the agent in the middle of it.
        first, second = await asyncio.gather(
            one.ask(output=WAV, conversation_id="kitchen"),
            two.ask(output=WAV, conversation_id="bedroom"),
        )
        assert (first.heard, first.said, set(first.levels)) == ("one?", "One.", {2000})
        assert (second.heard, second.said, set(second.levels)) == ("two?", "Two.", {3000})
    changed = await two.ask(output=WAV, conversation_id="kitchen")
    assert changed.said == "Two."


async def hears_a_half(peer):
    """Hear a question that ends in the middle, then another one."""
    await peer.send(S)
    await peer.hear_voice(0.04)
    await until(lambda: not peer.frames[-1][1].strip(b"\xff"))
    await peer.send(E)
    await echoes()(peer)


async def test_newer_question_while_the_older_is_asked(meet, voice):
    satellite = await meet(hears_a_half)
    older = asyncio.create_task(satellite.ask(0x10, conversation_id="kitchen"))
    await until(lambda: len(satellite.peers) == 1 and len(satellite.peers[0].voice) > 1600)
    newer = await satellite.ask(0x20, conversation_id="kitchen", output=WAV)
    assert newer.levels == only(0x20)
    assert (await older).failure == REPLACED


async def test_newer_question_while_the_older_waits(meet, voice):
    async def script(peer):
        await hear_out(peer)
        await until(lambda: 0x20 in peer.voice)
        await echoes()(peer)

    satellite = await meet(script)
    run = Run()
    older = asyncio.create_task(satellite.ask(0x10, conversation_id="kitchen", run=run))
    await until(lambda: PipelineEventType.INTENT_START in run.kinds)
    newer = await satellite.ask(0x20, conversation_id="kitchen", output=WAV)
    assert newer.levels == only(0x20)
    assert (await older).failure == REPLACED


async def test_newer_question_while_the_older_is_answered(meet, voice):
    async def script(peer):
        await hear_out(peer)
        await peer.send(N, speech(5, 2000))
        await until(lambda: 0x20 in peer.voice)
        await echoes()(peer)

    satellite = await meet(script)
    run = Run()
    older = asyncio.create_task(satellite.ask(0x10, conversation_id="kitchen", output=WAV, run=run))
    await run.began.wait()
    newer = await satellite.ask(0x20, conversation_id="kitchen", output=WAV)
    assert newer.levels == only(0x20)
    assert set((await older).levels) == {2000}
    assert run.kinds[-1] is PipelineEventType.RUN_END


async def give_up(satellite, is_time):
    """Cancel a run, as a satellite does when it disconnects."""
    run = Run()
    asking = asyncio.create_task(
        satellite.ask(0x10, conversation_id="kitchen", output=WAV, run=run)
    )
    await until(lambda: is_time(run))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def check_next(satellite):
    """Ask again, and check that nothing of the cancelled turn is left."""
    run = await satellite.ask(0x20, conversation_id="kitchen", output=WAV)
    assert run.levels == only(0x20)
    assert satellite.entry.runtime_data.data.last_error is None


async def test_run_is_cancelled_while_the_user_speaks(meet):
    satellite = await meet(hears_a_half)
    await give_up(satellite, lambda _: satellite.peers and satellite.peers[0].voice)
    await check_next(satellite)


async def test_run_is_cancelled_while_it_waits(meet):
    async def script(peer):
        await hear_out(peer)
        await asyncio.sleep(0.3)
        await peer.send(N, speech(0.2, 2000), AE)  # An answer that comes too late.
        await echoes()(peer)

    satellite = await meet(script)
    await give_up(satellite, lambda run: PipelineEventType.INTENT_START in run.kinds)
    await check_next(satellite)


async def test_run_is_cancelled_while_it_is_answered(meet):
    async def answer(peer):
        await peer.send(N, speech(0.3, level_for(peer.voice[-1])))
        await asyncio.sleep(0.1)
        await peer.send(AE)

    satellite = await meet(each_turn(answer))
    await give_up(satellite, lambda run: run.began.is_set())
    run = await satellite.ask(0x20, conversation_id="kitchen", output=WAV)
    assert run.levels == only(0x20, 0.3)


# Too many connections (rule 10).


async def test_idle_conversation_makes_room(meet, voice):
    satellite = await meet(says(), says(), servers.refuses(4429), says(2000))
    for name in ("kitchen", "bath"):
        assert (await satellite.ask(conversation_id=name)).audio
    await until(lambda: satellite.entry.runtime_data.data.status == "idle")
    run = await satellite.ask(conversation_id="bedroom", output=WAV)
    assert set(run.levels) == {2000}
    kitchen, bath, *_ = satellite.peers
    assert kitchen.closed.is_set()  # It was idle longest.
    assert not bath.closed.is_set()
    assert satellite.entry.runtime_data.data.last_error is None


async def test_idle_conversation_of_another_agent_makes_room(meet, voice, hass):
    one = await meet(says(), listen, servers.refuses(4429), says(2000))
    assert (await one.ask(conversation_id="kitchen")).audio
    await until(lambda: one.entry.runtime_data.data.status == "idle")
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Voice agent 2",
        unique_id="agent-2",
        data={**one.entry.data, "agent_id": "agent-2", "pipeline_id": one.pipeline.id},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    turn = entry.runtime_data.async_start_turn("bedroom", None)
    turn.feed(bytes([0x10]) * 16_000)
    turn.end_input()
    await turn.wait_end()
    assert (await turn.wait_reply()) is not None
    assert one.peers[0].closed.is_set()
    await entry.runtime_data.async_close()


async def test_busy_conversations_are_left_alone(meet, voice):
    satellite = await meet(hear_out, servers.refuses(4429))
    asking = asyncio.create_task(satellite.ask(conversation_id="kitchen"))
    await until(lambda: satellite.entry.runtime_data.data.status == "thinking")
    run = await satellite.ask(conversation_id="bedroom")
    assert run.failure == "The agent is busy with too many conversations. Please try again later."
    assert not satellite.peers[0].closed.is_set()
    await satellite.entry.runtime_data.conversations.async_end_all()
    await asking
