"""The application with all rooms, gateway and queries, as `kinelake web` serves it, in this process: no socket."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property, partial
from ipaddress import IPv4Network
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.routing import Route

from control.api_keys import ApiKey
from control.applications import Application
from control.capture_sessions import CaptureSession
from control.faults import ApplicationUnknown, ProjectUnknown
from control.geo import UPDATE_KIND
from control.organisations import subject_of
from control.projects import Project
from control.written_offsets import WrittenOffsets
from ingest_gateway.family import families
from kinelake.api_keys import create_key, kinds, people_kinds
from kinelake.applications import new_tokens, token_kind
from kinelake.http_roles import application
from kinelake.installation import Installation
from kinelake.role import now
from kinelake.settings import load
from kinelake.write_keys import create_write_key
from query_api.dashboard.session import Session, new_csrf, sealed
from tests.kit.capture import begin as begin_session
from tests.kit.migrated import migrated
from tests.kit.motion.filmed_people import film, filmed
from tests.kit.running import waiting
from web.app import WebApp
from web.application_tokens import PUBLIC, SECRET
from web.development import issue_development_token
from web.families import Families
from web.people_keys import ADMIN, SUB_ADMIN, USER
from web.pepper import read_pepper
from web.tenancy import PUBLIC_PATHS, Endpoint
from web.tokens import Identity, role_of
from web.write_keys import FAMILY as WRITE_KEYS

URL = "http://kinelake.test"
HOME = "acme"
COOKIE = "kinelake_session"
DASHBOARD = "/dashboard"
PAGES = "/motion/"
KEYED = "X-API-Key"
ROLES = ("user", "specialist", "admin", "system")
PLACES = {
    "session_id": "a-session",
    "user_id": "zoe",
    "id": "1",
    "erasure_id": "01900000-0000-7000-8000-000000000009",
    "type": "media",
    "name": "dashboard.css",
    "token": "of.no.link",
    "thread_id": "thread_boQ0PSivWvPHIx4MQ02HqSEX",
    "key": "kpk_of_home",
}
"""What stands for the parameters of a path."""
ELSEWHERE = "fuzzed"
"""An organisation of its own: what is made up includes consent that its person gives and takes back."""
SESSIONS = {org: f"01900000-0000-7000-8000-00000000000{n}" for n, org in enumerate((HOME, "globex", ELSEWHERE))}
"""Organisation → a session that its project has captured."""
SETTINGS = {
    "KINELAKE_ACCESS_LOG": "false",
    "KINELAKE_RATE_LIMIT_REQUESTS": "1000000",
    "KINELAKE_EXPORT_AUTH": "secret",
}
FAMILIES = Families(families())
SCOPES = {"user": USER, "specialist": SUB_ADMIN, "admin": ADMIN}
"""A caller's role → what a key of a person in it says."""


@dataclass(frozen=True)
class Known:
    """A route that the application has: its path template, a path of it, its methods."""

    template: str
    methods: Sequence[str]

    @property
    def path(self) -> str:
        """One that may be called again and again: what it would erase is nobody's."""
        return self._with(PLACES) if self.by_person and "DELETE" in self.methods else self.of(HOME)

    def of(self, org: str) -> str:
        """A path of it that is about something which an organisation has, where it can be."""
        if self.by_person:
            return self._with({**PLACES, "session_id": filmed(org, self.template)})
        return self._with({**PLACES, "session_id": SESSIONS[org], "user_id": mark(org)} if self.by_key else PLACES)

    def with_all(self, text: str) -> str:
        """One with a text in place of all its parameters."""
        return self._with(dict.fromkeys(PLACES, text))

    def _with(self, places: Mapping[str, str]) -> str:
        return re.sub(r"{(\w+)}", lambda found: places[found[1]], self.template)

    @property
    def public(self) -> bool:
        return self.template in PUBLIC_PATHS

    @property
    def by_key(self) -> bool:
        """Whether its callers show an API key."""
        return "apiKey" in FAMILIES.of(self.template).security

    @property
    def by_person(self) -> bool:
        """Whether its callers show a key that acts for a person."""
        return "personKey" in FAMILIES.of(self.template).security

    @property
    def by_write_key(self) -> bool:
        """Whether it is for clients that others wrote, which show a key that only lets them write."""
        return FAMILIES.of(self.template).entrance is not None

    @property
    def of_segment(self) -> bool:
        """Whether it speaks the Segment protocol."""
        return FAMILIES.of(self.template).name == "segment"

    @property
    def by_link(self) -> bool:
        """Whether its callers have a link, which is for people."""
        return self.template.startswith(PAGES)

    @property
    def by_application(self) -> bool:
        """Whether its callers show a token of an application."""
        return "secretKey" in FAMILIES.of(self.template).security

    @property
    def opened_by(self) -> str:
        """Which of an application's tokens."""
        return PUBLIC if self.template in token_kind().sending else SECRET

    @property
    def of_dashboard(self) -> bool:
        return f"{self.template}/".startswith(f"{DASHBOARD}/")

    def operations(self) -> Iterator[tuple[str, "Known"]]:
        """Each method that a handler answers."""
        for method in self.methods:
            if method not in ("OPTIONS", "HEAD"):
                yield method, self


def mark(org: str) -> str:
    """Stands in every text of an organisation's rows."""
    return f"kept-by-{org}"


def basic(key: str) -> str:
    """A write key as SDKs show it."""
    return f"Basic {b64encode(f'{key}:'.encode()).decode()}"


