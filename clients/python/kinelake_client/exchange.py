"""One request on its way: what both clients say, and how long they go on saying it."""

import gzip
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from inspect import isawaitable
from typing import Any, Final, TypeAlias

import httpx
from tenacity import RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.stop import stop_base

from .answers import MOST_ANSWER
from .batches import Outgoing
from .faults import Unavailable

TIMEOUT_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 60.0
LONGEST_WAIT_SECONDS: Final = 600.0
LEAST_PACKED: Final = 1024
"""Bytes from which on gzip is worth it."""
_BACKING_OFF: Final = wait_random_exponential(multiplier=0.5, max=60)

Token: TypeAlias = str | Callable[[], str]
AsyncToken: TypeAlias = str | Callable[[], str | Awaitable[str]]


def address(url: str) -> str:
    """The URL; raises ValueError where it is not HTTP."""
    if (scheme := httpx.URL(url).scheme) not in ("http", "https"):
        raise ValueError(f"url must begin with http:// or https://, not with {scheme!r}")
    return url


def request_of(outgoing: Outgoing, level: int) -> dict[str, Any]:
    """What httpx makes a request of; `level` is the person's consent, by which a proxy may lower the token's."""
    body = outgoing.body()
    headers = {"Content-Type": "application/json", "X-Consent-Level": str(level)}
    if len(body) >= LEAST_PACKED:
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return {"method": "POST", "url": outgoing.path, "content": body, "headers": headers}


def policy(stop: stop_base) -> dict[str, Any]:
    """For tenacity's two retriers: while the server is busy or away, at random ever longer, at least as it asks."""
    return {"retry": retry_if_exception_type(Unavailable), "wait": _wait, "stop": stop, "reraise": True}


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, Unavailable) and error.retry_after else 0.0
    return asked + _BACKING_OFF(state)


def unanswered(error: Exception) -> Unavailable:
    """For an error of httpx, whose text may hold an address with a password."""
    return Unavailable(f"the server does not answer ({type(error).__name__})")


class Body:
    """An answer's body as it comes, which must end some time."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Raises Unavailable where there is more than any answer has."""
        self._size += len(part)
        if self._size > MOST_ANSWER:
            raise Unavailable(f"an answer of more than {MOST_ANSWER} bytes is not the server's")
        self._parts.append(part)

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)


class Bearer(httpx.Auth):
    """A token, or what makes one: asked at first, and anew once the server answers 401."""

    def __init__(self, token: AsyncToken) -> None:
        self._token = token
        self._made = token if isinstance(token, str) else None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """httpx's own hook for it."""
        used = self._made or self._asked()
        response = yield _authorised(request, used)
        if response.status_code == 401 and not isinstance(self._token, str):
            yield _authorised(request, self._asked() if self._made == used else self._made or "")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The same, awaited."""
        used = self._made or await self._awaited()
        response = yield _authorised(request, used)
        if response.status_code == 401 and not isinstance(self._token, str):
            yield _authorised(request, await self._awaited() if self._made == used else self._made or "")

    def _asked(self) -> str:
        self._made = _text(self._call())
        return self._made

    async def _awaited(self) -> str:
        made = self._call()
        try:
            made = await made if isawaitable(made) else made
        except Exception as error:
            raise _no_token(error) from error
        self._made = _text(made)
        return self._made

    def _call(self) -> "str | Awaitable[str]":
        assert callable(self._token)
        try:
            return self._token()
        except Exception as error:
            raise _no_token(error) from error


def _text(made: object) -> str:
    if not isinstance(made, str):
        raise TypeError(f"the function for the token gave a {type(made).__name__}, not a text; AsyncClient awaits")
    return made


def _no_token(error: Exception) -> Unavailable:
    return Unavailable(f"the function for the token failed ({type(error).__name__})")


def _authorised(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request
