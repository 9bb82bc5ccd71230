"""An application with a few routes, its tokens, and a client that comes from a chosen address."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import httpx
import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from control.projects import Project
from control.store import Control
from tests.kit.migrated import migrated
from web.api_keys import KEY_ROLES, SECURITY, KeyDoor, KeyKind
from web.app import WebApp, create_app
from web.audit_trail import AuditTrail
from web.authentication import authenticator
from web.body import read_body, require_media_type
from web.caller import Caller, Role, at_least
from web.development import issue_development_token
from web.families import Family
from web.operation import Operation
from web.options import WebOptions
from web.pepper import read_pepper
from web.problems import Problem
from web.telemetry import TELEMETRY
from web.tenancy import RouteSpec, route


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 17, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def who(request: Request, caller: Caller) -> Response:
    """The caller, as the handler sees it."""
    return Response(msgspec.json.encode(caller), media_type="application/json")


async def take(request: Request, caller: Caller) -> Response:
    require_media_type(request)
    body = await read_body(request, max_bytes=2000, max_decoded_bytes=4000, seconds=1)
    return Response(msgspec.json.encode({"bytes": len(body)}), 202, media_type="application/json")


async def fail(request: Request, caller: Caller) -> Response:
    raise RuntimeError(f"the client said {request.headers['X-Said']}")


ROUTES = [
    route("/v1/who", who, operation=Operation("Who calls", responses={200: Caller})),
    route(
        "/v1/take",
        take,
        ("POST",),
        operation=Operation("Take", request=dict[str, int], responses={202: dict[str, int]}, request_example={"a": 1}),
    ),
    route("/v1/fail", fail),
    route("/v1/admin", who, roles=at_least(Role.ADMIN)),
    route("/v1/things/{id}", who, ("GET", "DELETE")),
    route("/v1/things/best", take, ("POST",)),
]


BOOTH = KeyKind(family="booth", prefix="kl_booth_", budget_of=lambda path: path.split("/")[3])
"""Keys of a family with a budget for each of its paths."""


def one_word(problem: Problem) -> Response:
    return JSONResponse({"error": problem.detail}, problem.status, problem.headers)


BY_KEY = Family(
    name="booth",
    prefixes=("/v1/booth/",),
    renderer=one_word,
    error_schema={},
    authenticate=lambda authenticator: KeyDoor(BOOTH, authenticator).caller,
    meter=partial(KeyDoor, BOOTH),
    security=SECURITY,
)
BOOTH_ROUTES = [
    *ROUTES,
    route("/v1/booth/who", who, roles=KEY_ROLES, operation=Operation("Who", responses={200: Caller})),
    route("/v1/booth/take", take, ("POST",), roles=KEY_ROLES),
    route("/v1/booth/fail", fail, roles=KEY_ROLES),
    route("/v1/booth/people", who),
]


class Site:
    """An app in development mode over httpx, without a socket; `monotonic` is the clock of its apps' budgets."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.monotonic: Callable[[], float] = time.monotonic
        self.secrets = folder / "secrets"
        self.blobs = folder / "blobs"
        self.control = Control.open(migrated(folder), clock)

    def app(
        self,
        routes: list[RouteSpec] = ROUTES,
        checks: Any = None,
        families: Iterable[Family] = (TELEMETRY,),
        trail: AuditTrail | None = None,
        **options: Any,
    ) -> WebApp:
        settings = WebOptions(access_log=False, **options)
        authenticating = authenticator(settings, self.control, self.secrets, self.clock, monotonic=self.monotonic)
        return create_app(
            routes, options=settings, authenticator=authenticating, families=families, trail=trail, checks=checks
        )

    def token(
        self, sub: str = "zoe", org: str = "acme", role: str = "user", consent: Any = 2, ttl: float = 3600
    ) -> str:
        seconds = timedelta(seconds=ttl)
        return issue_development_token(self.secrets, sub, org, role, consent, seconds, self.clock())

    def booth(self, **options: Any) -> WebApp:
        """An app with a family whose callers show keys."""
        return self.app(BOOTH_ROUTES, families=(TELEMETRY, BY_KEY), **options)

    def project(self, name: str = "shop", consent: int = 2) -> Project:
        self.control.organisations.ensure("acme")
        return self.control.projects.create("acme", name, consent)

    def key(self, project: Project, scope: str = "", secret: str = "") -> str:
        """A new key of the booth's."""
        shown, pepper = secret or token_urlsafe(), read_pepper(None, self.secrets)
        lookup = pepper.lookup(BOOTH.family, shown.encode())
        self.control.api_keys.create(BOOTH.family, project, scope, lookup, pepper.name)
        return shown

    @cached_property
    def usual(self) -> WebApp:
        """The app without options: made once, since it keeps nothing of a request."""
        return self.app()

    def client(self, app: Any = None, peer: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app or self.usual, client=(peer, 40000))
        given = {"Authorization": f"Bearer {self.token()}", **headers}
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers=given)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, clock: Clock) -> Iterator[Site]:
    made = Site(tmp_path, clock)
    yield made
    made.control.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
