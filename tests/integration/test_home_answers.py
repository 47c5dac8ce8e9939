"""The home answers a spoken question, and the agent speaks its words."""

import asyncio
from typing import override

import pytest
from homeassistant.components import assist_pipeline, conversation
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.components.conversation import chat_log
from homeassistant.components.conversation.const import ChatLogEventType
from homeassistant.core import Context, callback
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.playai.agent import AgentFeatures, AnswerEnd
from custom_components.playai.agent.messages import (
    AgentTranscript,
    AnswerDelta,
    AnswerEndMessage,
    Ask,
    Cancel,
    ErrorMessage,
    PartialTranscript,
    ToolCall,
    ToolResultMessage,
    UserText,
    UserTranscript,
)
from custom_components.playai.assist import home_run, say
from custom_components.playai.assist.chat import START_SPEAKING
from tests.agent.talk import AE, E, N, S, speech, until

from .agents import hear_out, says, tool_name
from .other_engines import StreamingAgent, says_words, set_up
from .satellite import PATIENCE, WAV, Run, log_of
from .test_say import said, say_all
from .timings import change_timings, set_timings

FEATURES = AgentFeatures("Agent", ("en",), frozenset({"say", "userText", "tools", "phrases"}))
QUESTION = "turn on the lamp"


class AskingAgent:
    """Asks the home every question, and speaks the answer."""

    def __init__(self, question=QUESTION, own="The agent knows."):
        self.ends = []
        self.words = []
        self._question = question
        self._own = own

    async def __call__(self, peer):
        for number in range(100):
            await hear_out(peer)
            await self.answer(peer, str(number))

    async def answer(self, peer, number):
        """Ask, and speak the answer, or another one if the home has none."""
        await peer.send(UserTranscript(self._question), Ask(number, self._question))
        words = []
        async for part in peer.answer(number):
            if isinstance(part, AnswerDelta):
                words.append(part.text)
            else:
                self.ends.append(part.end)
        if self.ends[-1].error:
            words.append(self._own)
        self.words.append(words)
        if words:
            await peer.send(N, AgentTranscript("".join(words)), speech(0.2), AE)


@pytest.fixture
def agent():
    return AskingAgent()


@pytest.fixture
async def satellite(meet, model, agent):
    """A satellite whose questions are answered by the model."""
    return await meet(agent, features=FEATURES, answer_with=model.entity_id)


async def test_words_that_arrive_after_speech_to_text(meet, hass, model, monkeypatch):
    """The placeholder is replaced, so that the home and the history get the true question."""

    set_timings(monkeypatch, home_transcript=0.05)
    heard = asyncio.Event()

    async def slow(peer):
        await hear_out(peer)
        await heard.wait()
        await agent.answer(peer, "0")
        await peer.closed.wait()

    agent = AskingAgent()
    satellite = await meet(slow, features=FEATURES, answer_with="conversation.model")
    run = Run()
    asking = asyncio.create_task(satellite.ask(conversation_id="kitchen", run=run))
    await until(lambda: PipelineEventType.INTENT_START in run.kinds)
    heard.set()
    await asking
    assert run.heard == "(spoken to the agent)"
    assert run.said == "The lamp is on."
    log = hass.data[chat_log.DATA_CHAT_LOGS]["kitchen"]
    assert [each.content for each in log.content if each.role == "user"] == [QUESTION]


async def test_late_words_of_a_question_that_the_server_answers(meet, hass, monkeypatch):
    async def slow(peer):
        await hear_out(peer)
        await heard.wait()
        await peer.send(UserTranscript(QUESTION), N, speech(0.2), AE)
        await peer.closed.wait()

    set_timings(monkeypatch, home_transcript=0.05)
    heard = asyncio.Event()
    satellite = await meet(slow, features=FEATURES, answer_with="agent")
    run = Run()
    asking = asyncio.create_task(satellite.ask(conversation_id="kitchen", run=run))
    await until(lambda: PipelineEventType.INTENT_START in run.kinds)
    heard.set()
    await asking
    log = hass.data[chat_log.DATA_CHAT_LOGS]["kitchen"]
    assert [each.content for each in log.content if each.role == "user"] == [QUESTION]


