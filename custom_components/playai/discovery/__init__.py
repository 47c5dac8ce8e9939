"""Agents that are discovered: announced in the local network, or by an app of the Supervisor."""

from .announcements import MAX_OPEN_FLOWS

__all__ = ["MAX_OPEN_FLOWS"]
