"""The client for servers and notebooks, as one waits for it and as one awaits it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from inspect import isawaitable
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest

from clients.python.kinelake_client import AsyncClient, Client
from tests.clients.served import Served

PATIENCE = 60.0


class Calls:
    """Either client, each of whose calls returns what it gives; by default with the token of zoe at level 2."""

    def __init__(self, kind: str, url: str, token: Any, **options: Any) -> None:
        self._runner = asyncio.Runner() if kind == "async" else None
        said = {"consent_level": 2, "patience": PATIENCE, **options}
        # without the surroundings' proxies, which cannot reach this machine's own addresses
        if self._runner is None:
            self.client: Any = Client(url, token, transport=httpx.HTTPTransport(), **said)
        else:
            self.client = AsyncClient(url, token, transport=httpx.AsyncHTTPTransport(), **said)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments, **named: self._done(name, *arguments, **named)

    def _done(self, name: str, *arguments: Any, **named: Any) -> Any:
        if self._runner is None:
            return getattr(self.client, name)(*arguments, **named)

        async def called() -> Any:
            made = getattr(self.client, name)(*arguments, **named)
            return await made if isawaitable(made) else made

        return self._runner.run(called())

    def end(self) -> None:
        self._done("close")
        if self._runner is not None:
            self._runner.close()


Made: TypeAlias = Callable[..., Calls]


@pytest.fixture(params=["sync", "async"])
def made(request: pytest.FixtureRequest) -> Iterator[Made]:
    """Makes one for a gateway, with zoe's token unless there is another."""
    with ExitStack() as stack:

        def of(served: Served, token: Any = None, **options: Any) -> Calls:
            calls = Calls(request.param, served.url, token or served.site.token(), **options)
            stack.callback(calls.end)
            return calls

        yield of


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """The one that waits, for what both share."""
    one = Client(served.url, served.site.token(), consent_level=2, patience=PATIENCE, transport=httpx.HTTPTransport())
    with one:
        yield one


def play(number: int = 0, **fields: Any) -> dict[str, Any]:
    """A valid media event of a session of its own."""
    at = {"position_seconds": float(number)}
    return {"event": "play", "session_id": str(uuid4()), "media_id": "film", "data": at, **fields}


def visit(number: int = 0, **fields: Any) -> dict[str, Any]:
    """A valid analytics event."""
    return {"event_name": f"step.{number}", "properties": {"number": number}, **fields}


def numbers(served: Served) -> list[int]:
    """Of the visits that count, in order of arrival."""
    return [int(item["event_name"].removeprefix("step.")) for item in served.once.values()]
