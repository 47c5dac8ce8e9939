"""One OpenAI-compatible server: connection settings, and its failures as errors of an engine.

Imported only by engines that use such a server: importing the library takes most of a second.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx2
from openai import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    OpenAIError,
)

from ..engines import listing
from ..errors import EngineError
from .outage import Outage

logging.getLogger("httpx2").setLevel(logging.WARNING)  # The library logs every request.

_CONNECT_SECONDS: Final = 5.0
_WAIT_SECONDS: Final = 30.0
"""The longest silence of the server: until the answer starts, or inside it."""

SPEECH_WAIT: Final = 10.0
"""The same for speech: the next engine must have time to take over in the same turn."""

_DETAIL: Final = 200
"""Characters of an error message of the server that are quoted."""

_UNAUTHORIZED: Final = frozenset({401, 403})
_TOO_MANY: Final = 429
_NONSENSE: Final = (
    *(ValueError, TypeError, AttributeError, LookupError),
    APIResponseValidationError,
)
"""Errors of the client library for an answer that does not have the form of the API."""


def silence(seconds: float) -> httpx2.Timeout:
    """Return the limits of a request in which the server may be silent for these seconds."""
    return httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)


class OpenAIServer:
    """One server as one engine, shared by all conversations."""

    def __init__(self, kind: str, url: str, key: str, *, wait: float = _WAIT_SECONDS) -> None:
        """`kind` is the engine's task; `wait` is the longest silence of the server, in s.

        Raises `EngineError` for an address that the client library refuses.
        """
        self.name = f"{kind} at {urlsplit(url).netloc.rpartition('@')[2]}"
        self._key = key
        self._outage = Outage(self.name)
        timeout = silence(wait)
        try:
            self.client = AsyncOpenAI(
                base_url=url,
                api_key=key or "none",
                # A redirect would send the user's words to another host.
                http_client=DefaultAsyncHttpxClient(follow_redirects=False, timeout=timeout),
                timeout=timeout,
                # A second attempt would come too late for a conversation.
                max_retries=0,
            )
        except httpx2.InvalidURL as error:
            raise EngineError(f"{self.name}: the address is not valid: {error}") from None
        # The library reads them from the environment, and would send them to any server.
        self.client.organization = self.client.project = None

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.close()

    @contextmanager
    def errors(self, error_type: type[EngineError]) -> Iterator[None]:
        """Convert failures of the server to an error; log only the first until it works again."""
        try:
            with self.converted(error_type):
                yield
        except EngineError as error:
            failure = error_type(f"{self.name}: {error}")
            self._outage.failed(failure, str(error))
            raise failure from None
        self._outage.worked()

    @contextmanager
    def converted(self, error_type: type[EngineError]) -> Iterator[None]:
        """Convert failures of the server to an error."""
        try:
            yield
        except (OpenAIError, httpx2.HTTPError, *_NONSENSE) as error:
            raise error_type(self._explain(error)) from None  # The cause may quote the key.

    def _explain(self, error: Exception) -> str:
        match error:
            case APITimeoutError() | httpx2.TimeoutException():
                return "it does not answer in time"
            case APIStatusError(status_code=status) if status in _UNAUTHORIZED:
                # The answer is not quoted: servers repeat parts of the key in it.
                return f"it refuses the key (HTTP {status})"
            case APIStatusError(status_code=status) if status == _TOO_MANY:
                return f"it accepts no more requests for now (HTTP {status})"
            case APIStatusError(status_code=status):
                return f"it reports HTTP {status}{self._quote(_message(error.body))}"
            case APIConnectionError() | httpx2.HTTPError():
                return "the connection to it fails"
            case OpenAIError() if not isinstance(error, APIResponseValidationError):
                return f"it reports an error{self._quote(str(error))}"
            case _:
                return "it sends an invalid answer"

    def _quote(self, text: str) -> str:
        """Return the beginning of a text of the server, in one line and without the key."""
        if self._key:
            text = text.replace(self._key, "…")
        text = " ".join(text.split())[:_DETAIL]
        return f": {text}" if text else ""


def _message(body: object) -> str:
    """Return the message in the body of an error, or nothing."""
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else ""


class OpenAISource:
    """A server as a `Source` of speech-to-text or text-to-speech."""

    languages: Sequence[str] | None = None
    """The interface does not reveal them."""

    offered: Sequence[str] | None = None

    def __init__(self, server: OpenAIServer) -> None:
        self.name = server.name
        self._server = server

    async def ask(self) -> str:
        """See `Source`."""
        with self._server.converted(EngineError):
            models = await self._server.client.models.list(timeout=_CONNECT_SECONDS)
            return f"models: {listing(sorted(model.id for model in models.data))}"
