"""Repair issues: each is shown, can be fixed by the user, and is removed with its cause."""

import pytest
from homeassistant.components import assist_pipeline
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from custom_components.playai.agent import AgentFeatures
from custom_components.playai.const import DOMAIN
from tests.agent.talk import until

from . import servers
from .agents import says
from .conftest import listen
from .other_engines import OtherVoice, set_up
from .timings import set_timings


@pytest.fixture(autouse=True)
async def repairs(hass):
    """Home Assistant's own part."""
    assert await async_setup_component(hass, "repairs", {})


@pytest.fixture
def never(monkeypatch):
    """Do not reconnect in the background during a test."""
    set_timings(monkeypatch, first_retry=60)


@pytest.fixture
def soon(monkeypatch):
    """Retry immediately."""
    set_timings(monkeypatch, first_retry=0.05)


def issues(hass):
    """The names of all issues that are shown."""
    return [issue.translation_key for issue in ir.async_get(hass).issues.values() if issue.active]


async def begin(hass):
    """Start the fix of the only issue."""
    [issue] = ir.async_get(hass).issues.values()
    assert issue.is_fixable
    flows = repairs_flow_manager(hass)
    return await flows.async_init(DOMAIN, context={"issue_id": issue.issue_id})


async def submit(hass, form, **typed):
    return await repairs_flow_manager(hass).async_configure(form["flow_id"], typed)


async def words(hass, key):
    texts = await async_get_translations(hass, "en", "issues", {DOMAIN})
    return texts[f"component.{DOMAIN}.issues.{key}"]


# An agent that the server does not know.


async def test_unknown_agent_leads_to_its_form(meet, voice, hass, never):
    satellite = await meet(servers.refuses(1002), listen, says())
    assert (await satellite.ask()).failure == "The agent's server does not recognize this agent."
    assert issues(hass) == ["unknown_agent"]
    for _ in range(2):  # Clicking again opens no other form.
        form = await begin(hass)
        assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure")
        result = await submit(hass, form)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure")
    assert len(hass.config_entries.flow.async_progress()) == 1
    kind, flow_id = result["next_flow"]
    assert kind == "config_flow"
    form = hass.config_entries.flow.async_get(flow_id)
    assert (form["step_id"], form["context"]["entry_id"]) == (
        "reconfigure",
        satellite.entry.entry_id,
    )
    assert issues(hass) == ["unknown_agent"]  # Not before the connection works.
    data = satellite.entry.data
    typed = {"url": data["url"], "agent_id": "agent-2", "output_format": "raw"}
    await hass.config_entries.flow.async_configure(flow_id, typed)
    await hass.async_block_till_done()
    assert satellite.entry.data["agent_id"] == "agent-2"
    assert issues(hass) == []
    assert (await satellite.ask()).audio


async def test_unknown_agent_at_set_up(meet_later, voice, hass):
    entry = await meet_later(listen, first=servers.refuses(1002))
    assert entry.state is ConfigEntryState.LOADED
    assert issues(hass) == ["unknown_agent"]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == []


async def test_agent_that_the_server_recognizes_again(meet, voice, hass, soon):
    satellite = await meet(servers.refuses(1002), listen)
    updates = []
    hass.bus.async_listen(
        ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED,
        callback(lambda event: updates.append(event.data["action"])),
    )
    assert (await satellite.ask()).failure
    await until(lambda: updates == ["create", "remove"])
    assert issues(hass) == []


# An account without credits, and a server that is full.


async def test_credits_that_were_added(meet, voice, hass, never):
    satellite = await meet(servers.refuses(1005), servers.refuses(1005), listen)
    assert (await satellite.ask()).failure
    assert issues(hass) == ["no_credits"]
    form = await begin(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "try_again")
    assert form["description_placeholders"]["name"] == "Voice agent"
    form = await submit(hass, form)
    assert form["errors"] == {"base": "no_credits"}
    assert await words(hass, "no_credits.fix_flow.error.no_credits")
    assert issues(hass) == ["no_credits"]
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == []
    connected = satellite.entity_id("binary_sensor", "connected")
    assert hass.states.get(connected).state == "on"
    problem = satellite.entity_id("binary_sensor", "problem")
    assert hass.states.get(problem).state == "off"


