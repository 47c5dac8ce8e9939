"""Records, inside Home Assistant, when the first audio of an answer passes each stage.

Each of the functions named here is wrapped by one that records the time.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

import voluptuous as vol
from aiohttp import web
from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from custom_components.playai.agent.audio import ReplyEncoder
from custom_components.playai.agent.incoming import IncomingStream
from custom_components.playai.agent.reply import Reply
from custom_components.playai.agent.reports import Reports

CONFIG_SCHEMA = cv.empty_config_schema("stage_times")

_times: dict[str, float] = {}
"""When each stage was first passed, by `time.monotonic`."""


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Wrap the functions, and add the command that returns the times."""
    _note(IncomingStream, IncomingStream.decode, before="received")
    _note(Reply, Reply.push, before="decoded")
    _note(ReplyEncoder, ReplyEncoder.start, before="stages")
    _note(Reports, Reports.audio_handed, before="taken", after="handed")
    _note(ReplyEncoder, ReplyEncoder.feed, after="encoded")
    _note(web.StreamResponse, web.StreamResponse.write, before="written", unless=_is_empty)
    websocket_api.async_register_command(hass, take)
    return True


@websocket_api.websocket_command({vol.Required("type"): "stage_times/take"})
@callback
def take(
    _hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Return the times since the last call."""
    connection.send_result(msg["id"], dict(_times))
    _times.clear()


def _note(
    owner: type,
    method: Callable[..., Any],
    *,
    before: str = "",
    after: str = "",
    unless: Callable[..., bool] = lambda *_: False,
) -> None:
    """Record when a method is called (`before`) and returns (`after`; not for coroutines)."""

    @functools.wraps(method)
    def noting(*args: Any, **kwargs: Any) -> Any:
        if before and not unless(*args):
            _times.setdefault(before, time.monotonic())
        result = method(*args, **kwargs)
        if after:
            _times.setdefault(after, time.monotonic())
        return result

    setattr(owner, method.__name__, noting)


def _is_empty(response: web.StreamResponse, data: bytes) -> bool:
    """Return whether the data is not audio, or only a header."""
    return not response.content_type.startswith("audio/") or len(data) < 100  # noqa: PLR2004
