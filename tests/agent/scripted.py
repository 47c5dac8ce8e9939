"""The scripted server of the library, under the name that the tests use."""

from custom_components.playai.agent.testing import Peer, Script, ScriptedServer

__all__ = ["Peer", "Script", "ScriptedServer"]
