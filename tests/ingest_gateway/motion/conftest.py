"""Motion over the real application of the gateway: a recording log, a real control store, films that are probed."""

from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from blob_store.store import BlobStore
from control.api_keys import ApiKey
from ingest_gateway import family
from ingest_gateway import gateway as mounted
from ingest_gateway.motion import PEOPLE_KEYS
from ingest_gateway.options import GatewayOptions
from kinelake.films import film_refusal
from schemas.shared.options import OptionsOf, by_default
from tests.ingest_gateway.conftest import Gateway
from tests.kit.films import numbered, written
from web.app import WebApp
from web.options import WebOptions
from web.pepper import read_pepper

ANN = "ann@example.org"
BEN = "ben@example.org"
SQUATS = "/mobility-assessment/sessions/"


class Motion:
    """The application, people with keys, and what came of requests."""

    def __init__(self, gateway: Gateway) -> None:
        self.site, self.recorder = gateway.site, gateway.recorder
        self.control = gateway.site.control
        self.blobs = BlobStore(str(gateway.site.blobs))
        self.options_of: OptionsOf = by_default
        self._pepper = read_pepper(None, self.site.secrets)

    @cached_property
    def app(self) -> WebApp:
        return self.app_for()

    def app_for(self, *origins: str) -> WebApp:
        """The application; pages of these origins may use it."""
        stores = self.recorder, self.control, self.blobs
        options, clock = (GatewayOptions(), WebOptions()), self.site.clock
        routes = mounted.routes(*stores, *options, clock, self.options_of, film_refusal)
        return self.site.app(routes, families=family.families(), cors_origins=origins)

    def key(
        self, user_id: str = ANN, role: str = "user", plan: str = "Pro", consent: int = 2, org: str = "acme"
    ) -> tuple[ApiKey, str]:
        """A key that acts for a person, and its secret."""
        self.control.organisations.ensure(org)
        secret = f"{PEOPLE_KEYS.prefix}{org}-{user_id}-{role}-{plan}-{consent}"
        holder = self.control.people.holder(org, user_id, plan, consent)
        lookup = self._pepper.lookup(PEOPLE_KEYS.family, secret.encode())
        return self.control.api_keys.create(PEOPLE_KEYS.family, holder, role, lookup, self._pepper.name), secret

    async def ask(self, method: str, path: str, headers: list[tuple[str, str]], **sent: Any) -> httpx.Response:
        """A request with exactly these headers, some perhaps twice."""
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
            return await client.request(method, path, headers=headers, **sent)

    async def upload(
        self, secret: str, content: bytes, path: str = SQUATS, idempotency_key: str | None = None, **fields: Any
    ) -> httpx.Response:
        """A film with these fields; a list is a field that is sent several times."""
        repeats = [] if idempotency_key is None else [("Idempotency-Key", idempotency_key)]
        headers = [("Authorization", f"API-KEY {secret}"), *repeats]
        return await self.ask("POST", path, headers, data=fields, files={"video": ("../squat.mp4", content)})

    def kept(self) -> list[str]:
        """Every blob there is."""
        return [name for folder in ("motion-uploads", "motion-videos") for name in self.blobs.names(folder)]

    def parts(self) -> list[Path]:
        """Blobs that are being written."""
        return list(self.site.blobs.glob(".parts/*"))


@pytest.fixture
def motion(gateway: Gateway) -> Motion:
    return Motion(gateway)


@pytest.fixture
def ann(motion: Motion) -> str:
    """The secret of a key of hers."""
    return motion.key()[1]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of film."""
    return written(tmp_path_factory.mktemp("films") / "squat.mp4", numbered(30)).read_bytes()


@pytest.fixture(scope="session")
def older_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Another one."""
    path: Path = tmp_path_factory.mktemp("films") / "older.mp4"
    return written(path, numbered(45)).read_bytes()
