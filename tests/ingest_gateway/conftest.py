"""The real application of the gateway over a recording log, its clock standing still on the contract's day."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from blob_store.store import BlobStore
from event_log import Publisher
from ingest_gateway import family
from ingest_gateway import gateway as mounted
from ingest_gateway.options import GatewayOptions
from schemas.shared.stream import Stream, streams
from tests.kit.recorder import Recorder
from tests.web.conftest import Clock, Site
from web.app import WebApp
from web.options import WebOptions

PATH = "/v1/media/events"
SESSION = "550e8400-e29b-41d4-a716-446655440000"


def event(kind: str = "play", data: Any = None, **fields: Any) -> dict[str, Any]:
    """A valid event; fields set to ... are left out."""
    body = {
        "event": kind,
        "session_id": SESSION,
        "media_id": "exercise-1",
        "timestamp": "2026-02-17T10:00:00Z",
        "data": {"position_seconds": 1.5} if data is None else data,
        **fields,
    }
    return {name: value for name, value in body.items() if value is not ...}


POSTED = [
    stream for stream in streams().values() if stream.path is not None and stream.name not in mounted.own_routes()
]
"""The streams that are taken as every stream is."""


class Gateway:
    """An app whose log is a Recorder (or the publisher given), and how to talk to it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.recorder = Recorder()

    def app(self, publisher: Publisher | None = None, *, max_age_days: int = 730, **options: Any) -> WebApp:
        log = publisher or self.recorder
        gateway = GatewayOptions(event_max_age_days=max_age_days)
        stores = log, self.site.control, BlobStore(str(self.site.blobs))
        routes = mounted.routes(*stores, gateway, WebOptions(**options), self.site.clock)
        return self.site.app(routes, mounted.checks(log), family.families(), **options)

    @cached_property
    def usual(self) -> WebApp:
        """The app without options: made once, since it keeps nothing of a request."""
        return self.app()

    def client(self, app: WebApp | None = None, **headers: str) -> httpx.AsyncClient:
        return self.site.client(app or self.usual, **headers)

    def poster(self, stream: Stream) -> str:
        """The Authorization of somebody who may post to the stream."""
        return f"Bearer {self.site.token(role=stream.roles[0] if stream.roles else 'user')}"

    async def post(self, body: Any, path: str = PATH, **headers: str) -> httpx.Response:
        """POSTs JSON, or bytes as they are; header names with _ for -."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client() as client:
            return await client.post(path, content=content, headers={"Content-Type": "application/json", **named})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, clock: Clock) -> Iterator[Site]:
    made = Site(tmp_path, clock)
    yield made
    made.control.close()


@pytest.fixture
def gateway(site: Site) -> Gateway:
    return Gateway(site)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
