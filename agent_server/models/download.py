"""Downloads one file over HTTPS; continues where an earlier attempt has stopped."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from . import ModelFile
from .part import BusyError, DamagedError, Part
from .threads import run_to_end

ATTEMPTS: Final = 10
"""Connections for one file: each continues where the one before it was lost."""

FRUITLESS: Final = 3
"""Attempts in a row without new data after which the download fails."""

_STALL: Final = 30.0
"""Seconds without data."""

_CONNECT: Final = 15.0
_PAUSE: Final = 1.0
"""Seconds between two attempts."""

_LARGEST: Final = 16 * 1024**3
"""The most bytes of a file whose size is not known in advance."""

_REDIRECTS: Final = 5
_BLOCK: Final = 1024 * 1024
_STEPS: Final = 10
"""Lines of progress for one file."""

_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_MOVED: Final = (301, 302, 303, 307, 308)


class DownloadError(Exception):
    """The file cannot be downloaded; the text is the reason."""


class _LostError(Exception):
    """The connection was lost; the text is the reason."""


class Downloader:
    """Downloads files with one HTTP session."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        report: Callable[[str], None],
        *,
        stall: float = _STALL,
        pause: float = _PAUSE,
    ) -> None:
        """`report` takes lines of progress; `stall` and `pause` are seconds."""
        self._session = session
        self._report = report
        self._timeout = aiohttp.ClientTimeout(None, sock_connect=_CONNECT, sock_read=stall)
        self._pause = pause

    async def fetch(self, file: ModelFile, path: Path) -> None:
        """Download and verify a file; raises `DownloadError`.

        After a failure or a cancellation, the next call continues with the bytes that have arrived.
        """
        try:
            with Part(file, path) as part:
                await run_to_end(part.read)
                await self._fetch(file, part)
        except BusyError:
            raise DownloadError("another program is downloading it") from None
        except OSError as error:
            raise DownloadError(f"it cannot be written: {error.strerror}") from error

    async def _fetch(self, file: ModelFile, part: Part) -> None:
        fruitless = 0
        for attempt in range(1, ATTEMPTS + 1):
            before = part.size
            try:
                if file.size is None or before != file.size:
                    await self._receive(file, part)
                await run_to_end(part.complete)
            except _LostError as error:
                fruitless = fruitless + 1 if part.size <= before else 0
                if fruitless == FRUITLESS or attempt == ATTEMPTS:
                    raise DownloadError(str(error)) from error
                self._report(f"downloading {file.name} again: {error}")
            except DamagedError:
                # Bytes of an earlier attempt may belong to an older version of the file.
                if not before:
                    raise DownloadError("its content is not the expected one") from None
            else:
                return
            await asyncio.sleep(self._pause)
        raise DownloadError("its content is not the expected one")

    async def _receive(self, file: ModelFile, part: Part) -> None:
        """Append the missing bytes; raises `_LostError` or `DownloadError`."""
        try:
            async with self._request(file.url, part.size) as response:
                total = _start(response, part, file.size)
                await run_to_end(partial(part.reserve, total or 0))
                progress = _Progress(file, part.size, total, self._report)
                async for block in response.content.iter_chunked(_BLOCK):
                    if part.size + len(block) > (total or _LARGEST):
                        raise DownloadError("it is larger than expected")
                    await run_to_end(partial(part.write, block))
                    progress.show(part.size)
        except TimeoutError as error:
            raise _LostError("the server sends nothing") from error
        except aiohttp.ClientConnectorError as error:
            raise _LostError(f"the server cannot be reached: {error.strerror}") from error
        except aiohttp.ClientError as error:
            raise _LostError(f"the connection was lost: {error or type(error).__name__}") from error
        if total is not None and part.size < total:
            raise _LostError("the connection was closed too early")

    @asynccontextmanager
    async def _request(self, address: str, start: int) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and yield the response; every redirect must stay on HTTPS."""
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        url = URL(address)
        for _ in range(_REDIRECTS + 1):
            if url.scheme != "https":
                raise DownloadError("the server redirects to an address without HTTPS")
            async with self._session.get(
                url, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                if response.status not in _MOVED:
                    yield response
                    return
                url = _target(response)
        raise DownloadError("the server redirects too often")


def _target(response: aiohttp.ClientResponse) -> URL:
    try:
        return response.url.join(URL(response.headers["Location"]))
    except KeyError, ValueError:
        raise DownloadError("the server redirects to an invalid address") from None


def _start(response: aiohttp.ClientResponse, part: Part, size: int | None) -> int | None:
    """Prepare the part for the response, and return the size of the file if it is known."""
    total = response.content_length
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        found = _RANGE.match(response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != part.size:
            part.restart()
            raise _LostError("the server sends another part than requested")
        total = int(found[2]) if found[2] != "*" else size
    elif response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        part.restart()
        raise _LostError("the file has another size than before")
    elif response.status == HTTPStatus.OK:
        part.restart()
    elif response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _LostError(f"the server answers {response.status}")
    else:
        raise DownloadError(f"the server answers {response.status}")
    if None not in (size, total) and total != size:
        raise DownloadError(f"it has {total} bytes on the server, not {size}")
    return size or total


class _Progress:
    """Reports every tenth of a file."""

    def __init__(
        self, file: ModelFile, done: int, total: int | None, report: Callable[[str], None]
    ) -> None:
        self._name = file.name
        self._total = total
        self._report = report
        self._step = self._step_of(done)
        size = f" ({_megabytes(total)})" if total else ""
        rest = f", continuing after {_megabytes(done)}" if done else ""
        report(f"downloading {file.name}{size}{rest} from {file.url}")

    def show(self, done: int) -> None:
        """Report the progress if another step is done."""
        if (step := self._step_of(done)) > self._step:
            self._step = step
            self._report(f"downloading {self._name}: {step * 100 // _STEPS} %")

    def _step_of(self, done: int) -> int:
        return done * _STEPS // self._total if self._total else 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
