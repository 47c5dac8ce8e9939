"""A turn through the real Assist pipeline."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from homeassistant.components.assist_pipeline import PipelineEventType

from custom_components.playai.agent.messages import AgentTranscript, Init, UserTranscript
from custom_components.playai.assist.chat import START_SPEAKING
from tests.agent.talk import AE, E, N, S, speech, until

from .agents import each_turn, hear_out, says
from .satellite import ANSWERED_ALOUD, WAV, Run
from .timings import set_timings

USER_SPOKE = "(spoken to the agent)"


async def test_question_and_answer(meet):
    satellite = await meet(says(1000, 1.0, asked="what time is it"))
    run = await satellite.ask(output=WAV)
    assert run.heard == "what time is it"
    assert run.said == ANSWERED_ALOUD
    assert run.response["response_type"] == "action_done"
    assert run.extension == "wav"
    assert run.levels == {1000: 1.0}
    assert run.kinds[-1] is PipelineEventType.RUN_END


async def test_server_without_transcripts(meet):
    satellite = await meet(says())
    run = await satellite.ask()
    assert (run.heard, run.said) == (USER_SPOKE, ANSWERED_ALOUD)


@pytest.mark.parametrize("end_of_turn", ["agent", "home_assistant"])
async def test_words_reach_both_stages_for_every_end_of_turn(meet, end_of_turn):
    async def script(peer):
        await peer.hear_voice(0.2)
        await peer.send(S, UserTranscript("what time is it"), E)
        await peer.send(AgentTranscript("Half past nine."), N, speech(0.2), AE)
        await peer.closed.wait()

    satellite = await meet(script, end_of_turn=end_of_turn)
    run = await satellite.ask(seconds=0.5, output=WAV)
    assert (run.heard, run.said) == ("what time is it", "Half past nine.")


async def test_answer_begins_at_the_url_before_the_agent_has_finished(meet, hass_client):
    go_on = asyncio.Event()

    async def answer(peer):
        await peer.send(N, speech(0.5, 1000))
        await go_on.wait()
        await peer.send(speech(0.5, 2000), AE)

    satellite = await meet(each_turn(answer))
    client = await hass_client()
    run = Run()
    asking = asyncio.create_task(satellite.ask(run=run, output=WAV))
    await until(lambda: bool(run.events))
    response = await client.get(run.of(PipelineEventType.RUN_START)["tts_output"]["url"])
    assert response.status == 200
    begin = b""
    while len(begin) < 20_000:
        begin += await response.content.readany()
    assert not go_on.is_set()
    go_on.set()
    whole = begin + await response.read()
    await asking
    assert whole == run.audio
    assert run.levels == {1000: 0.5, 2000: 0.5}


async def test_words_of_the_agent_are_streamed_into_the_chat(meet):
    async def answer(peer):
        await peer.send(UserTranscript("hello"), N, AgentTranscript("Good"), speech(0.1))
        await asyncio.sleep(0.2)
        await peer.send(AgentTranscript("morning."), AE)

    satellite = await meet(each_turn(answer))
    run = await satellite.ask()
    contents = [delta["content"] for delta in run.deltas if "content" in delta]
    assert run.deltas[0] == {"role": "assistant", "content": START_SPEAKING}
    assert START_SPEAKING == "\n" * 61
    assert "".join(contents[1:]) == "Good morning."  # One piece, when the machine is busy.
    assert run.said == "Good morning."


async def test_words_that_arrive_late_do_not_delay_the_answer(meet):
    run = Run()

    async def answer(peer):
        await peer.send(N, speech(0.2))
        await until(lambda: PipelineEventType.INTENT_END in run.kinds)
        await peer.send(AgentTranscript("too late"), speech(0.2), AE)

    satellite = await meet(each_turn(answer))
    await satellite.ask(output=WAV, run=run)
    assert run.said == ANSWERED_ALOUD
    assert run.levels[1000] == pytest.approx(0.4)


def files_in(folder):
    return list(Path(folder).iterdir())


async def test_nothing_is_written_to_disk(meet, hass):
    satellite = await meet(says(asked="again", words="Yes."))
    for _ in range(10):
        run = await satellite.ask(conversation_id="kitchen")
        assert run.audio
    await hass.async_block_till_done(wait_background_tasks=True)
    assert files_in(hass.config.path("tts")) == []


async def test_conversation_continues_over_one_connection(meet):
    satellite = await meet(says(1500))
    for _ in range(3):
        run = await satellite.ask(conversation_id="kitchen", output=WAV)
        assert run.levels == {1500: pytest.approx(0.2)}
    assert len(satellite.peers) == 1
    await satellite.ask(conversation_id="bedroom")
    assert len(satellite.peers) == 2


async def test_idle_conversation_sends_nothing(meet):
    satellite = await meet(says(seconds=0.1))
    await satellite.ask(conversation_id="kitchen")
    (peer,) = satellite.peers
    await until(lambda: not satellite.entry.runtime_data.conversations.is_busy)
    await asyncio.sleep(0.2)  # Frames that are still on their way.
    frames = len(peer.frames)
    await asyncio.sleep(0.2)
    assert len(peer.frames) == frames
    assert not peer.closed.is_set()


async def test_idle_conversation_ends(meet):
    satellite = await meet(says(seconds=0.1))
    coordinator = satellite.entry.runtime_data
    coordinator.settings = replace(coordinator.settings, idle_timeout=0.1)
    await satellite.ask(conversation_id="kitchen")
    async with asyncio.timeout(30):
        await satellite.peers[0].closed.wait()
    run = await satellite.ask(conversation_id="kitchen")
    assert run.audio
    assert len(satellite.peers) == 2


async def test_agent_ends_the_turn(meet):
    satellite = await meet(says())
    await satellite.ask()  # The first turn in which the agent reports speech.
    run = await satellite.ask()
    processing = run.of(PipelineEventType.STT_START)["audio_processing"]
    assert processing["requires_external_vad"] is False
    assert PipelineEventType.STT_VAD_END not in run.kinds
    assert len(satellite.peers[-1].voice) < 16_000


async def test_home_assistant_ends_the_first_turn_with_an_agent_that_reports_nothing(meet):
    async def script(peer):
        await peer.hear_voice(0.4)
        await peer.hear(0.6)  # The silence after the user's voice: the stream has ended.
        await peer.send(N, speech(0.2), AE)

    satellite = await meet(script)
    run = await satellite.ask(seconds=0.4)
    processing = run.of(PipelineEventType.STT_START)["audio_processing"]
    assert processing["requires_external_vad"] is True
    assert run.heard == USER_SPOKE
    assert run.audio


async def test_agent_that_says_hello_ends_the_first_turn(meet):
    async def script(peer):
        await peer.send(Init("c-1"))
        await says()(peer)

    satellite = await meet(script, first=script)
    run = await satellite.ask()
    processing = run.of(PipelineEventType.STT_START)["audio_processing"]
    assert processing["requires_external_vad"] is False
    assert run.audio


async def test_home_assistant_ends_the_turn(meet):
    async def script(peer):
        await hear_out(peer)  # An end that is ignored.
        await peer.hear_voice(0.8)
        await peer.hear(0.9)  # The silence after the user's voice.
        await peer.send(N, speech(0.2), AE)

    satellite = await meet(script, end_of_turn="home_assistant")
    run = await satellite.ask(seconds=0.8)
    processing = run.of(PipelineEventType.STT_START)["audio_processing"]
    assert processing["requires_external_vad"] is True
    assert len(satellite.peers[0].voice) == 0.8 * 16_000
    assert run.heard == USER_SPOKE
    assert run.audio


async def test_user_continues_after_a_pause(meet, monkeypatch):
    async def script(peer):
        await hear_out(peer)
        await hear_out(peer)
        await peer.send(N, speech(0.2), AE)

    set_timings(monkeypatch, may_continue=30)  # The reply ends the turn.
    satellite = await meet(script)
    run = await satellite.ask()
    assert run.audio
    assert len(satellite.peers[0].voice) >= 0.4 * 16_000


async def test_button_ends_the_microphone(meet):
    async def script(peer):
        await peer.send(S)
        await peer.hear(0.6)
        await peer.send(E, N, speech(0.2), AE)

    satellite = await meet(script)
    run = await satellite.ask(seconds=0.4)
    assert run.audio
    assert len(satellite.peers[0].voice) == 0.4 * 16_000


async def test_silence_is_not_an_error(meet, monkeypatch):
    set_timings(monkeypatch, no_end=0.1)
    satellite = await meet(says(seconds=0.1))
    await satellite.ask(conversation_id="kitchen")
    run = await satellite.ask(conversation_id="kitchen", seconds=0.1, byte=0xFF)
    assert run.error == "stt-no-text-recognized"
    assert satellite.entry.runtime_data.data.last_error is None
    run = await satellite.ask(conversation_id="kitchen")
    assert run.audio