async def test_words_of_the_home_are_spoken(satellite, hass, agent, model):
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.heard == QUESTION
    assert agent.words == [["The lamp", " is on."]]
    assert agent.ends == [AnswerEnd()]
    assert run.levels == {1000: pytest.approx(0.2)}
    assert run.said == "The lamp is on."
    assert run.deltas[0] == {"role": "assistant", "content": START_SPEAKING}
    assert "".join(delta.get("content") or "" for delta in run.deltas[1:]) == "The lamp is on."
    assert [(each.role, each.content) for each in log_of(hass, "kitchen")] == [
        ("user", QUESTION),
        ("assistant", "The lamp is on."),
    ]


async def test_home_is_asked_with_the_place_of_the_run(satellite, model):
    await satellite.ask(device_id="device", satellite_id="assist_satellite.kitchen")
    (asked,) = model.inputs
    assert (asked.text, asked.device_id, asked.satellite_id) == (
        QUESTION,
        "device",
        "assist_satellite.kitchen",
    )


async def test_home_offers_to_answer(satellite, hass):
    hass.states.async_set("light.lamp", "off", {"friendly_name": "Reading lamp"})
    await satellite.ask()
    async with asyncio.timeout(PATIENCE):
        while not satellite.peers[0].offer.phrases:  # noqa: ASYNC110 (the peer has no event for it)
            await asyncio.sleep(0.01)
    offer = satellite.peers[0].offer
    assert (offer.language, offer.answers, offer.tools) == ("en", True, ())
    assert {"Reading lamp", "turn on the Reading lamp"} <= set(offer.phrases)


async def test_agent_with_its_own_brain(meet, model):
    satellite = await meet(
        says(asked=QUESTION, words="I am a brain."), features=FEATURES, answer_with="agent"
    )
    run = await satellite.ask()
    assert run.said == "I am a brain."
    assert satellite.peers[0].offer.answers is False
    assert model.inputs == []


async def test_pipeline_neither_asks_for_words_so_far_nor_uses_them(meet, hass):
    contents = []

    @callback
    def take(_, event_type, data):
        if event_type is ChatLogEventType.CONTENT_ADDED:
            contents.append(data["content"].get("content"))

    async def script(peer):
        await peer.hear_voice(0.2)
        await peer.send(S, PartialTranscript("What is"), E, UserTranscript(QUESTION))
        await peer.send(N, AgentTranscript("Nothing."), speech(0.2), AE)
        await peer.closed.wait()

    satellite = await meet(script, features=FEATURES, answer_with="agent")
    stop = chat_log.async_subscribe_chat_logs(hass, take)
    run = await satellite.ask()
    stop()
    assert (run.heard, run.said) == (QUESTION, "Nothing.")
    assert satellite.peers[0].offer.partial_transcripts is False
    assert "What is" not in contents
    assert QUESTION in contents


async def test_deltas_reach_the_agent_before_the_answer_is_complete(meet, model):
    go_on = asyncio.Event()

    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "The lamp "}
        await go_on.wait()
        yield {"content": "is on."}

    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(QUESTION), Ask("1", QUESTION))
        delta = await peer.receive(AnswerDelta)
        await peer.send(N, AgentTranscript(delta.text), speech(0.2))
        await run.began.wait()
        go_on.set()
        await peer.receive(AnswerDelta, 2)
        await peer.send(speech(0.1), AE)

    model.answer = answer
    satellite = await meet(script, features=FEATURES, answer_with=model.entity_id)
    run = Run()
    await satellite.ask(run=run, output=WAV)
    assert run.said == "The lamp is on."
    assert run.levels == {1000: pytest.approx(0.3)}


async def test_question_keeps_the_satellite_listening(satellite, agent, model):
    model.answer = says_words("Which lamp?")
    run = await satellite.ask()
    assert run.of(PipelineEventType.INTENT_END)["intent_output"]["continue_conversation"] is True
    assert agent.ends == [AnswerEnd(continue_conversation=True)]


@pytest.mark.parametrize(
    ("keep_listening", "words", "keeps"),
    [
        ("never", "Which lamp?", False),
        ("when_asked", "Which lamp?", True),
        ("when_asked", "The lamp is on.", False),
        ("always", "The lamp is on.", True),
    ],
)
async def test_keep_listening(meet, *, keep_listening, words, keeps):
    satellite = await meet(
        says(asked=QUESTION, words=words),
        features=FEATURES,
        answer_with="agent",
        keep_listening=keep_listening,
    )
    run = await satellite.ask()
    output = run.of(PipelineEventType.INTENT_END)["intent_output"]
    assert output["continue_conversation"] is keeps


