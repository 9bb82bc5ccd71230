"""An application with its tokens, at the gateway."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from control.applications import Application
from ingest_gateway.game import FAMILY, TOKENS
from ingest_gateway.game.family import ALIASES, EVENTS
from ingest_gateway.game.sql import sql_route
from tests.web.conftest import Clock, Site, who
from web.api_keys import KEY_ROLES
from web.app import WebApp, create_app
from web.application_tokens import PUBLIC, SECRET
from web.authentication import authenticator
from web.caller import Caller
from web.options import WebOptions
from web.pepper import read_pepper
from web.telemetry import TELEMETRY
from web.tenancy import route

if TYPE_CHECKING:
    from tests.ingest_gateway.game.gate import Gate

APP_ID = "72ab8f81-ef36-4712-a046-399a62b9afaa"
MSGPACK = "application/msgpack"


async def fail(request: Request, caller: Caller) -> Response:
    raise RuntimeError("said by nobody")


ROUTES = [
    *(route(path, who, ("POST",), roles=KEY_ROLES) for path in (EVENTS, *ALIASES)),
    route("/api/models", who, roles=KEY_ROLES),
    route("/api/fail", fail, roles=KEY_ROLES),
    sql_route(),
]
"""The family's doors: behind them stands whoever came in."""


class Ticks:
    """A monotonic clock that is told the time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Tokens:
    """The two of an application."""

    public: str
    secret: str


class Doors:
    """The family over an installation whose tokens are made here."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.ticks = Ticks()
        site.control.organisations.ensure("acme")

    def app(self, **options: Any) -> WebApp:
        settings = WebOptions(access_log=False, **options)
        door = authenticator(settings, self.site.control, self.site.secrets, self.site.clock, monotonic=self.ticks)
        return create_app(ROUTES, options=settings, authenticator=door, families=(TELEMETRY, FAMILY))

    def application(self, name: str = "jumper", consent: int = 2, app_id: str | None = APP_ID) -> Application:
        return self.site.control.applications.create("acme", name, consent, app_id)

    def token(self, application: Application, scope: str, token: str = "") -> str:
        """A new one, the one before stays."""
        made, pepper = token or token_urlsafe(), read_pepper(None, self.site.secrets)
        lookup = pepper.lookup(TOKENS.family, made.encode())
        self.site.control.api_keys.rotate(TOKENS.family, application, scope, lookup, pepper.name)
        return made

    def tokens(self, application: Application) -> Tokens:
        return Tokens(*map(partial(self.token, application), (PUBLIC, SECRET)))

    def client(self, app: WebApp | None = None, peer: str = "203.0.113.9", **headers: str) -> httpx.AsyncClient:
        """A client elsewhere; header names with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(app or self.app(), client=(peer, 40000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers=named)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doors(tmp_path: Path, clock: Clock) -> Iterator[Doors]:
    site = Site(tmp_path, clock)
    yield Doors(site)
    site.control.close()


@pytest.fixture
def gate(tmp_path: Path, clock: Clock) -> Iterator["Gate"]:
    from tests.ingest_gateway.game.gate import Gate

    site = Site(tmp_path, clock)
    yield Gate(site)
    site.control.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