async def test_next_turn_tries_again(meet, voice, hass, never):
    satellite = await meet(servers.refuses(1005), says())
    assert (await satellite.ask()).failure == "The agent's account has no credits left."
    assert issues(hass) == ["no_credits"]
    assert (await satellite.ask()).audio
    assert issues(hass) == []


async def test_credits_that_end_in_a_conversation(meet, voice, hass, soon):
    """An accepted connection does not mean that there are credits."""

    async def takes_it_in_and_refuses(peer):
        await peer.hear_voice(0.2)
        await servers.refuses(1005)(peer)

    satellite = await meet(says_first(takes_it_in_and_refuses), listen, says())
    assert (await satellite.ask()).failure
    connected = satellite.entity_id("binary_sensor", "connected")
    await until(lambda: hass.states.get(connected).state == "on")
    assert issues(hass) == ["no_credits"]
    assert (await satellite.ask()).audio
    assert issues(hass) == []


def says_first(script):
    """Accept the set-up before anything else."""

    async def accepts(peer):
        await peer.send('{"type": "init", "conversationId": "c"}')
        await script(peer)

    return accepts


async def test_no_credits_at_set_up(meet_later, voice, hass, never):
    entry = await meet_later(listen, first=servers.refuses(1005))
    assert entry.state is ConfigEntryState.LOADED
    form = await begin(hass)
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == []


async def test_agent_that_is_unloaded_while_its_repair_is_open(meet_later, voice, hass, never):
    entry = await meet_later(listen, first=servers.refuses(1005))
    form = await begin(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    result = await submit(hass, form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "set_up_again")
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert issues(hass) == []


async def test_too_many_connections_for_three_turns(meet, voice, hass, never):
    satellite = await meet(*[servers.refuses(4429)] * 4, listen)
    for shown in ([], [], ["too_many_connections"]):
        run = await satellite.ask()
        assert (
            run.failure == "The agent is busy with too many conversations. Please try again later."
        )
        assert issues(hass) == shown
    form = await begin(hass)
    form = await submit(hass, form)
    assert form["errors"] == {"base": "too_many_connections"}
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == []


async def test_success_restarts_the_count_of_refused_turns(meet, voice, hass, never):
    full = servers.refuses(4429)
    satellite = await meet(full, full, says(), full, full, says())
    for conversation in range(2):
        for _ in range(2):
            assert (await satellite.ask(conversation_id=str(conversation))).failure
        assert (await satellite.ask(conversation_id=str(conversation))).audio
        satellite.entry.runtime_data.conversations.async_end(str(conversation))
        await satellite.peers[-1].closed.wait()
    assert issues(hass) == []


async def test_trying_again_makes_room_first(meet, voice, hass):
    satellite = await meet(says(), listen)
    assert (await satellite.ask(conversation_id="kitchen")).audio
    coordinator = satellite.entry.runtime_data
    await until(lambda: coordinator.data.status == "idle")
    await coordinator.async_test_connection()
    assert satellite.peers[0].closed.is_set()


# A pipeline that is gone.


async def delete_pipeline(hass, satellite):
    """Delete the pipeline as a user does, and set the agent up again."""
    await hass.data[KEY_ASSIST_PIPELINE].pipeline_store.async_delete_item(satellite.pipeline.id)
    await reload(hass, satellite)


async def reload(hass, satellite):
    assert await hass.config_entries.async_reload(satellite.entry.entry_id)
    await hass.async_block_till_done()


def names(hass):
    return [pipeline.name for pipeline in assist_pipeline.async_get_pipelines(hass)][1:]


async def test_deleted_pipeline_is_created_again(meet, voice, hass):
    satellite = await meet(says())
    await delete_pipeline(hass, satellite)
    assert (issues(hass), names(hass)) == (["pipeline_missing"], [])
    form = await begin(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "create_pipeline")
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (issues(hass), names(hass)) == ([], ["Voice agent"])
    assert (await satellite.ask(pipeline=satellite.entry.data["pipeline_id"])).audio
    await reload(hass, satellite)
    assert (issues(hass), names(hass)) == ([], ["Voice agent"])


async def test_pipeline_is_created_once_by_two_forms(meet, voice, hass):
    satellite = await meet(says())
    await delete_pipeline(hass, satellite)
    forms = [await begin(hass) for _ in range(2)]
    for form in forms:
        assert (await submit(hass, form))["type"] is FlowResultType.CREATE_ENTRY
    assert (issues(hass), names(hass)) == ([], ["Voice agent"])


async def test_ignored_issue_stays_ignored(meet, voice, hass):
    satellite = await meet(says())
    await delete_pipeline(hass, satellite)
    issue_id = f"pipeline_missing_{satellite.entry.entry_id}"
    ir.async_ignore_issue(hass, DOMAIN, issue_id, ignore=True)
    await reload(hass, satellite)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id).dismissed_version
    assert names(hass) == []


