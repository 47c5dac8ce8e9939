"""Who answers: a conversation agent of the home, or the brain of the agent's server."""

from homeassistant.components.conversation import ConversationEntityFeature
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import CONF_ANSWER_WITH, CONF_LLM_APIS, OWN_BRAIN
from ..models import PlayAIConfigEntry


@callback
def async_home_agent(entry: PlayAIConfigEntry) -> str | None:
    """Return the conversation agent that answers for the home; None: the server's brain does."""
    chosen: str = entry.options.get(CONF_ANSWER_WITH, OWN_BRAIN)
    return None if chosen == OWN_BRAIN else chosen


@callback
def async_features(hass: HomeAssistant, entry: PlayAIConfigEntry) -> ConversationEntityFeature:
    """Return the features of whoever answers.

    Without `CONTROL` the dialog warns that the home cannot be controlled.
    """
    agent = async_home_agent(entry)
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
