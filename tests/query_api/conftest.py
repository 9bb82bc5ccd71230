"""A query role over tables in a folder, with callers of every role, without a socket."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from blob_store.store import BlobStore
from control.store import Control
from query_api.dashboard.overview import FlowHealth, Overview, RoleHealth
from query_api.options import QueryOptions
from query_api.role import Query
from sinks.location import Location
from tests.kit.media_sessions import NOON
from tests.kit.migrated import migrated
from tests.kit.recorder import Recorder
from tests.servers.axe import axe_script
from tests.servers.required import Missing, skip_or_fail
from web.app import WebApp, create_app
from web.audit_trail import AuditTrail
from web.authentication import authenticator
from web.development import issue_development_token
from web.families import Family
from web.options import WebOptions
from web.telemetry import TELEMETRY

PARTITIONS = 2
REST_SECONDS = 0.005
"""Between two looks at what another thread does: one that asks without rest keeps Python's lock from it."""


class Site:
    """The app at a standing clock, an hour after noon."""

    families: tuple[Family, ...] = (TELEMETRY,)
    options = WebOptions(access_log=False)

    def __init__(self, folder: Path, blobs: str | None = None) -> None:
        self.folder = folder
        self.now = NOON + timedelta(minutes=60)
        self.control = Control.open(migrated(folder), lambda: self.now)
        self.tables = Location(str(folder / "tables"))
        self.recorder = Recorder()
        self.blobs = BlobStore(blobs or str(folder / "blobs"))
        stores = self.tables, self.control, self.blobs
        options = QueryOptions(query_poll_ms=20)
        self.query = Query(*stores, options, PARTITIONS, lambda: self.now, self.overview, self.recorder)
        self.query.start()
        self.health: list[FlowHealth] = []
        self.problems: list[str] = []

    def app(self, trail: AuditTrail | None = None) -> WebApp:
        authenticating = authenticator(self.options, self.control, self.folder / "secrets", lambda: self.now)
        return create_app(
            self.query.routes(),
            options=self.options,
            authenticator=authenticating,
            families=(*self.families, *self.query.families),
            checks=self.query.checks,
            trail=trail,
        )

    def overview(self) -> Overview:
        """What the dashboard is told of the installation."""
        return Overview(self.now, self.health, [RoleHealth("web", "here:1", True, self.now)], self.problems)

    def token(self, role: str, org: str, sub: str) -> str:
        return issue_development_token(self.folder / "secrets", sub, org, role, 2, timedelta(hours=1), self.now)

    @cached_property
    def usual(self) -> WebApp:
        """The app of all clients: made once, since it keeps nothing of a request."""
        return self.app()

    def client(
        self, role: str = "specialist", org: str = "acme", sub: str = "zoe", trail: AuditTrail | None = None
    ) -> httpx.AsyncClient:
        app = self.usual if trail is None else self.app(trail)
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 40000))
        headers = {"Authorization": f"Bearer {self.token(role, org, sub)}"}
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers=headers)

    async def caught_up(self, client: httpx.AsyncClient) -> Any:
        """Once the flow has said that everything up to now is in the tables, and the view has seen it."""
        self.now += timedelta(seconds=1)
        said = dict.fromkeys(range(PARTITIONS), self.now)
        self.control.watermarks.write("media", said, dict.fromkeys(said, 0))
        stamp = self.now.isoformat().replace("+00:00", "Z")
        while True:
            answer = await client.get("/v1/media/sessions/stats")
            if answer.status_code == 200 and answer.headers.get("X-Data-As-Of") == stamp:
                return answer
            await asyncio.sleep(REST_SECONDS)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.query.stop()
    made.control.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def axe() -> str:
    """What looks for barriers in its pages."""
    try:
        return axe_script()
    except Missing as reason:
        skip_or_fail("browser", reason)
