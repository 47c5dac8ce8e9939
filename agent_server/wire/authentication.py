"""Checks which agent a client may talk to."""

import asyncio
import hmac
from collections.abc import Mapping

from ..config import Agent
from .key_backoff import KeyBackoff
from .messages.errors import ErrorCode, ProtocolError


class Authenticator:
    """The keys of all agents, and the addresses from which wrong ones came."""

    def __init__(self, agents: Mapping[str, Agent]) -> None:
        """`agents` by id."""
        self._agents = agents
        self._backoff = KeyBackoff()

    async def check(self, key: str, agent_id: str, address: str) -> Agent:
        """Return the agent, after a delay when wrong keys came from the address.

        Raises `ProtocolError`.
        """
        owners = await self.owners(key, address)
        agent = self._agents.get(agent_id)
        if agent is None:
            raise ProtocolError(ErrorCode.INVALID_AGENT)
        if agent not in owners:
            raise ProtocolError(ErrorCode.KEY_OF_ANOTHER_AGENT)
        return agent

    async def owners(self, key: str, address: str) -> list[Agent]:
        """Return the agents with a key, at least one; see `check`."""
        is_trusted, delay = self._backoff.is_trusted(address), self._backoff.delay(address)
        if not is_trusted:
            await asyncio.sleep(delay)
        # Compare with every agent's key, so that the time reveals nothing.
        owners = [
            owner
            for owner in self._agents.values()
            if hmac.compare_digest(owner.key.encode(), key.encode())
        ]
        if not owners:
            self._backoff.failed(address)
            if is_trusted:
                await asyncio.sleep(delay)
            raise ProtocolError(ErrorCode.WRONG_KEY)
        self._backoff.succeeded(address)
        return owners
