"""The tools of the home that are offered to the agent's server."""

from dataclasses import replace

import probatio
import pytest
from homeassistant.core import Context
from homeassistant.helpers import llm
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.playai.assist.tools import async_offered_tools
from custom_components.playai.const import DOMAIN

CONTEXT = llm.LLMContext(DOMAIN, Context(), "en", "conversation", None)


class AnyTool(llm.Tool):
    """A tool of another integration."""

    integration = "test"

    def __init__(self, name, parameters):
        self.name = name
        self.parameters = parameters

    async def async_call(self, hass, tool_input, llm_context):
        raise AssertionError


class OtherApi(llm.API):
    """An API of another integration."""

    def __init__(self, hass, tools, serializer=None, *, id_="other"):
        super().__init__(hass=hass, id=id_, name="Other")
        self.tools = tools
        self.serializer = serializer

    async def async_get_api_instance(self, llm_context):
        if self.tools is None:
            raise RuntimeError("no tools today")
        return llm.APIInstance(self, "Be kind.", llm_context, self.tools, self.serializer)


@pytest.fixture
def entry():
    """An agent that may use the other API."""
    return MockConfigEntry(domain=DOMAIN, options={"llm_apis": ["other"]})


LAMP = AnyTool("lamp", probatio.Schema({probatio.Required("name"): str}))
LAMP_SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}


async def test_tool_with_any_names_of_arguments(hass, entry):
    llm.async_register_api(hass, OtherApi(hass, [AnyTool("set", probatio.Schema({str: int}))]))
    ((tool,), prompt) = await async_offered_tools(hass, entry, CONTEXT)
    assert prompt == "Be kind."
    assert tool.parameters == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": {"type": "integer"},
    }


async def test_tool_that_cannot_be_described_costs_only_itself(hass, entry, caplog):
    def serializer(schema):
        if schema is float:
            raise RuntimeError("what is a float?")
        return probatio.UNSUPPORTED

    odd = AnyTool("odd", probatio.Schema({probatio.Required("level"): float}))
    llm.async_register_api(hass, OtherApi(hass, [odd, LAMP], serializer))
    for _ in range(2):
        ((tool,), _) = await async_offered_tools(hass, entry, CONTEXT)
        assert (tool.name, tool.parameters) == ("lamp", LAMP_SCHEMA)
    assert caplog.text.count("The tool odd cannot be offered: RuntimeError") == 1


async def test_api_that_fails_offers_nothing(hass, entry, caplog):
    llm.async_register_api(hass, OtherApi(hass, None))
    for _ in range(2):
        assert await async_offered_tools(hass, entry, CONTEXT) == ((), "")
    assert caplog.text.count("The tools of other cannot be offered: RuntimeError") == 1


async def test_api_for_administrators_costs_only_its_own_tools(
    hass, hass_admin_user, hass_read_only_user
):
    entry = MockConfigEntry(domain=DOMAIN, options={"llm_apis": ["other", "admin"]})
    everything = OtherApi(hass, [AnyTool("everything", probatio.Schema({}))], id_="admin")
    everything.requires_admin = True
    llm.async_register_api(hass, OtherApi(hass, [LAMP]))
    llm.async_register_api(hass, everything)
    for user_id, names in (
        (None, ["lamp"]),
        (hass_read_only_user.id, ["lamp"]),
        (hass_admin_user.id, ["lamp", "everything"]),
    ):
        context = replace(CONTEXT, context=Context(user_id=user_id))
        tools, _ = await async_offered_tools(hass, entry, context)
        assert [tool.name.rpartition("__")[2] for tool in tools] == names
