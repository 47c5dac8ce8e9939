"""Counts tasks, objects and memory of Home Assistant, for the fault run."""

import asyncio
import ctypes
import gc
import sys
from collections import Counter
from typing import Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback


@websocket_api.websocket_command(
    {vol.Required("type"): "demo_satellite/look", vol.Required("objects"): bool}
)
@callback
def look(
    _hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Count the tasks by name and, on request, the objects of the integration by type."""
    names = Counter(task.get_name() for task in asyncio.all_tasks())
    objects: Counter[str] = Counter()
    if msg["objects"]:
        gc.collect()
        things = gc.get_objects()
        objects["all"] = len(things)
        objects.update(
            type(thing).__qualname__
            for thing in things
            if str(type(thing).__module__).startswith("custom_components.playai")
        )
        objects["blocks"] = sys.getallocatedblocks()
        # Return whole free pages to the system.
        ctypes.CDLL(None).malloc_trim(0)
    connection.send_result(
        msg["id"], {"tasks": names, "objects": objects, "malloc": _given_out() / 2**20}
    )


class _MallocInfo(ctypes.Structure):
    """`struct mallinfo2` of glibc, see mallinfo(3)."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def _given_out() -> int:
    """Return the number of bytes that are allocated with `malloc`."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _MallocInfo
    info = mallinfo()
    return int(info.uordblks + info.hblkhd)
