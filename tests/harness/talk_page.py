"""The views of a talk in Home Assistant's frontend.

await add_dashboard(home)
view = await open_card(page)
await view.start()
"""

import base64
import json
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Browser, Locator, Page, expect

from . import ROOT
from .browser import as_wav, chromium
from .demo_home import demo_home
from .home import Home

AGENT: Final = "conversation.voice_agent"
RECORDER: Final = Path(__file__).parent / "recorder.js"
"""An init script for pages; `played` needs it."""

LONG: Final = "tell me about the day"
LONG_ANSWER: Final = "It is late. " + "This is a long answer about the day and the night. " * 8
"""A sentence, and the home's answer to it."""

AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
"""The checker of accessibility, where scripts/frontend has installed it."""

_BINARY: Final = 0x82
_TEXT: Final = 0x81
_WAV_HEADER: Final = 44
_REPLY: Final = struct.Struct("<BBHI")
_REPLY_KIND: Final = 2
_MAX_TABS: Final = 100
_DASHBOARD: Final = "talk-views"
_CARD: Final = {"type": "custom:playai-card", "agent": AGENT}
_TILE: Final = {
    "type": "tile",
    "entity": AGENT,
    "features": [{"type": "custom:playai-talk-feature"}],
}
_OTHER_AGENT: Final = {**_CARD, "agent": "conversation.other_agent"}
_LIGHTS: Final = {"type": "entities", "entities": ["light.kitchen_light", "light.living_room_lamp"]}

VIEWS: Final = {
    "Card": [_CARD, _LIGHTS],
    "Tile": [_TILE],
    "Other": [_LIGHTS],
    "Hold": [{**_CARD, "mode": "hold"}],
    "Toggle": [{**_CARD, "mode": "toggle"}],
}
"""The cards of each view of the dashboard."""


class TalkView:
    """The view of a talk in a card, a dialog or the page, by its names and roles."""

    def __init__(self, place: Locator) -> None:
        self._place = place

    @property
    def place(self) -> Locator:
        """The view itself."""
        return self._place

    @property
    def status(self) -> Locator:
        """The line that names the state of the talk."""
        return self._place.locator(".status")

    @property
    def notice(self) -> Locator:
        """The line with an error, or with the reason for the end of the talk."""
        return self._place.locator(".notice")

    @property
    def questions(self) -> Locator:
        """Captions of the user."""
        return self._place.locator("p.user")

    @property
    def answers(self) -> Locator:
        """Captions of the agent."""
        return self._place.locator("p.agent")

    @property
    def unheard(self) -> Locator:
        """The rest of an answer that was interrupted."""
        return self._place.locator("s")

    @property
    def actions(self) -> Locator:
        """Lines about actions in the home."""
        return self._place.locator("p.tool")

    def button(self, name: str) -> Locator:
        """Return a button by its name."""
        return self._place.get_by_role("button", name=name, exact=True)

    async def start(self) -> None:
        """Start a talk, and wait until the agent listens."""
        await self.button("Talk").click()
        await expect(self.status).to_have_text("Listening")

    async def expect_question(self, text: str) -> None:
        """Wait until a question is shown with these words."""
        # A known sentence has the spelling of the names in the home.
        await expect(self.questions).to_contain_text(text, ignore_case=True)

    async def type(self, text: str) -> None:
        """Send a typed message."""
        box = self._place.get_by_role("textbox", name="Message")
        if not await box.is_visible():
            await self.button("Type").click()
        await box.fill(text)
        await box.press("Enter")


@asynccontextmanager
async def talk_home(
    folder: Path, hass: str, components: Sequence[Path] = ()
) -> AsyncIterator[Home]:
    """Run the demo home of an environment with the dashboard and the long answer."""
    async with demo_home(folder, hass=hass, components=components) as home:
        await add_dashboard(home)
        automation = {
            "alias": "Long answer",
            "triggers": [{"trigger": "conversation", "command": [LONG]}],
            "actions": [{"set_conversation_response": LONG_ANSWER}],
        }
        await home.api.post("/api/config/automation/config/long_answer", automation)
        yield home


