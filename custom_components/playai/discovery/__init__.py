"""Discovered agents: announced on the local network, or by an app of the Supervisor."""
