"""Home Assistant's frontend in a Chromium without a window.

    async with chromium(recording) as browser, frontend(browser, home) as page:
        dialog = await open_assist(page)
        await dialog.ask("turn on the kitchen light")
        await dialog.expect_answer("Turned on the light")

The frontend is used as a person uses it: by the names and roles of its elements.
"""

import asyncio
import base64
import io
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray
from playwright.async_api import (
    Browser,
    Page,
    StorageState,
    ViewportSize,
    async_playwright,
    expect,
)
from playwright.async_api import Error as BrowserError

from . import VERSIONS
from .home import Home
from .question import RATE

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")

PATIENCE: Final = 120_000.0
"""Milliseconds that a page may take on a slow machine."""

LEAD: Final = 0.5
"""Seconds of silence before each sentence: the frontend loses the first sound of a microphone."""

_PHONE: Final[ViewportSize] = {"width": 360, "height": 700}
_SCREENSHOTS: Final = os.environ.get("SCREENSHOTS")
_VERSION: Final = "document.querySelector('home-assistant').hass.config.version"
_MAX_ABORTED: Final = 5
_MAX_PICTURES: Final = 6
_BETWEEN_PICTURES: Final = 0.25
_HERE: Final = Path(__file__).parent
_IS_OPEN: Final = "testMicrophone.isOpen()"
_PLAYER: Final = "testPlayers.at(-1)"


@asynccontextmanager
async def chromium(microphone: Path) -> AsyncIterator[Browser]:
    """Run Chromium; its microphone plays the file once, from when a page opens it."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program is not None, "there is no Chromium: run scripts/setup chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
            ],
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def frontend(
    browser: Browser,
    home: Home,
    *,
    has_test_microphone: bool = True,
    url: str | None = None,
    permissions: Sequence[str] = ("microphone",),
) -> AsyncIterator[Page]:
    """Yield an empty page of a new visitor who has logged in.

    With the test microphone, the page hears `speak`; otherwise the file of `chromium`. `url` is
    that of a proxy.
    """
    url = url or home.url
    context = await browser.new_context(
        base_url=url,
        storage_state=_logged_in(await home.new_tokens(url), url),
        locale="en-US",
        permissions=list(permissions),
        viewport={"width": 1000, "height": 760},
    )
    try:
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(path=_HERE / "players.js")
        if has_test_microphone:
            await context.add_init_script(path=_HERE / "microphone.js")
        yield await context.new_page()
    except Exception as error:
        for each in context.pages:
            error.add_note(f"{each.url}\n{await each.locator('body').aria_snapshot()}")
        raise
    finally:
        await context.close()


def _logged_in(tokens: Mapping[str, Any], url: str) -> StorageState:
    """Return the storage that the login form leaves; filling in the form takes seconds."""
    expires = (time.time() + tokens["expires_in"]) * 1000
    stored = {**tokens, "hassUrl": url, "clientId": f"{url}/", "expires": expires}
    return {
        "origins": [
            {
                "origin": url,
                "localStorage": [{"name": "hassTokens", "value": json.dumps(stored)}],
            }
        ]
    }


async def go(page: Page, path: str) -> None:
    """Show another page.

    A dialog that has just been closed goes back in the history, which may abort the first attempt.
    """
    for _ in range(_MAX_ABORTED):
        try:
            await page.goto(path)
        except BrowserError as error:
            if "ERR_ABORTED" not in error.message and "interrupted" not in error.message:
                raise
        else:
            return
    raise AssertionError(f"the browser does not stay at {path}")


class AssistDialog:
    """The dialog in which a person types or speaks."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._chat = page.locator("ha-assist-chat")

    async def ask(self, text: str) -> None:
        """Type a question."""
        box = self._chat.get_by_role("textbox")
        await box.fill(text)
        await box.press("Enter")

    async def start_listening(self) -> None:
        """Press the microphone's button."""
        await self._chat.get_by_role("button", name="Start listening").click()

    async def speak(self, samples: NDArray[np.int16]) -> None:
        """Speak to the test microphone as soon as it listens; return when that has been said."""
        await speak(self._page, samples)

    async def speak_until_closed(self, samples: NDArray[np.int16]) -> None:
        """Speak, and return when the dialog has closed the test microphone.

        It may be open again by then: the dialog keeps listening after the answer.
        """
        await speak(self._page, samples, "speakUntilClosed")

    async def expect_question(self, text: str) -> None:
        """Wait until the last question is shown with these words."""
        question = self._chat.locator(".message.user").last
        # A known sentence has the spelling of the names in the home.
        await expect(question).to_contain_text(text, ignore_case=True, timeout=PATIENCE)

    async def expect_earlier_question(self, text: str) -> None:
        """Wait until a question is shown with these words; the dialog may listen again already."""
        await expect(self._chat.locator(".message.user", has_text=text)).to_be_visible(
            timeout=PATIENCE
        )

    async def expect_answer(self, text: str) -> None:
        """Wait until the last answer is shown with these words, and not as an error."""
        answer = self._chat.locator(".message.hass:not(.error)").last
        await expect(answer).to_contain_text(text, timeout=PATIENCE)