class Whole:
    """One application, and callers of every kind."""

    def __init__(self, installation: Installation, app: WebApp, portal: BlockingPortal) -> None:
        self.installation = installation
        self.app = app
        self._portal = portal
        self._transport = httpx.ASGITransport(app, client=("127.0.0.1", 40000))
        self._addresses = cycle(IPv4Network("198.18.0.0/15"))
        self.key = cache(self._made_key)
        self.write_key = cache(self._made_write_key)
        self.app_token = cache(self._made_token)
        self.person_key = cache(self._made_person_key)
        self._ended: set[str] = set()

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
        """The headers of a caller, by token, key, an application's token or, on the dashboard, by cookie."""
        if known.by_write_key:
            return {"Authorization": basic(self.write_key(org))}
        if known.by_application:
            return {KEYED: self.app_token(org, known.opened_by)}
        if known.by_key:
            return {KEYED: self.key(org)}
        if known.by_person:
            return {"Authorization": f"API-KEY {self.person_key(org, SCOPES.get(role, ADMIN))}"}
        if known.of_dashboard:
            return {"Cookie": f"{COOKIE}={self.cookie(role, org)}"}
        return {"Authorization": f"Bearer {self.token(role, org)}"}

    @cached_property
    def ended_key(self) -> str:
        """A key of HOME's project that was one."""
        made, key = create_key(self.installation, kinds()["capture"], self._project(HOME))
        self._ended.add(self.installation.control.api_keys.revoke(made.id).id)
        return key

    def lost(self) -> list[ApiKey]:
        """Keys and tokens that no longer open anything, though another test may be handed them."""
        every = self.installation.control.api_keys.list()
        return [key for key in every if key.revoked_at is not None and key.id not in self._ended]

    def _made_key(self, org: str, scope: str = "") -> str:
        """A key of the organisation's project, which it has from now on, and which has captured a session."""
        return create_key(self.installation, kinds()["capture"], self._project(org), scope)[1]

    def _made_write_key(self, org: str) -> str:
        """One that lets in what analytics needs."""
        self.installation.control.organisations.ensure(org)
        return create_write_key(self.installation, org, default_consent=2)[1]

    def _made_person_key(self, org: str, role: str = ADMIN, plan: str = "Pro", user_id: str | None = None) -> str:
        """A key of the organisation's person, who has been filmed, or of another one of it."""
        control = self.installation.control
        control.organisations.ensure(org)
        (kind,) = people_kinds().values()
        film(self.installation.control, org, mark(org))
        holder = control.people.holder(org, user_id or mark(org), plan, 2)
        return create_key(self.installation, kind, holder, role)[1]

    def _made_token(self, org: str, scope: str) -> str:
        """A token of the organisation's application, which it has from now on."""
        return new_tokens(self.installation, self._application(org), (scope,))[scope]

    def _application(self, org: str) -> Application:
        control = self.installation.control
        control.organisations.ensure(org)
        try:
            return control.applications.find("application", org)
        except ApplicationUnknown:
            return control.applications.create(org, "application", 2)

    def _project(self, org: str) -> Project:
        control = self.installation.control
        key = control.organisations.ensure(org).key
        try:
            return control.projects.find("project", org)
        except ProjectUnknown:
            made = control.projects.create(org, "project", 2)
        if org in SESSIONS:
            session = CaptureSession(
                id=SESSIONS[org],
                tenant=org,
                project_id=made.id,
                subject=subject_of(key, mark(org)),
                user_id=mark(org),
                capture_mode="hybrid",
                frame_rate=10.0,
                created_at=now(),
            )
            begin_session(control, session)
        return made

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] = (), **more: Any
    ) -> httpx.Response:
        """The answer; a redirect is one. Each request comes from an address of its own, with a budget of its own."""
        headers = [*(headers.items() if isinstance(headers, Mapping) else headers)]
        headers.append(("X-Client-IP", str(next(self._addresses))))
        return self._portal.call(partial(self._asked, method, path, headers=headers, **more))

    async def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url=URL) as client:
            return await client.request(method, path, **more)


def _write_key_in_paths(installation: Installation) -> None:
    """Makes the one that stands in paths a key of HOME's."""
    installation.control.organisations.ensure(HOME)
    pepper = read_pepper(None, installation.folder.secrets)
    lookup = pepper.lookup(WRITE_KEYS, PLACES["key"].encode())
    installation.control.write_keys.create(HOME, lookup, pepper.name, default_consent=2)


def _template(route: Route) -> str:
    return route.path.replace(":path}", "}")


@contextmanager
def whole(folder: Path) -> Iterator[Whole]:
    """Started, with its views read; an update of the geo database is under way, so that none is begun here.

    No flow runs: who has written would wait for it when they read, so here nobody has.
    """
    installation = Installation(load({"data": folder}, SETTINGS))
    migrated(installation.folder.prepare().path)
    patched = pytest.MonkeyPatch()
    patched.setattr(WrittenOffsets, "of", lambda *_: {})
    try:
        app = application(installation, "web")
        installation.control.jobs.enqueue(UPDATE_KIND, UPDATE_KIND, {"asked": "before"})
        _write_key_in_paths(installation)
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            made = Whole(installation, app, portal)
            waiting(lambda: made.ask("GET", "/health/ready").status_code == 200)
            yield made
    finally:
        patched.undo()
        installation.close()