@pytest.mark.parametrize("platform", ["stt", "conversation", "tts"])
async def test_pipeline_is_not_created_without_its_engines(meet, voice, hass, platform):
    satellite = await meet(says())
    await delete_pipeline(hass, satellite)
    er.async_get(hass).async_update_entity(
        satellite.entity_id(platform), disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    result = await submit(hass, await begin(hass))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_engines")
    assert await words(hass, "pipeline_missing.fix_flow.abort.no_engines")
    assert (issues(hass), names(hass)) == (["pipeline_missing"], [])


# The fallback voice.


async def test_choosing_a_voice(meet, hass):
    satellite = await meet(says())
    assert issues(hass) == ["no_fallback_voice"]
    form = await begin(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "choose_voice")
    ours = satellite.entity_id("tts")
    with pytest.raises(Exception, match="speak_with"):
        await submit(hass, form, speak_with=ours)
    result = await submit(hass, form, speak_with="tts.other_voice")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert satellite.entry.options["speak_with"] == "tts.other_voice"
    assert issues(hass) == []


async def test_choosing_no_voice(meet, hass):
    satellite = await meet(says())
    result = await submit(hass, await begin(hass))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert satellite.entry.options["speak_with"] is None
    assert issues(hass) == []


async def test_voice_of_a_cloud_service_is_not_chosen(meet, hass_with_assist):
    await set_up(hass_with_assist, "tts", OtherVoice(), "cloud_push")
    satellite = await meet(says())
    assert "speak_with" not in satellite.entry.options
    assert issues(hass_with_assist) == ["no_fallback_voice"]


async def test_agent_that_speaks_texts_needs_no_other_voice(meet, hass):
    features = AgentFeatures("Agent", features=frozenset({"say"}))
    await meet(says(), features=features)
    assert issues(hass) == []


# Local commands.


async def test_local_commands_are_offered_for_an_older_pipeline(meet, voice, hass):
    satellite = await meet(says(), features=AgentFeatures("Agent"))
    await reload(hass, satellite)
    assert issues(hass) == []  # The user has turned them off.
    data = {**satellite.entry.data}
    del data["local_commands"]
    hass.config_entries.async_update_entry(satellite.entry, data=data)
    await reload(hass, satellite)
    assert issues(hass) == ["local_commands_off"]
    form = await begin(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "prefer_local")
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (pipeline,) = [
        each
        for each in assist_pipeline.async_get_pipelines(hass)
        if each.id == satellite.pipeline.id
    ]
    assert pipeline.prefer_local_intents
    assert issues(hass) == []
    await reload(hass, satellite)
    assert issues(hass) == []


async def test_voice_that_comes_later_is_chosen(meet, hass):
    satellite = await meet(says())
    assert issues(hass) == ["no_fallback_voice"]
    await set_up(hass, "tts", OtherVoice())
    await hass.async_block_till_done()
    assert satellite.entry.options["speak_with"] == "tts.other_voice"
    assert issues(hass) == []


async def test_voice_that_is_gone_is_not_replaced(meet, voice, hass):
    satellite = await meet(says(), speak_with="tts.mine")
    assert satellite.entry.options["speak_with"] == "tts.mine"
    assert issues(hass) == ["no_fallback_voice"]
    registry = er.async_get(hass)
    mine = registry.async_get_or_create("tts", "other", "mine", suggested_object_id="mine")
    hass.states.async_set(mine.entity_id, "unknown")
    await hass.async_block_till_done()
    assert issues(hass) == []
    hass.states.async_remove(mine.entity_id)
    registry.async_remove(mine.entity_id)
    await hass.async_block_till_done()
    assert issues(hass) == ["no_fallback_voice"]


async def test_voice_is_followed_when_it_is_renamed(meet, hass):
    registry = er.async_get(hass)
    mine = registry.async_get_or_create("tts", "other", "mine", suggested_object_id="mine")
    satellite = await meet(says(), speak_with=mine.entity_id)
    registry.async_update_entity(mine.entity_id, new_entity_id="tts.renamed")
    await hass.async_block_till_done()
    assert satellite.entry.options["speak_with"] == "tts.renamed"
    assert issues(hass) == []


async def test_agent_that_is_away_may_be_able_to_speak(meet_later, hass, never):
    entry = await meet_later(says())
    await entry.runtime_data.async_close()
    assert issues(hass) == ["no_fallback_voice"]
    await hass.config_entries.async_unload(entry.entry_id)
    ir.async_get(hass).async_delete(DOMAIN, f"no_fallback_voice_{entry.entry_id}")
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": "ws://127.0.0.1:1/"})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == []


async def test_no_issue_remains_when_the_agent_is_removed(meet, hass, never):
    satellite = await meet(servers.refuses(1002))
    await satellite.ask()
    assert sorted(issues(hass)) == ["no_fallback_voice", "unknown_agent"]
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    assert issues(hass) == []


async def test_no_issue_remains_when_the_agent_is_disabled(meet, hass, never):
    satellite = await meet(servers.refuses(1002))
    await satellite.ask()
    entry_id = satellite.entry.entry_id
    await hass.config_entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert issues(hass) == []


@pytest.mark.parametrize("code", [1002, 1005])
async def test_agent_that_is_removed_while_its_form_is_open(meet, voice, hass, never, code):
    satellite = await meet(servers.refuses(code))
    await satellite.ask()
    form = await begin(hass)
    await hass.config_entries.async_remove(satellite.entry.entry_id)
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_disabled_voice_does_not_count(meet, voice, hass):
    await meet(says())
    assert issues(hass) == []
    by_user = er.RegistryEntryDisabler.USER
    er.async_get(hass).async_update_entity("tts.other_voice", disabled_by=by_user)
    await hass.async_block_till_done()
    assert issues(hass) == ["no_fallback_voice"]


async def test_saving_options_does_not_prevent_the_choice_of_a_voice(meet, hass):
    satellite = await meet(says())
    flows = hass.config_entries.options
    form = await flows.async_init(satellite.entry.entry_id)
    await flows.async_configure(form["flow_id"], {"end_of_turn": "agent", "advanced": {}})
    await hass.async_block_till_done()
    assert issues(hass) == ["no_fallback_voice"]
    await set_up(hass, "tts", OtherVoice())
    await hass.async_block_till_done()
    assert satellite.entry.options["speak_with"] == "tts.other_voice"