async def speak(page: Page, samples: NDArray[np.int16], how: str = "speak") -> None:
    """Speak to the test microphone as soon as it listens; return when that has been said."""
    await page.wait_for_function(_IS_OPEN)
    wav = base64.b64encode(as_wav(samples)).decode()
    await page.evaluate(f"wav => testMicrophone.{how}(wav)", wav)


async def open_assist(page: Page) -> AssistDialog:
    """Open the dialog from the dashboard."""
    await page.goto("/")
    await page.get_by_role("button", name="Assist (A)").click()
    await page.locator("ha-assist-chat").get_by_role("textbox").wait_for()
    return AssistDialog(page)


async def wait_playing(page: Page, seconds: float = 0) -> None:
    """Wait until more than `seconds` of the newest sound of a page have been heard."""
    await page.wait_for_function(f"{_PLAYER}?.currentTime > {seconds}")


async def seconds_heard(page: Page) -> float:
    """Return how much of the newest sound of a page has been heard."""
    return float(await page.evaluate(f"{_PLAYER}.currentTime"))


async def wait_stopped(page: Page) -> float:
    """Wait until the newest sound of a page has ended; return the seconds that were heard."""
    await page.wait_for_function(f"{_PLAYER}?.ended")
    return await seconds_heard(page)


async def screenshot(page: Page, name: str) -> None:
    """Save a picture of the page if the variable SCREENSHOTS names a folder.

    Only with the newest Home Assistant, whose pictures are in the documentation.
    """
    if _SCREENSHOTS and await page.evaluate(_VERSION) == VERSIONS[-1]:
        picture = await _still(page)
        path = Path(_SCREENSHOTS) / f"{name}.png"
        await asyncio.to_thread(path.write_bytes, picture)


async def _still(page: Page) -> bytes:
    """Return a picture of the page once nothing on it moves, or after some attempts."""
    await page.evaluate("document.fonts.ready.then(() => null)")
    picture = b""
    for _ in range(_MAX_PICTURES):
        previous = picture
        picture = await page.screenshot(animations="disabled", caret="hide")
        if picture == previous:
            break
        await asyncio.sleep(_BETWEEN_PICTURES)
    return picture


async def pictures(page: Page, name: str) -> None:
    """Save pictures of the page: light, dark, and as on a phone."""
    if not _SCREENSHOTS:
        return
    size = page.viewport_size
    assert size is not None
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await screenshot(page, f"{name}-{scheme}")
        await page.set_viewport_size(_PHONE)
        await screenshot(page, f"{name}-{scheme}-narrow")
        await page.set_viewport_size(size)
    await page.emulate_media(color_scheme=None)


def as_wav(samples: NDArray[np.int16], *, lead: float = LEAD) -> bytes:
    """Return a file of samples at `RATE`, with silence before them."""
    file = io.BytesIO()
    silence = np.zeros(round(lead * RATE), np.int16)
    soundfile.write(file, np.concatenate([silence, samples]), RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
