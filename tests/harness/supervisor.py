"""A Supervisor with one app: the part of its API that the discovery of an app needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

TOKEN: Final = "token-of-the-supervisor"
SLUG: Final = "a0d7b954_playai_agent"
NAME: Final = "PlayAI Voice Agent"
UUID: Final = "5e1ec7ed" * 4

_FALSE: Final = (
    "auth_api docker_api full_access homeassistant_api host_network host_pid ingress signed "
    "hassio_api documentation detached advanced build icon logo update_available host_ipc "
    "host_uts host_dbus stdin gpio usb uart kernel_modules devicetree udev video audio changelog "
    "auto_update watchdog system_managed"
).split()
_NOTHING: Final = (
    "long_description homeassistant url schema network network_description webui ingress_entry "
    "ingress_url ingress_port ingress_panel audio_input audio_output system_managed_config_entry"
).split()
_EMPTY: Final = "dns machine privileged services devices".split()

APP: Final[dict[str, Any]] = {
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NOTHING),
    **{name: [] for name in _EMPTY},
    "apparmor": "default",
    "arch": ["aarch64", "amd64"],
    "available": True,
    "boot": "auto",
    "boot_config": "auto",
    "description": "",
    "discovery": ["playai"],
    "hassio_role": "default",
    "hostname": SLUG.replace("_", "-"),
    "ip_address": "172.30.33.5",
    "name": NAME,
    "options": {},
    "protected": True,
    "rating": 6,
    "repository": "a0d7b954",
    "slug": SLUG,
    "stage": "experimental",
    "startup": "services",
    "state": "started",
    "translations": {},
    "version": "0.1.0",
    "version_latest": "0.1.0",
}
"""The fields of an installed app that Home Assistant reads."""


class FakeSupervisor:
    """Keeps the announcements of the app."""

    def __init__(self) -> None:
        self.host = ""
        """Its address, as Home Assistant's variable SUPERVISOR has it."""

        self.announced: dict[str, Any] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}"

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request of Home Assistant or of the app."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401)
        match request.method, request.path:
            case "POST", "/discovery":
                self.announced = await request.json()
                return _ok({"uuid": UUID})
            case "GET", "/supervisor/ping":
                return _ok({})
            case "GET", "/discovery":
                return _ok({"discovery": [self._message] if self.announced else []})
            case "GET", path if path == f"/discovery/{UUID}" and self.announced:
                return _ok(self._message)
            case "GET", path if path == f"/addons/{SLUG}/info":
                return _ok(APP)
        return _error(404)

    @property
    def _message(self) -> dict[str, Any]:
        assert self.announced is not None
        return {**self.announced, "addon": SLUG, "uuid": UUID}


@asynccontextmanager
async def fake_supervisor() -> AsyncIterator[FakeSupervisor]:
    """Run a Supervisor on a free port."""
    supervisor = FakeSupervisor()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", supervisor.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        supervisor.host = f"127.0.0.1:{runner.addresses[0][1]}"
        yield supervisor
    finally:
        await runner.cleanup()


def _ok(data: dict[str, Any]) -> web.Response:
    return web.json_response({"result": "ok", "data": data})


def _error(status: int) -> web.Response:
    return web.json_response({"result": "error", "message": "not in this fake"}, status=status)
