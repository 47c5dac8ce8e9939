"""The agents are announced on the network, and only there."""

import asyncio
from functools import partial
from uuid import uuid4

import pytest
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf

from agent_server.announce import SERVICE_TYPE, Announcer, service


def test_one_service_per_agent():
    info = service(["192.0.2.1", "fd00::1"], 8765, "/v1/agent-conversation", "kitchen")
    assert info.type == SERVICE_TYPE == "_playai-agent._tcp.local."
    assert info.name == f"kitchen.{SERVICE_TYPE}"
    assert info.port == 8765
    assert info.parsed_addresses(IPVersion.All) == ["192.0.2.1", "fd00::1"]
    assert info.decoded_properties == {
        "agent_id": "kitchen",
        "path": "/v1/agent-conversation",
        "version": "0.1.0",
    }


@pytest.mark.parametrize("agent_id", ["a.b.c", "ä" * 100, "x" * 200])
def test_any_agent_id_makes_a_name(agent_id: str):
    info = service(["192.0.2.1"], 1, "/", agent_id)
    label = info.name.removesuffix(f".{SERVICE_TYPE}")
    assert "." not in label
    assert 0 < len(label.encode()) <= 63


async def test_it_can_be_found(monkeypatch: pytest.MonkeyPatch):
    here = partial(AsyncZeroconf, interfaces=["127.0.0.1"])
    monkeypatch.setattr("agent_server.announce.AsyncZeroconf", here)
    agent_ids = [f"{room}-{uuid4().hex}" for room in ("kitchen", "office")]
    announcer = Announcer()
    await announcer.start(["127.0.0.1"], 8765, "/v1/agent-conversation", agent_ids)
    seeker = here()
    try:
        for agent_id in agent_ids:
            found = await seeker.async_get_service_info(
                SERVICE_TYPE, f"{agent_id}.{SERVICE_TYPE}", 10_000
            )
            assert found is not None
            assert found.port == 8765
            assert found.decoded_properties["agent_id"] == agent_id
    finally:
        await announcer.stop()
        await seeker.async_close()


async def test_nothing_is_announced_after_the_end(monkeypatch: pytest.MonkeyPatch, caplog):
    here = partial(AsyncZeroconf, interfaces=["127.0.0.1"])
    monkeypatch.setattr("agent_server.announce.AsyncZeroconf", here)
    agent_id = f"kitchen-{uuid4().hex}"
    announcer = Announcer()
    await announcer.start(["127.0.0.1"], 8765, "/v1/agent-conversation", [agent_id])
    await announcer.stop()
    assert not caplog.records
    assert asyncio.all_tasks() == {asyncio.current_task()}
    seeker = here()
    try:
        name = f"{agent_id}.{SERVICE_TYPE}"
        assert await seeker.async_get_service_info(SERVICE_TYPE, name, 1_000) is None
    finally:
        await seeker.async_close()


async def test_a_network_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, caplog):
    def no_network() -> None:
        raise OSError("no network")

    monkeypatch.setattr("agent_server.announce.AsyncZeroconf", no_network)
    announcer = Announcer()
    await announcer.start(["192.0.2.1"], 8765, "/", ["kitchen"])
    await announcer.stop()
    assert "not announced on the network: no network" in caplog.text