async def test_built_in_agent_switches_only_the_room_of_the_satellite(meet, hass, agent):
    assert await async_setup_component(hass, "intent", {})
    hass.states.async_set("light.lamp", "off", {"friendly_name": "lamp"})
    calls = async_mock_service(hass, "light", "turn_on")
    satellite = await meet(agent, features=FEATURES)
    assert satellite.entry.options["answer_with"] == "conversation.home_assistant"
    run = await satellite.ask()
    assert len(calls) == 1
    assert run.said == "Turned on the light"
    assert agent.words == [["Turned on the light"]]


@pytest.mark.parametrize("question", ["why is the sky blue", "what is the capital of France"])
async def test_what_the_home_does_not_understand_is_answered_by_the_agent(meet, hass, question):
    agent = AskingAgent(question)
    satellite = await meet(agent, features=FEATURES)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    [end] = agent.ends
    assert end.error == "not_understood"
    assert end.text.startswith("Sorry, ")  # For a server that cannot answer itself.
    assert run.said == "The agent knows."
    assert run.response["response_type"] == "action_done"
    assert [each.content for each in log_of(hass, "kitchen")] == [
        question,
        "The agent knows.",
    ]


async def test_answer_without_words_ends_the_turn_quietly(meet, hass, agent, monkeypatch):
    async def never_mind(self, text, *_):
        handled = intent.Intent(hass, "test", "HassNevermind", {}, None, Context(), "en")
        return home_run.HomeAnswer("", intent.IntentResponse(language="en", intent=handled))

    monkeypatch.setattr(home_run.Delegate, "async_answer", never_mind)
    satellite = await meet(agent, features=FEATURES)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.kinds[-1] is PipelineEventType.RUN_END
    assert PipelineEventType.ERROR not in run.kinds
    assert PipelineEventType.TTS_START not in run.kinds
    data = satellite.entry.runtime_data.data
    assert (data.last_error, data.has_problem) == (None, False)


async def test_failure_of_the_home_is_spoken_by_the_agent(satellite, hass, agent, model):
    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "The lamp"}
        raise ValueError("secret")

    model.answer = answer
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert run.said == "Model had a problem. Please try again."
    assert "".join(agent.words[0]) == f"The lamp {run.said}"
    assert run.levels == {1000: pytest.approx(0.2)}
    model.answer = says_words("Done.")
    run = await satellite.ask(conversation_id="kitchen")
    assert run.said == "Done."


async def test_home_that_hangs(satellite, agent, model, monkeypatch):
    async def answer(user_input, chat_log):
        yield {"role": "assistant"}
        await asyncio.Event().wait()

    monkeypatch.setattr(home_run, "FIRST_WORDS_SECONDS", 0.2)
    model.answer = answer
    run = await satellite.ask(output=WAV)
    assert run.said == "Model didn't answer in time."
    assert run.audio
    assert model.was_cancelled


async def test_interruption_cancels_the_home(meet, model):
    asked = asyncio.Event()

    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "The lamp"}
        asked.set()
        await asyncio.Event().wait()

    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(QUESTION), Ask("1", QUESTION))
        await peer.receive(AnswerDelta)
        await peer.send(N, AgentTranscript("The lamp"), speech(0.2))
        await run.began.wait()
        await peer.send(Cancel("1"), AE)

    model.answer = answer
    satellite = await meet(script, features=FEATURES, answer_with=model.entity_id)
    run = Run()
    await satellite.ask(run=run, output=WAV)
    assert model.was_cancelled
    assert run.said == "The lamp"


async def test_agent_fails_while_the_home_answers(meet, model, monkeypatch):
    async def answer(user_input, chat_log):
        yield {"role": "assistant", "content": "The lamp"}
        await asyncio.Event().wait()

    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(QUESTION), Ask("1", QUESTION))
        await peer.receive(AnswerDelta)
        await peer.send(ErrorMessage(3003, "no voice"))
        await peer.closed.wait()

    # The server does not speak the message, either.
    monkeypatch.setattr(say, "SAY_SECONDS", 1.0)
    model.answer = answer
    satellite = await meet(script, features=FEATURES, answer_with=model.entity_id)
    run = await satellite.ask(output=WAV)
    assert run.said.endswith("The agent couldn't answer this time. Please try again.")
    assert run.audio  # The error tone.
    assert model.was_cancelled


