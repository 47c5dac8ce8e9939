"""The path of the sockets of talks."""

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.const import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER

from .limits import HEARTBEAT_SECONDS, MAX_FRAME
from .page_link import CloseCode
from .socket import PageSocket
from .talks import PATH, TALKS, may_talk


class TalkView(HomeAssistantView):
    """Opens the socket of a talk. The signature of the path names the user."""

    url = f"{PATH}/{{token}}"
    name = "api:playai:talk"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Serve a socket until it is closed.

        Refusals are close codes: a page cannot see why a socket was not opened.
        """
        hass = request.app[KEY_HASS]
        user = request[KEY_HASS_USER]
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, compress=False, max_msg_size=MAX_FRAME
        )
        await socket.prepare(request)
        talk = hass.data[TALKS].async_take(token, user.id, request[KEY_HASS_REFRESH_TOKEN_ID])
        if talk is None:
            await socket.close(code=CloseCode.GONE)
        elif not may_talk(user, talk.entity_id):
            talk.close(CloseCode.FORBIDDEN)
            await socket.close(code=CloseCode.FORBIDDEN)
        else:
            await PageSocket(socket).run(talk)
        return socket
