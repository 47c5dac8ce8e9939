"""The actions `ask`, `say` and `end_conversation`."""

import asyncio
import contextlib
import io
import os
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
import soundfile
import voluptuous as vol
import yaml
from aiohttp import web
from homeassistant.components import conversation
from homeassistant.components.media_player import MediaPlayerEntityFeature
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.playai import silence
from custom_components.playai.actions import ask as ask_module
from custom_components.playai.actions import media as media_module
from custom_components.playai.actions import places as places_module
from custom_components.playai.agent.messages import AgentTranscript, UserTranscript
from custom_components.playai.const import DOMAIN
from custom_components.playai.services import ASK, END_CONVERSATION, MAX_TEXT, SAY
from tests.agent.talk import AE, N, speech, until

from .agents import each_turn, fails, hear_out, says
from .conftest import listen
from .satellite import Run
from .test_texts import TEXTS

SERVICES = yaml.safe_load(
    (Path(ask_module.__file__).parents[1] / "services.yaml").read_text("utf-8")
)
AGENT = "conversation.voice_agent"


async def call(hass, action, *, returns=True, **data):
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=returns
    )


@pytest.fixture
def recording(tmp_path):
    """A spoken question in a file, at another rate."""
    samples = np.full(48_000, 8_000, np.int16)
    path = tmp_path / "question.flac"
    soundfile.write(path, samples, 48_000)
    return path


