"""A query role that answers the keys of projects, without a socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from control.projects import Project
from ingest_gateway.capture.family import FAMILY, KEYS
from tests.kit.capture_tables import CaptureTables
from tests.query_api.conftest import Site
from web.options import WebOptions
from web.pepper import read_pepper
from web.telemetry import TELEMETRY

MANY = 1_000_000


class CaptureSite(Site):
    """The site with two projects of one organisation and one of another."""

    families = (TELEMETRY, FAMILY)
    options = WebOptions(access_log=False, rate_limit_requests=MANY)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.project = self._made("acme", "shop")
        self.other = self._made("acme", "blog")
        self.foreign = self._made("others", "shop")
        self.written = self.tables_of(self.project)

    def tables_of(self, project: Project) -> CaptureTables:
        return CaptureTables(self.tables, project.id, project.tenant)

    def by_key(self, project: Project | None = None) -> httpx.AsyncClient:
        """A client with a key of the project."""
        of = project or self.project
        secret = f"{KEYS.prefix}{of.id}"
        pepper = read_pepper(None, self.folder / "secrets")
        lookup = pepper.lookup(KEYS.family, secret.encode())
        if self.control.api_keys.find(KEYS.family, lookup, "") is None:
            self.control.api_keys.create(KEYS.family, of, "", lookup, pepper.name)
        transport = httpx.ASGITransport(self.usual, client=("127.0.0.1", 40000))
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers={"X-API-Key": secret})

    def _made(self, organisation: str, name: str) -> Project:
        self.control.organisations.ensure(organisation)
        return self.control.projects.create(organisation, name, 2)


@contextmanager
def capture_site(folder: Path) -> Iterator[CaptureSite]:
    """One while the block runs."""
    made = CaptureSite(folder)
    try:
        yield made
    finally:
        made.query.stop()
        made.control.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaptureSite]:
    with capture_site(tmp_path) as made:
        yield made
