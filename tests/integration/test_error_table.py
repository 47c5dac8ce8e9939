"""The table of errors: each code and cause through the pipeline, with the result for the user."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir

from custom_components.playai.agent import ErrorKind, OutputFormat, addresses
from custom_components.playai.agent.messages import AudioStream, ErrorMessage
from custom_components.playai.agent.testing import Script
from custom_components.playai.const import DOMAIN
from tests.agent.talk import AE, N, until

from . import servers
from .agents import hear_out, says
from .satellite import PATIENCE, WAV, Run
from .test_texts import TEXTS
from .timings import change_timings, set_timings

CLOSES = {"invalid_key", "key_not_allowed", "unknown_agent", "no_credits", "too_many_connections"}
"""The kinds that end the connection, by the word of the table."""

RETRIED = {"server_fault"}

KIND_OF = {
    **dict.fromkeys((1001, 2002, 1003, 4401), "invalid_key"),
    2003: "key_not_allowed",
    1002: "unknown_agent",
    1005: "no_credits",
    4429: "too_many_connections",
    **dict.fromkeys((3001, 3002, 3003, 3004), "agent_failed"),
    **dict.fromkeys((2001, 4400), "protocol"),
    **dict.fromkeys((5001, 4500, 7777), "server_fault"),
}


@dataclass
class Fault:
    """How a turn fails."""

    kind: str
    code: int | None = None
    scripts: list[Script] = field(default_factory=list)
    stays: bool = False
    """Whether the conversation's connection outlives it."""

    settings: dict[str, Any] = field(default_factory=dict)
    first_audio: float = PATIENCE
    """The limit of the wait for an answer."""

    server: servers.Fault | None = None
    """The server at the address instead of the agent."""

    is_public: bool = False
    """Whether loopback counts as a public address during the turn."""


def while_waiting(*messages: Any) -> Script:
    async def script(peer):
        await hear_out(peer)
        await peer.send(*messages)
        await says()(peer)

    return script


class Current:
    """The run that a server disturbs."""

    run: Run


def cut_while_waiting() -> Script:
    """Cut the run, and its second connection: it opens one if not all of its audio was sent."""

    async def script(peer):
        if PipelineEventType.RUN_END in Current.run.kinds:
            await says()(peer)
            return
        await hear_out(peer)
        await until(lambda: PipelineEventType.STT_END in Current.run.kinds)
        peer.abort()

    return script


def hangs_up_while_waiting() -> Script:
    async def script(peer):
        await hear_out(peer)
        await peer.close()

    return script


def answers_the_next_run() -> Script:
    async def script(peer):
        await hear_out(peer)
        await until(lambda: PipelineEventType.RUN_END in Current.run.kinds)
        await says()(peer)

    return script


FAULTS = {
    **{
        # A fault of the server is worth a second connection.
        f"{code} at set-up": Fault(kind, code, [servers.refuses(code)] * (1 + (kind in RETRIED)))
        for code, kind in KIND_OF.items()
        if kind not in ("agent_failed", "protocol")
    },
    **{
        f"{code} while waiting": Fault(
            kind,
            code,
            [while_waiting(ErrorMessage(code, "told by the server"))],
            stays=kind not in CLOSES,
        )
        for code, kind in KIND_OF.items()
        if kind != "protocol"
    },
    "3003, fatal": Fault(
        "agent_failed", 3003, [while_waiting(ErrorMessage(3003, "no idea", is_fatal=True))]
    ),
    "1005, not fatal": Fault(
        "no_credits", 1005, [while_waiting(ErrorMessage(1005, "no", is_fatal=False))], stays=True
    ),
    "2001 at set-up": Fault("protocol", 2001, [servers.refuses(2001)]),
    "4400 at set-up": Fault("protocol", 4400, [servers.refuses(4400)]),
    "nobody listens": Fault("cannot_connect", server=servers.nobody),
    "HTTP status 503": Fault("cannot_connect", server=servers.web_page(503)),
    "HTTP status 429": Fault("too_many_connections", server=servers.web_page(429)),
    "HTTP status 404": Fault("not_this_server", server=servers.web_page(404)),
    "HTTP status 401": Fault("not_this_server", server=servers.web_page(401)),
    "a web page": Fault("not_this_server", server=servers.web_page(200)),
    "a public address": Fault("not_encrypted", server=servers.agent(says()), is_public=True),
    "a mail server": Fault("not_this_server", server=servers.mail_server),
    "untrusted": Fault("tls", server=servers.untrusted),
    "no TLS": Fault("tls", server=servers.without_tls),
    "cut while waiting": Fault("connection_lost", scripts=[cut_while_waiting()] * 2),
    "hangs up": Fault("agent_hung_up", scripts=[hangs_up_while_waiting()]),
    "no answer": Fault("no_reply", scripts=[answers_the_next_run()], stays=True, first_audio=0.5),
    "empty answer": Fault("empty_reply", scripts=[while_waiting(N, AE)], stays=True),
    "damaged audio": Fault(
        "bad_audio",
        scripts=[while_waiting(N, AudioStream(bytes(70_000)), AE)],
        stays=True,
        settings={"output_format": OutputFormat.MP3},
    ),
    "broken framing": Fault("bad_message", scripts=[servers.breaks_framing]),
}


