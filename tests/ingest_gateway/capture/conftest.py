"""Capture over the real application of the gateway: a recording log, a real control store and a folder of blobs."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from blob_store.store import BlobStore
from tests.ingest_gateway.conftest import Gateway
from tests.kit.capture import Sender, made_key
from tests.web.conftest import Site
from web.app import WebApp
from web.pepper import read_pepper

MANY = 1_000_000


class Capture:
    """The application, its projects and what came of requests."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.site = gateway.site
        self.control = gateway.site.control
        self.recorder = gateway.recorder
        self.blobs = BlobStore(str(gateway.site.blobs))
        self.app = gateway.app(rate_limit_requests=MANY)
        self._pepper = read_pepper(None, self.site.secrets)

    def project(self, name: str = "shop", consent: int = 2, org: str = "acme") -> tuple[str, str]:
        """A project's id and a key of it."""
        self.control.organisations.ensure(org)
        project = self.control.projects.create(org, name, consent)
        return project.id, made_key(self.control, self._pepper, project.id)[1]

    def items(self, stream: str) -> list[dict[str, object]]:
        """What was published to a stream, each item with what its head says."""
        found = []
        for topic, record in self.recorder.published:
            head, *lines = record.value.split(b"\n")
            if topic == stream:
                found += [msgspec.json.decode(head) | msgspec.json.decode(line) for line in lines]
        return found

    def client(self, app: WebApp | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app or self.app, client=("127.0.0.1", 40000))
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test")


@pytest.fixture
def capture(gateway: Gateway) -> Capture:
    return Capture(gateway)


@pytest.fixture
def project(capture: Capture) -> tuple[str, str]:
    return capture.project()


@pytest.fixture
async def sender(capture: Capture, project: tuple[str, str]) -> AsyncIterator[Sender]:
    async with capture.client() as client:
        yield Sender(client, project[1])


@pytest.fixture
async def session(sender: Sender) -> str:
    return await sender.begun()


@pytest.fixture
def folder(site: Site) -> Path:
    """Where the blobs are."""
    return site.blobs