async def test_words_are_complete_however_late_they_arrive(meet):
    async def script(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(QUESTION), N, speech(0.2))
        await asyncio.sleep(1.0)
        await peer.send(AgentTranscript("Better late"), speech(0.2))
        await asyncio.sleep(0.2)
        await peer.send(AgentTranscript("than never."), AE)
        await peer.closed.wait()

    satellite = await meet(script, features=FEATURES, answer_with="agent")
    run = await satellite.ask()
    assert run.said == "Better late than never."


async def test_user_speaks_again_while_the_home_answers(satellite, agent, model):
    asked = asyncio.Event()

    async def answer(user_input, chat_log):
        yield {"role": "assistant"}
        asked.set()
        await asyncio.Event().wait()

    model.answer = answer
    asking = asyncio.create_task(satellite.ask(conversation_id="kitchen"))
    await asked.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await until(lambda: model.was_cancelled)


async def test_default_is_the_agent_of_the_preferred_assistant(meet, hass, model, agent):
    preferred = assist_pipeline.async_get_pipeline(hass)
    await assist_pipeline.async_update_pipeline(
        hass, preferred, conversation_engine=model.entity_id
    )
    satellite = await meet(agent, features=FEATURES)
    assert satellite.entry.options["answer_with"] == model.entity_id
    run = await satellite.ask()
    assert run.said == "The lamp is on."


async def test_features_of_who_answers_are_shown(satellite, hass, model):
    state = hass.states.get(satellite.entity_id("conversation"))
    assert state.attributes["supported_features"] == 1
    hass.states.async_set(model.entity_id, "unknown", {"supported_features": 0})
    await hass.async_block_till_done()
    state = hass.states.get(satellite.entity_id("conversation"))
    assert state.attributes["supported_features"] == 0


async def test_home_assistant_is_too_busy_to_claim_the_turn(meet, hass, model, monkeypatch):
    """The turn was dropped, but its words are answered."""

    async def slowly(*arguments):
        (conversation,) = satellite.entry.runtime_data.conversations
        await until(lambda: not conversation.session.is_busy)
        change_timings(claim=PATIENCE)
        return await match_triggers(*arguments)

    async def asks(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(QUESTION), Ask("1", QUESTION))
        await peer.closed.wait()

    set_timings(monkeypatch, claim=0.1)
    match_triggers = conversation.async_handle_sentence_triggers
    monkeypatch.setattr(conversation, "async_handle_sentence_triggers", slowly)
    satellite = await meet(asks, say_all, features=FEATURES, answer_with=model.entity_id)
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    assert (run.heard, run.said) == (QUESTION, "The lamp is on.")
    (asked,) = model.inputs
    assert asked.text == QUESTION
    assert said(satellite.peers[1]) == "The lamp is on."
    assert run.levels == {3000: pytest.approx(0.2)}


class PreparedAgent(StreamingAgent):
    """Remembers the languages that it was prepared for."""

    def __init__(self):
        super().__init__("Yes.")
        self.languages = []

    @override
    async def async_prepare(self, language=None):
        self.languages.append(language)


async def test_home_is_prepared_while_the_user_speaks(meet, hass):
    async def hears_until_prepared(peer):
        await hear_out(peer)
        await until(lambda: bool(prepared.languages))
        await AskingAgent().answer(peer, "0")
        await peer.closed.wait()

    prepared = PreparedAgent()
    await set_up(hass, "conversation", prepared)
    satellite = await meet(hears_until_prepared, features=FEATURES, answer_with=prepared.entity_id)
    run = await satellite.ask()
    assert prepared.languages == ["en"]
    assert (run.heard, run.said) == (QUESTION, "Yes.")


async def test_two_satellites_at_once(satellite, model):
    async def answer(user_input, chat_log):
        await asyncio.sleep(0.05)
        yield {"role": "assistant", "content": f"For {user_input.device_id}."}

    model.answer = answer

    async def talk(room):
        for _ in range(3):
            run = await satellite.ask(conversation_id=room, device_id=room)
            assert run.said == f"For {room}."

    await asyncio.gather(talk("kitchen"), talk("bedroom"))


