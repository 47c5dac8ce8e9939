"""The agent as an app of Home Assistant's Supervisor."""
