"""The tools of the home that a brain in the agent's server may use: Home Assistant's LLM APIs."""

import logging
from functools import partial
from typing import Any, Final

import probatio
from homeassistant.components import conversation
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm
from homeassistant.util.hass_dict import HassKey

from ..agent import Tool, ToolResult
from ..const import CONF_LLM_APIS, DOMAIN
from ..coordinator import PlayAIConfigEntry
from .asking_api import API_ID, not_allowed
from .confirmation import ask_here
from .pipeline_run import PipelineRun
from .risky import async_is_risky

_LOGGER = logging.getLogger(__name__)

LONGEST_REASON: Final = 200
"""Characters of an exception of another integration that are logged and sent."""

_REPORTED: Final[HassKey[set[str]]] = HassKey(f"{DOMAIN}_tools_not_offered")
"""The warnings that were logged already."""


async def async_offered_tools(
    hass: HomeAssistant, entry: PlayAIConfigEntry, context: llm.LLMContext
) -> tuple[tuple[Tool, ...], str]:
    """Return the tools that the user has allowed, and the prompt that belongs to them."""
    api = await _async_api(hass, entry, context)
    if api is None:
        return (), ""
    offered = (_offered_tool(hass, tool, api) for tool in api.tools)
    return tuple(tool for tool in offered if tool is not None), api.api_prompt


class RunTools:
    """Runs tools with the permissions of a run."""

    def __init__(self, run: PipelineRun) -> None:
        """Create the tools of a run."""
        self._run = run
        self._ask = ask_here()

    async def async_call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool, and show the call and its result in the chat log."""
        context = self._run.user_input.as_llm_context(DOMAIN)
        api = await _async_api(self._run.hass, self._run.entry, context)
        call = llm.ToolInput(name, arguments, external=True)
        if api is not None and self._ask is not None and self._is_risky(api, call):
            # The call is shown as a question until it is allowed.
            result = await self._ask(call, partial(_async_run, api, call)) or not_allowed()
            self._log_call(call)
            self._log_result(call, result)
            return ToolResult(result.data, result.error)
        self._log_call(call)
        result = _error("the call was interrupted")
        try:
            result = _error("no tools are offered") if api is None else await _async_run(api, call)
        finally:
            self._log_result(call, result)
        return ToolResult(result.data, result.error)

    def _log_call(self, call: llm.ToolInput) -> None:
        agent_id = self._run.user_input.agent_id
        self._log(
            conversation.AssistantContent(agent_id, tool_calls=[call]),
            {"role": "assistant", "tool_calls": [call]},
        )

    def _log_result(self, call: llm.ToolInput, result: llm.ToolResult) -> None:
        content = conversation.ToolResultContent(
            self._run.user_input.agent_id, call.id, call.tool_name, result=result
        )
        self._log(content, content.as_dict())

    def _log(
        self,
        content: conversation.AssistantContent | conversation.ToolResultContent,
        delta: dict[str, Any],
    ) -> None:
        """Add content to the chat log, and show it in the dialog.

        The stream of the chat log would add a call only after its result, and in Home Assistant
        2026.10 without telling those who watch the log.
        """
        chat_log = self._run.chat_log
        chat_log.async_add_assistant_content_without_tools(content)
        if chat_log.delta_listener is not None:
            chat_log.delta_listener(chat_log, delta)

    def _is_risky(self, api: llm.APIInstance, call: llm.ToolInput) -> bool:
        tool = next((each for each in api.tools if each.name == call.tool_name), None)
        return tool is not None and async_is_risky(self._run.hass, tool, call.tool_args)


async def _async_run(api: llm.APIInstance, call: llm.ToolInput) -> llm.ToolResult:
    """Run a tool; its failure is a result for the brain, which can try something else."""
    try:
        return await api.async_call_tool(call)
    except (HomeAssistantError, probatio.Invalid) as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001
        # Other integrations implement the tools, and may raise anything.
        reason = ascii(error)
        _LOGGER.warning("The tool %s failed: %s", call.tool_name, reason[:LONGEST_REASON])
    return _error(reason[:LONGEST_REASON])


def _error(reason: str) -> llm.ToolResult:
    return llm.ToolResult(data={"error": reason}, error=True)


async def _async_api(
    hass: HomeAssistant, entry: PlayAIConfigEntry, context: llm.LLMContext
) -> llm.APIInstance | None:
    """Return the allowed APIs as one; None if there are none, or if the user may not use them."""
    apis = llm.async_get_apis(hass)
    if not await _async_is_admin(hass, context):
        # One API that requires an administrator would make the whole request fail.
        apis = [api for api in apis if not getattr(api, "requires_admin", False)]
    known = {api.id for api in apis} - {API_ID}  # Risky calls ask anyway.
    allowed = [api for api in entry.options.get(CONF_LLM_APIS, []) if api in known]
    if not allowed:
        return None
    try:
        return await llm.async_get_api(hass, allowed, context)
    except HomeAssistantError as error:
        _LOGGER.debug("%s cannot use %s: %r", entry.title, allowed, error)
    except Exception as error:  # noqa: BLE001
        # Other integrations implement the APIs, and may raise anything.
        _warn_once(hass, f"The tools of {', '.join(allowed)} cannot be offered", error)
    return None


async def _async_is_admin(hass: HomeAssistant, context: llm.LLMContext) -> bool:
    user_id = None if context.context is None else context.context.user_id
    user = None if user_id is None else await hass.auth.async_get_user(user_id)
    return user is not None and user.is_admin


@callback
def _offered_tool(hass: HomeAssistant, tool: llm.Tool, api: llm.APIInstance) -> Tool | None:
    """Return a tool for the offer; None if its arguments cannot be described."""
    try:
        parameters = _parameters(tool, api)
    except Exception as error:  # noqa: BLE001
        # Other integrations implement the tools, and may raise anything.
        _warn_once(hass, f"The tool {tool.name} cannot be offered", error)
        return None
    return Tool(tool.name, tool.description or "", parameters)


def _parameters(tool: llm.Tool, api: llm.APIInstance) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments."""
    schema = probatio.to_openapi(
        tool.parameters, custom_serializer=api.custom_serializer, openapi_version="3.1.0"
    )
    parameters = {
        "type": "object",
        "properties": schema.get("properties", {}),
        "required": schema.get("required", []),
    }
    if others := schema.get("additionalProperties"):
        parameters["additionalProperties"] = others
    return parameters


@callback
def _warn_once(hass: HomeAssistant, problem: str, error: Exception) -> None:
    """Log a problem of another integration once, even if it recurs in each turn."""
    reported = hass.data.setdefault(_REPORTED, set())
    if problem not in reported:
        reported.add(problem)
        _LOGGER.warning("%s: %s", problem, ascii(error)[:LONGEST_REASON])
