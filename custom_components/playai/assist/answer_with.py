"""Who answers: a conversation agent of the home, or the brain of the agent's server."""

from homeassistant.components import assist_pipeline
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT, ConversationEntityFeature
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..agent import Feature
from ..const import CONF_ANSWER_WITH, CONF_LLM_APIS, OWN_BRAIN
from ..coordinator import PlayAIConfigEntry, PlayAICoordinator
from ..own_entities import is_own


@callback
def async_home_agent(hass: HomeAssistant, entry: PlayAIConfigEntry) -> str | None:
    """Return the conversation agent that answers for the home; None: the server's brain does."""
    chosen: str | None = entry.options.get(CONF_ANSWER_WITH)
    if chosen is None:
        return _default_agent(hass) if _speaks_home_link(entry) else None
    return None if chosen == OWN_BRAIN else chosen


@callback
def async_choose_home_agent(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Save the default once the server is known to speak the home link.

    It is the agent of the user's preferred assistant, which may be replaced by this one later.
    """
    if CONF_ANSWER_WITH not in entry.options and _speaks_home_link(entry):
        options = {**entry.options, CONF_ANSWER_WITH: _default_agent(hass)}
        hass.config_entries.async_update_entry(entry, options=options)


@callback
def may_answer(entry: PlayAIConfigEntry) -> bool:
    """Return whether the home answers if the server speaks the home link."""
    return bool(entry.options.get(CONF_ANSWER_WITH) != OWN_BRAIN)


@callback
def _default_agent(hass: HomeAssistant) -> str:
    """Return the conversation agent of the preferred assistant, or the built-in one."""
    engine = assist_pipeline.async_get_pipeline(hass).conversation_engine
    return HOME_ASSISTANT_AGENT if is_own(hass, engine) else engine


@callback
def _speaks_home_link(entry: PlayAIConfigEntry) -> bool:
    if entry.state not in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS):
        return False
    # An entry that is being set up has none until it has reached the server.
    coordinator: PlayAICoordinator | None = getattr(entry, "runtime_data", None)
    return coordinator is not None and coordinator.traits.features is not None


@callback
def async_knows(entry: PlayAIConfigEntry, feature: Feature) -> bool:
    """Return whether the agent's server is known to have a feature of the home link."""
    features = entry.runtime_data.traits.features
    return features is not None and feature in features.features


@callback
def async_features(hass: HomeAssistant, entry: PlayAIConfigEntry) -> ConversationEntityFeature:
    """Return the features of the conversation agent that answers.

    Without `CONTROL` the dialog warns that the home cannot be controlled.
    """
    agent = async_home_agent(hass, entry)
    if agent is None:
        return ConversationEntityFeature(bool(entry.options.get(CONF_LLM_APIS)))
    state = hass.states.get(agent)
    features = 0 if state is None else state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
    return ConversationEntityFeature(features) & ConversationEntityFeature.CONTROL


@callback
def async_follow_home_agent(hass: HomeAssistant, entry: PlayAIConfigEntry) -> None:
    """Follow renames of the chosen conversation agent."""

    @callback
    def registry_updated(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        old_id = event.data.get("old_entity_id")
        if event.data["action"] != "update" or old_id is None:
            return
        if entry.options.get(CONF_ANSWER_WITH) == old_id:
            options = {**entry.options, CONF_ANSWER_WITH: event.data["entity_id"]}
            hass.config_entries.async_update_entry(entry, options=options)

    entry.async_on_unload(hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, registry_updated))