@asynccontextmanager
async def quiet_chromium(folder: Path) -> AsyncIterator[Browser]:
    """Run Chromium with a microphone that hears nothing."""
    microphone = folder / "silence.wav"
    microphone.write_bytes(as_wav(np.zeros(0, np.int16), lead=1.0))
    async with chromium(microphone) as browser:
        yield browser


async def violations(view: TalkView) -> list[str]:
    """Return the findings of axe in a view: the rules and the elements that break them."""
    found: dict[str, Any] = await view.place.evaluate("view => axe.run(view)")
    assert found["passes"], "axe has checked nothing"
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the element has the focus."""
    await target.wait_for()
    for _ in range(_MAX_TABS):
        await page.keyboard.press("Tab")
        if await target.evaluate("element => element.getRootNode().activeElement === element"):
            return
    raise AssertionError(f"the keyboard does not reach {target}")


async def add_dashboard(home: Home) -> None:
    """Add a dashboard with `VIEWS`, and a view of another agent that has no tab."""
    await home.api.command(
        "lovelace/dashboards/create", url_path=_DASHBOARD, title="Talk", mode="storage"
    )
    views: list[dict[str, Any]] = [
        {"title": title, "path": title.lower(), "cards": cards} for title, cards in VIEWS.items()
    ]
    views.append({"path": "other-agent", "subview": True, "cards": [_OTHER_AGENT]})
    await home.api.command("lovelace/config/save", url_path=_DASHBOARD, config={"views": views})


async def open_card(page: Page, view: str = "Card") -> TalkView:
    """Show a view of the dashboard, and return its card."""
    await page.goto(f"/{_DASHBOARD}/{view.lower()}")
    return await find_view(page, "playai-card-view")


async def show_other_agent(page: Page) -> None:
    """Show the card of another agent, without loading the page again."""
    await page.evaluate(
        """() => {
            history.pushState(null, "", "/talk-views/other-agent");
            dispatchEvent(new CustomEvent("location-changed"));
        }"""
    )
    await expect(
        page.locator("playai-card-view").get_by_role("button", name="Talk")
    ).to_be_visible()
    # The browser reports visible elements at the end of a frame.
    await page.evaluate("new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 100)))")


async def find_view(page: Page, element: str) -> TalkView:
    """Return the view inside an element of the page."""
    place = page.locator(element).locator("playai-conversation")
    await place.locator(".status").wait_for()
    return TalkView(place)


async def played(page: Page) -> NDArray[np.int16]:
    """Return the played audio of a talk, without silence around it."""
    pcm = base64.b64decode(await page.evaluate("testPlayed()"))
    return np.trim_zeros(np.frombuffer(pcm, "<i2"))


def sent_audio(received: bytes, reply: int) -> NDArray[np.int16]:
    """Return the audio of a reply from Home Assistant's bytes, without silence around it."""
    pcm = b""
    for frame in _frames(received, _BINARY):
        kind, _, number, _ = _REPLY.unpack_from(frame)
        if (kind, number) == (_REPLY_KIND, reply):
            pcm += frame[_REPLY.size :]
    return np.trim_zeros(np.frombuffer(pcm, "<i2"))


def spoken_audio(received: bytes) -> NDArray[np.int16]:
    """Return the audio of the only reply from an agent's bytes (WAV), like `sent_audio`."""
    # Each connection begins with a handshake; one that only checks the agent has no frames.
    connection = received[received.rindex(b"HTTP/1.1 101") :]
    wav = b""
    for frame in _frames(connection, _TEXT):
        message = json.loads(frame)
        if message["type"] == "audioStream":
            wav += base64.b64decode(message["data"])
    assert wav.startswith(b"RIFF")
    return np.trim_zeros(np.frombuffer(wav[_WAV_HEADER:], "<i2"))


def _frames(received: bytes, kind: int) -> Iterator[bytes]:
    """Yield the frames of a kind of a WebSocket that is not compressed, after its handshake."""
    at = received.index(b"\r\n\r\n") + 4
    while at + 2 <= len(received):
        first, size = received[at], received[at + 1]
        at += 2
        if size == 126:
            (size,) = struct.unpack_from(">H", received, at)
            at += 2
        elif size == 127:
            (size,) = struct.unpack_from(">Q", received, at)
            at += 8
        if first == kind:
            yield received[at : at + size]
        at += size