@pytest.fixture(autouse=True)
def no_reconnection(monkeypatch):
    """Do not reconnect in the background."""
    set_timings(monkeypatch, first_retry=60)


def test_every_kind_is_in_the_table():
    kinds = {fault.kind for fault in FAULTS.values()}
    # A turn that is replaced needs two: see test_together.py.
    assert kinds | {"replaced"} == {kind.value for kind in ErrorKind}


@pytest.mark.parametrize("name", FAULTS)
async def test_fault(meet, neighbours, voice, hass, monkeypatch, *, name):
    fault = FAULTS[name]
    good = says()
    set_timings(monkeypatch, first_audio=fault.first_audio)
    satellite = await meet(*fault.scripts, good)
    coordinator = satellite.entry.runtime_data
    settings = coordinator.settings
    changes = dict(fault.settings)
    if fault.server is not None:
        changes["url"] = await fault.server(neighbours)
    coordinator.settings = replace(settings, **changes)
    reported = []

    @callback
    def changed(event):
        state = event.data["new_state"]
        if state is not None and state.attributes.get("event_type") == "error":
            reported.append(state.attributes)

    hass.bus.async_listen("state_changed", changed)

    with monkeypatch.context() as patch:
        if fault.is_public:
            patch.setattr(addresses, "LOCAL_NETWORKS", [])
        run = Current.run = Run()
        await satellite.ask(conversation_id="kitchen", output=WAV, run=run)
    async with asyncio.timeout(PATIENCE):
        await until(lambda: bool(reported))
    error = coordinator.data.last_error.error
    text = TEXTS["exceptions"][fault.kind]["message"].format(message=error.message)
    assert run.failure == text
    assert voice.texts == [text]
    assert (error.kind, error.code) == (fault.kind, fault.code)
    assert [(event["kind"], event["code"]) for event in reported] == [(fault.kind, fault.code)]
    assert reported[0]["conversation_id"] == "kitchen"

    def state(platform, key):
        return hass.states.get(satellite.entity_id(platform, key)).state

    assert state("sensor", "last_error") == fault.kind
    assert state("binary_sensor", "problem") == "on"
    if "key" in fault.kind:  # Home Assistant starts the flow in a task.
        async with asyncio.timeout(PATIENCE):
            await until(lambda: bool(flows(hass)))
    assert flows(hass) == (["reauth"] if "key" in fault.kind else [])
    assert issues(hass) == ([fault.kind] if fault.kind in ("unknown_agent", "no_credits") else [])
    assert (coordinator.data.conversations == 1) is fault.stays

    coordinator.settings = settings
    change_timings(first_audio=PATIENCE)
    connections = satellite.server.connections
    run = await satellite.ask(conversation_id="kitchen", output=WAV)
    if fault.kind == "bad_audio":  # The session keeps the format that it began with.
        return
    assert run.response["response_type"] == "action_done"
    assert run.levels == {1000: pytest.approx(0.2)}
    assert state("binary_sensor", "problem") == "off"
    assert satellite.server.connections == connections + (not fault.stays)
    assert issues(hass) == []


def flows(hass):
    """The sources of the flows that wait for the user."""
    return [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()]


def issues(hass):
    """The issues of the integration; Home Assistant also shows the reauthentication."""
    found = ir.async_get(hass).issues.values()
    return [issue.translation_key for issue in found if issue.domain == DOMAIN]
