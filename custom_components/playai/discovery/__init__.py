"""Agents that are discovered: announced in the local network, or by an app of the Supervisor."""
