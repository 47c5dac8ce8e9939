"""Triggers for automations: the activities of the conversations with an agent.

    triggers:
      - trigger: playai.reply_finished
        target:
          device_id: 6a1f…

They listen to the activity entities; other entities of the target are ignored.
"""

import asyncio
from typing import Any, Final, override

import voluptuous as vol
from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)

from .agent import ErrorKind
from .models import Activity
from .own_entities import async_filter_own

CONF_KIND: Final = "kind"

DATA: Final = (
    "conversation_id",
    "satellite_id",
    "satellite_device_id",
    "source",
    "response_time",
    "agent_time",
    "duration",
    "kind",
    "code",
    "message",
)
"""The data of activities that automations get in `trigger`, in addition to `device_id`."""


class ActivityTrigger(StatelessEntityTriggerBase):
    """Fires on one type of activity."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}
    activity: Activity

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return async_filter_own(self._hass, entities, "activity")

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        return state.attributes.get(ATTR_EVENT_TYPE) == self.activity

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Add the activity's data to the trigger variables."""

        @callback
        def run(
            extra_trigger_payload: dict[str, Any], description: str, context: Context | None = None
        ) -> asyncio.Task[Any]:
            payload = extra_trigger_payload | self._data(extra_trigger_payload)
            return run_action(payload, description, context)

        return await super().async_attach_runner(run, did_not_trigger)

    def _data(self, payload: dict[str, Any]) -> dict[str, Any]:
        attributes = payload["to_state"].attributes
        entity = er.async_get(self._hass).async_get(payload[ATTR_ENTITY_ID])
        return {
            ATTR_DEVICE_ID: None if entity is None else entity.device_id,
            **{name: attributes[name] for name in DATA if name in attributes},
        }


def _fires_on(wanted: Activity) -> type[ActivityTrigger]:
    class OneActivityTrigger(ActivityTrigger):
        activity = wanted

    return OneActivityTrigger


class ErrorTrigger(ActivityTrigger):
    """Fires on errors, optionally only of some kinds."""

    activity = Activity.ERROR
    _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {
            vol.Required(CONF_OPTIONS, default={}): {
                vol.Optional(CONF_KIND): vol.All(
                    cv.ensure_list, [vol.In([kind.value for kind in ErrorKind])]
                ),
            },
        }
    )

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Create the trigger of one automation."""
        super().__init__(hass, config)
        self._kinds = set(self._options.get(CONF_KIND, ()))

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        return super().is_valid_state(state, report_not_triggered) and (
            not self._kinds or state.attributes.get("kind") in self._kinds
        )


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "conversation_started": _fires_on(Activity.SESSION_STARTED),
    "user_started_speaking": _fires_on(Activity.VOICE_ACTIVITY_STARTED),
    "user_stopped_speaking": _fires_on(Activity.VOICE_ACTIVITY_ENDED),
    "reply_started": _fires_on(Activity.REPLY_STARTED),
    "reply_finished": _fires_on(Activity.REPLY_FINISHED),
    "reply_interrupted": _fires_on(Activity.REPLY_INTERRUPTED),
    "error": ErrorTrigger,
    "conversation_ended": _fires_on(Activity.SESSION_ENDED),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by their names, without the domain."""
    return TRIGGERS
