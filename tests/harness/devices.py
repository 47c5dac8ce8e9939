"""Devices of a Home Assistant that runs."""

from .home import Home


async def agent_device(home: Home) -> str:
    """Return the id of the agent's device."""
    devices = await home.api.command("config/device_registry/list")
    [device_id] = [each["id"] for each in devices if each["name"] == "Voice agent"]
    return str(device_id)