@pytest.fixture
async def media(recording):
    """A web server with recordings; yields its address."""

    async def answer(request):
        match request.match_info["name"]:
            case "question.flac":
                return web.FileResponse(recording)
            case "page.html":
                return web.Response(text="<html></html>")
            case "long.wav":
                file = io.BytesIO()
                soundfile.write(file, np.zeros(61 * 8_000, np.int16), 8_000, format="WAV")
                return web.Response(body=file.getvalue())
            case "list.m3u8":
                return web.Response(text="#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
            case "empty.wav":
                return web.Response(body=b"")
            case "no-samples.wav":
                file = io.BytesIO()
                soundfile.write(file, np.zeros(0, np.int16), 8_000, format="WAV")
                return web.Response(body=file.getvalue())
            case "film.mkv":
                return web.Response(body=silent_film())
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def silent_film():
    """A film without a sound track."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as film:
        stream = film.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        film.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        film.mux(stream.encode(None))
    return file.getvalue()


@pytest.fixture
async def local_media(hass, recording):
    """The media source of a folder with the recording; returns its address."""
    hass.config.media_dirs["local"] = str(recording.parent)
    assert await async_setup_component(hass, "media_source", {})
    return "media-source://media_source/local"


def player(hass, entity_id="media_player.kitchen", **place):
    """A media player that can stop."""
    hass.states.async_set(
        entity_id, "playing", {"supported_features": MediaPlayerEntityFeature.STOP}
    )
    return entity_id


# Asking with a recording.


async def test_ask_with_a_recording(meet, hass, media):
    satellite = await meet(says(1000, 0.5, asked="what time is it", words="Half past nine."))
    answer = await call(hass, "ask", agent=AGENT, media=f"{media}/question.flac")
    assert answer["heard"] == "what time is it"
    assert answer["answer"] == "Half past nine."
    assert satellite.entry.runtime_data.conversations.get(answer["conversation_id"])
    assert "/api/tts_proxy/" in answer["audio_url"]
    assert set(answer["timings"]) == {"heard", "answered", "audio"}
    assert answer["continue_conversation"] is False
    again = await call(
        hass,
        "ask",
        agent=AGENT,
        media={"media_content_id": f"{media}/question.flac", "media_content_type": "audio/flac"},
        conversation_id=answer["conversation_id"],
    )
    assert again["conversation_id"] == answer["conversation_id"]
    assert len(satellite.peers) == 1


async def test_answer_is_played_while_it_arrives(meet, hass, media):
    played = async_mock_service(hass, "media_player", "play_media")
    go_on = asyncio.Event()

    async def answer(peer):
        await peer.send(UserTranscript("hello"), N, AgentTranscript("Good"), speech(0.2))
        await go_on.wait()
        await peer.send(AgentTranscript("morning."), AE)

    await meet(each_turn(answer))
    kitchen = player(hass)
    asking = asyncio.create_task(
        call(hass, "ask", agent=AGENT, media=f"{media}/question.flac", media_player=kitchen)
    )
    await until(lambda: bool(played))
    go_on.set()
    await asking
    [one] = played
    assert one.data["entity_id"] == [kitchen]
    assert one.data["media_content_id"].startswith("media-source://tts/")
    assert one.data["announce"] is True


async def test_answer_on_a_satellite_belongs_to_its_room(meet, hass, media):
    announced = async_mock_service(hass, "assist_satellite", "announce")
    satellite = await meet(says())
    hass.states.async_set("assist_satellite.kitchen", "idle")
    places = []
    satellite.entry.runtime_data.activities.async_listen(
        lambda _, data: places.append(data.get("satellite_id"))
    )
    await call(
        hass,
        "ask",
        agent=AGENT,
        media=f"{media}/question.flac",
        satellite="assist_satellite.kitchen",
    )
    assert "assist_satellite.kitchen" in places
    [one] = announced
    assert one.data["media_id"].startswith("media-source://tts/")
    assert one.data["preannounce"] is False


async def test_ask_with_a_recording_on_the_disk(meet, hass, local_media):
    await meet(says(1000, 0.5, asked="what time is it", words="Half past nine."))
    answer = await call(hass, "ask", agent=AGENT, media=f"{local_media}/question.flac")
    assert answer["heard"] == "what time is it"


async def test_recording_that_is_too_large(meet, hass, media, local_media, monkeypatch):
    await meet(says())
    monkeypatch.setattr(media_module, "MAX_BYTES", 16)
    for folder in (media, local_media):
        with pytest.raises(ServiceValidationError) as raised:
            await call(hass, "ask", agent=AGENT, media=f"{folder}/question.flac")
        placeholders = raised.value.translation_placeholders
        assert placeholders["message"] == "the file is too large"


@pytest.mark.parametrize(
    "name",
    [
        *("page.html", "long.wav", "list.m3u8", "empty.wav", "nothing.wav"),
        *("no-samples.wav", "film.mkv"),
    ],
)
async def test_recording_that_cannot_be_used(meet, hass, media, name):
    await meet(says())
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "ask", agent=AGENT, media=f"{media}/{name}")
    assert raised.value.translation_key == "bad_media"


@pytest.mark.parametrize(
    "media_id", ["ftp://example.invalid/x.wav", "media-source://nothing/x", "x"]
)
async def test_recording_at_no_usable_address(meet, hass, media_id):
    await meet(says())
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "ask", agent=AGENT, media=media_id)
    assert raised.value.translation_key == "bad_media"


async def test_ask_fails_with_the_agent(meet, hass, media, voice):
    await meet(fails)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "ask", agent=AGENT, media=f"{media}/question.flac")
    assert raised.value.translation_key == "agent_failed"
    await hass.async_block_till_done(wait_background_tasks=True)  # The error is spoken.


async def test_ask_with_a_recording_of_silence(meet, hass, media):
    async def hears_nothing(peer):
        await hear_out(peer)
        await peer.send(UserTranscript(""))
        await peer.closed.wait()

    await meet(hears_nothing)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "ask", agent=AGENT, media=f"{media}/question.flac")
    assert raised.value.translation_key == "nothing_heard"


# Asking by text. The conversation entity, which answers, has its own tests.


@pytest.fixture
def converse(monkeypatch):
    """Replace the answers of the conversation entity; return the list of its calls."""
    calls = []

    async def answer(hass, text, conversation_id, context, language, *place):
        calls.append((text, conversation_id, language, *place))
        response = intent.IntentResponse(language="en")
        if text == "fail":
            response.async_set_error(intent.IntentResponseErrorCode.UNKNOWN, "No.")
        else:
            response.async_set_speech("It is nine.")
        return conversation.ConversationResult(response, "c-1", continue_conversation=True)

    monkeypatch.setattr(ask_module.conversation, "async_converse", answer)
    return calls


async def test_ask_by_text(meet, hass, voice, converse):
    await meet(says())
    answer = await call(hass, "ask", agent=AGENT, text=" what time is it ", language="en")
    assert (answer["heard"], answer["answer"]) == ("what time is it", "It is nine.")
    assert (answer["conversation_id"], answer["continue_conversation"]) == ("c-1", True)
    assert "/api/tts_proxy/" in answer["audio_url"]
    assert converse == [("what time is it", None, "en", AGENT, None, None)]


async def test_ask_by_text_without_any_voice(meet, hass, converse, allowed_in_log):
    allowed_in_log.append("Error getting audio")
    await meet(says(), speak_with=None)
    answer = await call(hass, "ask", agent=AGENT, text="what time is it")
    assert (answer["answer"], answer["audio_url"]) == ("It is nine.", None)
    async_mock_service(hass, "media_player", "play_media")
    with pytest.raises(HomeAssistantError):
        await call(hass, "ask", agent=AGENT, text="what time is it", media_player=player(hass))


async def test_text_that_is_not_answered(meet, hass, voice, converse):
    await meet(says())
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "ask", agent=AGENT, text="fail")
    assert raised.value.translation_key == "ask_failed"
    assert raised.value.translation_placeholders == {"message": "No."}


async def test_disabled_entity_cannot_be_asked(hass, meet):
    await meet(says())
    registry = er.async_get(hass)
    registry.async_update_entity(AGENT, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "ask", agent=AGENT, text="hello")
    assert raised.value.translation_key == "agent_not_loaded"


# Saying.


async def test_say(meet, hass, voice):
    played = async_mock_service(hass, "media_player", "play_media")
    await meet(says())
    answer = await call(hass, "say", agent=AGENT, text="Dinner!", media_player=[player(hass)])
    assert "/api/tts_proxy/" in answer["audio_url"]
    assert voice.texts == ["Dinner!"]
    assert len(played) == 1
    await call(hass, "say", returns=False, agent=AGENT, text="Dinner!")
    assert len(played) == 1


async def test_say_leaves_nothing_on_the_disk(meet, hass, voice):
    await meet(says())
    await call(hass, "say", agent=AGENT, text="Dinner!")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert os.listdir(hass.config.path("tts")) == []  # noqa: PTH208 (async)


async def test_say_without_a_voice(meet, hass, allowed_in_log):
    allowed_in_log.append("Error getting audio")
    await meet(says(), speak_with=None)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "say", agent=AGENT, text="Dinner!")
    assert raised.value.translation_key == "no_fallback_voice"


async def test_say_with_a_voice_that_fails(meet, hass, voice, allowed_in_log):
    """The integration of the voice may raise anything."""
    allowed_in_log.append("Error getting audio")
    voice.error = ValueError("?")
    await meet(says())
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "say", agent=AGENT, text="Dinner!")
    assert raised.value.translation_key == "answer_failed"
    assert raised.value.translation_placeholders == {"agent": "Other voice"}


async def test_say_ends_in_time(meet, hass, voice, monkeypatch):
    async def hang(pieces):
        await asyncio.Event().wait()
        yield b""

    monkeypatch.setattr(voice, "_speak", hang)
    monkeypatch.setattr(places_module, "VOICE_SECONDS", 0.05)
    await meet(says())
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "say", agent=AGENT, text="Dinner!")
    assert raised.value.translation_key == "no_reply"


# Ending.


def kitchen_with_a_player(hass):
    """A satellite with a media player on the same device."""
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("other", "kitchen")}
    )
    registry = er.async_get(hass)
    satellite = registry.async_get_or_create(
        "assist_satellite", "other", "kitchen", device_id=device.id
    )
    speaker = registry.async_get_or_create("media_player", "other", "kitchen", device_id=device.id)
    player(hass, speaker.entity_id)
    return {"satellite_id": satellite.entity_id, "device_id": device.id}, speaker.entity_id


@pytest.mark.parametrize("by", ["button", "agent", "conversation"])
async def test_end_silences_the_satellite(meet, hass, by):
    stopped = async_mock_service(hass, "media_player", "media_stop")
    satellite = await meet(says(seconds=5))
    place, speaker = kitchen_with_a_player(hass)
    run = Run()
    asking = asyncio.create_task(
        satellite.ask(
            conversation_id="kitchen", output={"preferred_format": "wav"}, run=run, **place
        )
    )
    await run.began.wait()
    await until(lambda: satellite.entry.runtime_data.data.speaking)
    match by:
        case "button":
            button = satellite.entity_id("button", "end_conversation")
            await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
        case "agent":
            await call(hass, "end_conversation", returns=False, agent=AGENT)
        case "conversation":
            await call(hass, "end_conversation", returns=False, conversation_id="kitchen")
    await asking
    assert [one.data["entity_id"] for one in stopped] == [[speaker]]
    assert satellite.entry.runtime_data.conversations.get("kitchen") is None


@pytest.mark.parametrize(
    ("state", "assistant", "is_ours"),
    [
        ("responding", "Voice agent", True),
        ("idle", "Voice agent", False),
        ("responding", "preferred", False),
        ("responding", None, False),
    ],
)
async def test_end_silences_a_satellite_with_a_local_answer(meet, hass, state, assistant, is_ours):
    """Only the state of the satellite shows that it plays: the agent was not asked."""
    stopped = async_mock_service(hass, "media_player", "media_stop")
    await meet(says())
    place, speaker = kitchen_with_a_player(hass)
    if assistant is not None:
        chosen = er.async_get(hass).async_get_or_create(
            "select", "other", "pipeline", device_id=place["device_id"], translation_key="pipeline"
        )
        hass.states.async_set(chosen.entity_id, assistant)
    hass.states.async_set(place["satellite_id"], state)
    await call(hass, "end_conversation", returns=False, agent=AGENT)
    assert [one.data["entity_id"] for one in stopped] == ([[speaker]] if is_ours else [])


async def test_end_does_not_stop_music(meet, hass):
    """The answer has played; the player now plays something else."""
    stopped = async_mock_service(hass, "media_player", "media_stop")
    satellite = await meet(says(seconds=0.1))
    place, _ = kitchen_with_a_player(hass)
    await satellite.ask(conversation_id="kitchen", **place)
    [one] = satellite.entry.runtime_data.conversations
    await until(lambda: not one.session.is_busy)
    one.used_at -= 10
    await call(hass, "end_conversation", returns=False, agent=AGENT)
    assert stopped == []


async def test_end_one_of_two_conversations(meet, hass):
    satellite = await meet(says(seconds=0.1))
    for name in ("kitchen", "bedroom"):
        await satellite.ask(conversation_id=name)
    conversations = satellite.entry.runtime_data.conversations
    await call(hass, "end_conversation", returns=False, agent=AGENT, conversation_id="kitchen")
    assert conversations.get("kitchen") is None
    assert conversations.get("bedroom")


async def test_end_silences_what_is_said(meet, hass, voice):
    async_mock_service(hass, "media_player", "play_media")
    stopped = async_mock_service(hass, "media_player", "media_stop")
    await meet(says())
    await call(hass, "say", agent=AGENT, text="A long story.", media_player=player(hass))
    await call(hass, "end_conversation", returns=False, agent=AGENT)
    assert [one.data["entity_id"] for one in stopped] == [["media_player.kitchen"]]


@pytest.mark.parametrize("error", [HomeAssistantError("offline"), TimeoutError(), ValueError("?")])
async def test_end_with_a_player_that_fails_to_stop(meet, hass, voice, caplog, error):
    """The integration of a player may raise anything: the conversations have ended all the same."""
    async_mock_service(hass, "media_player", "play_media")
    async_mock_service(hass, "media_player", "media_stop", raise_exception=error)
    await meet(says())
    await call(hass, "say", agent=AGENT, text="A long story.", media_player=player(hass))
    await call(hass, "end_conversation", returns=False, agent=AGENT)
    assert "Cannot stop media_player.kitchen" in caplog.text


async def test_end_with_a_player_that_never_stops(meet, hass, voice, caplog, monkeypatch):
    async def hang(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(silence, "STOP_SECONDS", 0.1)
    async_mock_service(hass, "media_player", "play_media")
    hass.services.async_register("media_player", "media_stop", hang)
    await meet(says())
    await call(hass, "say", agent=AGENT, text="A long story.", media_player=player(hass))
    await call(hass, "end_conversation", returns=False, agent=AGENT)
    assert "Cannot stop media_player.kitchen" in caplog.text


# Refused calls.


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("ask", {"agent": AGENT}, "text_or_media"),
        ("ask", {"agent": AGENT, "text": "a", "media": "b"}, "text_or_media"),
        ("ask", {"agent": AGENT, "text": " "}, "empty_text"),
        ("say", {"agent": AGENT, "text": ""}, "empty_text"),
        ("say", {"agent": AGENT, "text": "a" * (MAX_TEXT + 1)}, "long_text"),
        ("say", {"agent": "conversation.home_assistant", "text": "a"}, "not_an_agent"),
        ("say", {"agent": AGENT, "text": "a", "language": "xx"}, "unknown_language"),
        ("say", {"agent": AGENT, "text": "a", "media_player": "media_player.x"}, "no_such_entity"),
        (
            "say",
            {
                "agent": AGENT,
                "text": "a",
                "media_player": "media_player.kitchen",
                "satellite": "assist_satellite.kitchen",
            },
            "two_places",
        ),
        ("end_conversation", {}, "agent_or_conversation"),
        ("end_conversation", {"conversation_id": "x"}, "no_such_conversation"),
    ],
)
async def test_bad_input(meet, hass, action, data, key):
    await meet(says())
    player(hass)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, action, returns=action == "ask", **data)
    assert raised.value.translation_key == key


async def test_agent_that_is_not_set_up(meet, hass):
    satellite = await meet(says())
    assert await hass.config_entries.async_unload(satellite.entry.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "say", agent=AGENT, text="a")
    assert raised.value.translation_key == "agent_not_loaded"


@pytest.mark.parametrize("pipeline_id", [{}, {"pipeline_id": "gone"}])
async def test_recording_without_a_pipeline(meet, hass, media, pipeline_id):
    satellite = await meet(says())
    data = {key: each for key, each in satellite.entry.data.items() if key != "pipeline_id"}
    hass.config_entries.async_update_entry(satellite.entry, data=data | pipeline_id)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "ask", agent=AGENT, media=f"{media}/question.flac")
    assert raised.value.translation_key == "pipeline_missing"


async def test_ask_ends_in_time(meet, hass, monkeypatch, converse):
    async def never(*_):
        await asyncio.Event().wait()

    monkeypatch.setattr(ask_module.conversation, "async_converse", never)
    monkeypatch.setattr(ask_module, "TIMEOUT", 0.05)
    await meet(listen)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "ask", agent=AGENT, text="a")
    assert raised.value.translation_key == "no_reply"


@pytest.fixture
def long_answer(hass, monkeypatch):
    """A satellite that plays until the time of the turn does not run anymore."""
    turn_ended = asyncio.Event()

    @contextlib.asynccontextmanager
    async def turn(seconds):
        assert seconds == ask_module.TIMEOUT
        yield
        turn_ended.set()

    async def announce(_):
        await asyncio.wait_for(turn_ended.wait(), 20)

    monkeypatch.setattr(ask_module, "asyncio", SimpleNamespace(**vars(asyncio) | {"timeout": turn}))
    hass.services.async_register("assist_satellite", "announce", announce)
    hass.states.async_set("assist_satellite.kitchen", "idle")
    return "assist_satellite.kitchen"


async def test_answer_may_play_longer_than_the_turn(meet, hass, media, long_answer):
    await meet(says())
    url = f"{media}/question.flac"
    assert await call(hass, "ask", agent=AGENT, media=url, satellite=long_answer)


async def test_answer_to_a_text_may_play_longer(meet, hass, voice, converse, long_answer):
    await meet(says())
    assert await call(hass, "ask", agent=AGENT, text="a", satellite=long_answer)


# Their descriptions.


@pytest.mark.parametrize(
    ("action", "schema"), [("ask", ASK), ("say", SAY), ("end_conversation", END_CONVERSATION)]
)
def test_fields_are_described(action, schema):
    fields = {str(marker): isinstance(marker, vol.Required) for marker in schema.schema}
    described = SERVICES[action]["fields"]
    assert set(described) == set(TEXTS["services"][action]["fields"]) == set(fields)
    for name, field in described.items():
        assert field.get("required", False) is fields[name]
        assert field["selector"]


async def test_end_of_a_conversation_with_two_agents(hass, meet):
    agents = [await meet(says()), await meet(says())]
    for satellite in agents:
        await satellite.ask(conversation_id="kitchen")
    await call(hass, "end_conversation", returns=False, conversation_id="kitchen")
    for satellite in agents:
        assert satellite.entry.runtime_data.conversations.get("kitchen") is None


# Permissions.


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("ask", {"agent": AGENT, "text": "Hello."}),
        ("say", {"agent": AGENT, "text": "Hello."}),
        ("end_conversation", {"agent": AGENT}),
        ("end_conversation", {"conversation_id": "kitchen"}),
    ],
)
async def test_user_who_may_only_read(hass, meet, hass_read_only_user, action, data):
    satellite = await meet(says())
    await satellite.ask(conversation_id="kitchen")
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)
    assert satellite.entry.runtime_data.conversations.get("kitchen")
