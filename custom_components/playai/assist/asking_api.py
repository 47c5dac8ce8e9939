"""An LLM API for conversation agents: Assist, which asks the user of a talk before a risky action.

Other agents of the home call its tools themselves, so nothing of this integration stands between
them and the home. A user who selects this API in such an agent, in place of Assist, is asked.
"""

from dataclasses import replace
from functools import partial
from typing import Final, override

from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm

from ..const import DOMAIN
from ..texts import async_text
from .confirmation import ask_here
from .risky import async_is_risky

API_ID: Final = f"{DOMAIN}_assist"
NOT_ALLOWED: Final = "the user did not allow it"

ASK_SECONDS: Final = 20.0
"""The wait for the user's answer: the first words of the agent must come within 25 s."""


async def async_offer_api(hass: HomeAssistant) -> None:
    """Offer the API to conversation agents."""
    names = {api.id: api.name for api in llm.async_get_apis(hass)}
    assist = names.get(llm.LLM_API_ASSIST, "Assist")
    name = await async_text(hass, MATCH_ALL, "asking_api", name=assist)
    llm.async_register_api(hass, AskingApi(hass=hass, id=API_ID, name=name))


class AskingApi(llm.API):
    """The tools of Assist."""

    @override
    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        """Return the tools of Assist for an agent."""
        assist = await llm.async_get_api(self.hass, llm.LLM_API_ASSIST, llm_context)
        tools: list[llm.Tool] = [AskingTool(tool) for tool in assist.tools]
        return replace(assist, api=self, tools=tools)


class AskingTool(llm.Tool):
    """A tool that asks before a risky call; outside of a talk, it is like the original."""

    def __init__(self, tool: llm.Tool) -> None:
        """Wrap a tool."""
        self._tool = tool
        self.name = tool.name
        self.title = tool.title
        self.description = tool.description
        self.parameters = tool.parameters
        self.annotations = tool.annotations
        self.integration = tool.integration

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        """Call the tool if the user allows it."""
        run = partial(self._run, hass, tool_input, llm_context)
        ask = ask_here()
        if ask is None or not async_is_risky(hass, self._tool, tool_input.tool_args):
            return await run()
        return await ask(tool_input, run, ASK_SECONDS) or not_allowed()

    async def _run(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        """Call the tool. Home Assistant reports one that returns JSON as a fault of its caller."""
        result = await self._tool.async_call(hass, tool_input, llm_context)
        return result if isinstance(result, llm.ToolResult) else llm.ToolResult(data=result)


def not_allowed() -> llm.ToolResult:
    """Return the result for the model if the user does not allow a call."""
    return llm.ToolResult(data={"error": NOT_ALLOWED}, error=True)
