"""The path of the sockets of talks."""

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.const import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER

from .limits import HEARTBEAT_SECONDS, MAX_FRAME
from .socket import serve
from .talks import PATH


class TalkView(HomeAssistantView):
    """Opens the socket of a talk. The signature of the path names the user."""

    url = f"{PATH}/{{token}}"
    name = "api:playai:talk"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Serve a socket until it is closed."""
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, compress=False, max_msg_size=MAX_FRAME
        )
        await socket.prepare(request)
        refresh_token_id = request[KEY_HASS_REFRESH_TOKEN_ID]
        hass, user = request.app[KEY_HASS], request[KEY_HASS_USER]
        await serve(hass, socket, token, user, refresh_token_id)
        return socket
