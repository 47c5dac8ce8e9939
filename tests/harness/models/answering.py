"""Lets a model answer for a home, through Home Assistant's own integrations."""

import asyncio
from typing import Any, Final

from ..home import PATIENCE, Home
from ..options import change_options

NAME: Final = "Model"
"""The name of the conversation agent."""

PROMPT: Final = "You are the voice of this home. Answer in one or two short sentences."


async def add_ollama(
    home: Home, url: str, model: str, *, tools: bool = True, api: str = "assist"
) -> str:
    """Set `ollama` up, with the tools of an API or without; return its conversation entity."""
    data = {
        "model": model,
        "llm_hass_api": [api] if tools else [],
        "num_ctx": 8192,
        "max_history": 20,
        "keep_alive": -1,
        "think": False,
    }
    return await _add_agent(home, "ollama", {"url": url}, data)


async def add_openai(home: Home, *, tools: bool = True) -> str:
    """Set `openai_conversation` up; return its conversation entity.

    Its server is the one of the variable OPENAI_BASE_URL in Home Assistant's environment.
    """
    data = {"llm_hass_api": ["assist"] if tools else [], "recommended": True}
    return await _add_agent(home, "openai_conversation", {"api_key": "none"}, data)


async def answer_with(home: Home, agent: str, **changes: Any) -> None:
    """Choose who answers: a conversation entity, or "agent" for the brain of the server.

    `changes` are more options.
    """
    await change_options(home, answer_with=agent, **changes)


async def _add_agent(
    home: Home, integration: str, connection: dict[str, Any], agent: dict[str, Any]
) -> str:
    """Set an integration up and add a conversation agent to it; return its entity."""
    entry_id = (await home.add_entry(integration, connection))["result"]["entry_id"]
    path = "/api/config/config_entries/subentries/flow"
    form = await home.api.post(path, {"handler": [entry_id, "conversation"]})
    data = {"name": NAME, "prompt": PROMPT, **agent}
    await home.api.post(f"{path}/{form['flow_id']}", data)
    entity_id = f"conversation.{NAME.lower()}"
    async with asyncio.timeout(PATIENCE):
        while True:
            states = await home.api.command("get_states")
            if any(state["entity_id"] == entity_id for state in states):
                return entity_id
            await asyncio.sleep(0.1)
