"""The application with all rooms, gateway and queries, as `kinelake web` serves it, in this process: no socket."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.routing import Route

from control.geo import UPDATE_KIND
from kinelake.http_roles import application
from kinelake.installation import Installation
from kinelake.role import now
from kinelake.settings import load
from query_api.dashboard.session import Session, new_csrf, sealed
from tests.kit.migrated import migrated
from tests.kit.running import waiting
from web.app import WebApp
from web.development import issue_development_token
from web.tenancy import PUBLIC_PATHS, Endpoint
from web.tokens import Identity, role_of

URL = "http://kinelake.test"
HOME = "acme"
COOKIE = "kinelake_session"
DASHBOARD = "/dashboard"
ROLES = ("user", "specialist", "admin", "system")
PLACES = {"session_id": "a-session", "id": "1", "type": "media", "name": "dashboard.css", "token": "of.no.link"}
"""What stands for the parameters of a path."""


@dataclass(frozen=True)
class Known:
    """A route that the application has: its path template, a path of it, its methods."""

    template: str
    methods: Sequence[str]

    @property
    def path(self) -> str:
        return re.sub(r"{(\w+)}", lambda found: PLACES[found[1]], self.template)

    @property
    def public(self) -> bool:
        return self.template in PUBLIC_PATHS

    @property
    def of_dashboard(self) -> bool:
        return f"{self.template}/".startswith(f"{DASHBOARD}/")

    def operations(self) -> Iterator[tuple[str, "Known"]]:
        """Each method that a handler answers."""
        for method in self.methods:
            if method not in ("OPTIONS", "HEAD"):
                yield method, self


class Whole:
    """One application, and callers of every kind."""

    def __init__(self, installation: Installation, app: WebApp, portal: BlockingPortal) -> None:
        self.installation = installation
        self.app = app
        self._portal = portal
        self._transport = httpx.ASGITransport(app, client=("127.0.0.1", 40000))

    @property
    def routes(self) -> list[Known]:
        """All of them, from the application's own list."""
        return [
            Known(_template(route), route.endpoint.allow.split(", "))
            for route in self.app.routes
            if isinstance(route, Route) and isinstance(route.endpoint, Endpoint)
        ]

    @property
    def guarded(self) -> list[Known]:
        """Those that want a caller."""
        return [known for known in self.routes if not known.public]

    def token(self, role: str = "admin", org: str = HOME, sub: str = "zoe", consent: int = 2, ttl: float = 3600) -> str:
        secrets = self.installation.folder.secrets
        return issue_development_token(secrets, sub, org, role, consent, timedelta(seconds=ttl))

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What an administrator's token says, but for what is changed."""
        return {**jwt.decode(self.token(), options={"verify_signature": False}), **changed}

    def cookie(self, role: str = "admin", org: str = HOME, lasts: timedelta = timedelta(hours=1)) -> str:
        """That of somebody who is signed in to the dashboard."""
        until = (now() + lasts).timestamp()
        identity = Identity(org, "zoe", role_of(role), 2, "token", until)
        return sealed(Session(identity, new_csrf()), self.installation.control.organisations.ensure(org).key)

    def signed_in(self, known: Known, role: str = "admin", org: str = HOME) -> dict[str, str]:
        """The headers of a caller, by token or, on the dashboard, by cookie."""
        if known.of_dashboard:
            return {"Cookie": f"{COOKIE}={self.cookie(role, org)}"}
        return {"Authorization": f"Bearer {self.token(role, org)}"}

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] = (), **more: Any
    ) -> httpx.Response:
        """The answer; a redirect is one."""
        return self._portal.call(partial(self._asked, method, path, headers=headers, **more))

    async def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url=URL) as client:
            return await client.request(method, path, **more)


def _template(route: Route) -> str:
    return route.path.replace(":path}", "}")


@contextmanager
def whole(folder: Path) -> Iterator[Whole]:
    """Started, with its views read; an update of the geo database is under way, so that none is begun here."""
    installation = Installation(load({"data": folder}, {"KINELAKE_ACCESS_LOG": "false"}))
    migrated(installation.folder.prepare().path)
    try:
        app = application(installation, "web")
        installation.control.jobs.enqueue(UPDATE_KIND, UPDATE_KIND, {"asked": "before"})
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            made = Whole(installation, app, portal)
            waiting(lambda: made.ask("GET", "/health/ready").status_code == 200)
            yield made
    finally:
        installation.close()