# Typed text.


async def test_typed_text_is_answered_without_the_server(satellite, hass_ws_client):
    run = await satellite.write(hass_ws_client, QUESTION)
    assert run.said == "The lamp is on."
    assert satellite.peers == []


async def reads(peer):
    """Answer typed texts."""
    for number in range(1, 100):
        message = await peer.receive(UserText, number)
        await peer.send(N, AgentTranscript(f"You wrote {message.text}."), speech(0.2))
        await asyncio.sleep(0.2)
        await peer.send(AgentTranscript("That is all."), AE)


async def test_typed_text_is_answered_by_the_brain_of_the_server(meet, hass_ws_client):
    satellite = await meet(reads, features=FEATURES, answer_with="agent")
    for text in ("one", "two"):
        run = await satellite.write(hass_ws_client, text, "kitchen")
        assert run.said == f"You wrote {text}. That is all."
        assert len(run.deltas) > 1
    assert len(satellite.peers) == 1


async def test_typed_text_that_the_home_does_not_understand(meet, hass, hass_ws_client):
    async def script(peer):
        message = await peer.receive(UserText)
        await peer.send(Ask("1", message.text))
        end = await peer.receive(AnswerEndMessage)
        ends.append(end.end)
        await peer.send(N, AgentTranscript("Because of the air."), speech(0.2), AE)
        await peer.closed.wait()

    ends = []
    satellite = await meet(script, features=FEATURES)
    run = await satellite.write(hass_ws_client, "why is the sky blue", "kitchen")
    assert run.said == "Because of the air."
    assert ends == [AnswerEnd(error="not_understood")]
    assert [each.content for each in log_of(hass, "kitchen")] == [
        "why is the sky blue",
        "Because of the air.",
    ]


# Tools.


async def calls_tool(peer):
    """Call a tool, and say its result."""
    await calls(peer, await tool_name(peer))


async def calls_unknown_tool(peer):
    """Call a tool that was not offered, and say its result."""
    await calls(peer, "HassTurnOn")


async def calls(peer, name):
    await hear_out(peer)
    await peer.send(UserTranscript(QUESTION), ToolCall("1", name, {"name": "lamp"}))
    result = await peer.receive(ToolResultMessage)
    words = "It failed." if result.result.is_error else "Done."
    await peer.send(N, AgentTranscript(words), speech(0.2), AE)
    await hear_out(peer)
    await peer.send(UserTranscript(QUESTION), N, AgentTranscript("Yes."), speech(0.2), AE)
    await peer.closed.wait()


async def test_brain_of_the_server_uses_tools(meet, hass):
    assert await async_setup_component(hass, "intent", {})
    hass.states.async_set("light.lamp", "off", {"friendly_name": "lamp"})
    calls = async_mock_service(hass, "light", "turn_on")
    satellite = await meet(
        calls_tool, features=FEATURES, answer_with="agent", llm_apis=["assist", "gone"]
    )
    state = hass.states.get(satellite.entity_id("conversation"))
    assert state.attributes["supported_features"] == 1
    run = await satellite.ask(conversation_id="kitchen")
    assert run.said == "Done."
    (call,) = calls
    assert call.data["entity_id"] == ["light.lamp"]
    offer = satellite.peers[0].offer
    (tool,) = [tool for tool in offer.tools if tool.name.endswith("HassTurnOn")]
    assert tool.parameters["properties"]["name"] == {"type": "string"}
    assert offer.prompt
    shown = [each.role for each in log_of(hass, "kitchen")]
    assert shown == ["user", "assistant", "tool_result", "assistant"]
    assert next(delta for delta in run.deltas if "tool_calls" in delta)
    assert (await satellite.ask(conversation_id="kitchen")).said == "Yes."


@pytest.mark.parametrize(
    ("script", "llm_apis"), [(calls_unknown_tool, []), (calls_tool, ["assist"])]
)
async def test_tool_that_fails(meet, hass, script, llm_apis):
    satellite = await meet(script, features=FEATURES, answer_with="agent", llm_apis=llm_apis)
    run = await satellite.ask(conversation_id="kitchen")
    assert run.said == "It failed."
