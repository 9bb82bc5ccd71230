"""The one tenant check: a route exists only through `route`, which authenticates before the handler sees anything.

`unguarded` finds what was added to an app in another way; the app refuses to start with such a route.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.shared.faults import BadDeclaration
from web.audit_trail import CALLER, AdminAction, AuditTrail, sender_of
from web.authentication import ORIGIN, Authenticator
from web.caller import Caller, Role, at_least
from web.families import FAMILY, Authenticate, Families, Family
from web.faults import UnguardedRoute
from web.operation import Describing, Operation
from web.problems import Problem

ALWAYS_ANSWERED = frozenset({"/health", "/health/live", "/health/ready", "/metrics", "/openapi.json"})
"""What answers however many requests are being worked on."""
PUBLIC_PATHS = ALWAYS_ANSWERED | {
    "/docs",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/docs/favicon.png",
    "/dashboard/login",
    "/dashboard/files/{name}",
    "/files/{token}",
    "/files/pictures/{name}",
    "/files/pages/{name}",
    "/try",
    "/try/files/{name}",
    "/try/film/{name}",
    "/try/keys",
}
"""All that answers without a token."""

READING = frozenset({"GET", "HEAD"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""

TEMPLATE = "kinelake.template"
"""Where the route leaves its path template in the ASGI scope, for metrics and logs without identifiers."""

Handler: TypeAlias = Callable[[Request, Caller], Awaitable[Response]]
PublicHandler: TypeAlias = Callable[[Request], Awaitable[Response]]
Answer: TypeAlias = Callable[[Request, Authenticate], Awaitable[Response]]
"""A handler behind its checks, given how its family knows callers."""


@dataclass(frozen=True)
class RouteSpec:
    """A registered route: path template, methods, what answers, what OpenAPI says, whose stream it is ("": none's).

    Where its `action` has a name, such as gdpr.export, the audit trail is told each time it was carried out.
    A `prompt` one answers POSTs that came whole without the layers of the frame (`web.prompt`): what it does before it
    first waits is in no task (`web.eager`), and its answers are whole.
    """

    path: str
    methods: tuple[str, ...]
    answer: Answer
    operation: Describing | None
    public: bool = False
    stream: str = ""
    action: str = ""
    prompt: bool = False


def route(
    path: str,
    handler: Handler,
    methods: Sequence[str] = ("GET",),
    *,
    roles: Collection[Role] = at_least(Role.USER),
    operation: Describing | None = None,
    stream: str = "",
    action: str = "",
    prompt: bool = False,
) -> RouteSpec:
    """A route whose handler gets an authenticated Caller of one of these roles, bound to that caller's tenant.

    Who authenticates is the family that has the path; `stream` is whose route it is; `action` has it told to the audit
    trail under that name each time it is carried out; a `prompt` one answers as `web.prompt` says. Raises
    BadDeclaration where only administrators may change something and the change has no name.
    """
    allowed = frozenset(roles)
    if allowed <= {Role.ADMIN} and not (action or READING.issuperset(methods)):
        raise BadDeclaration(f"{path} is for administrators and changes something: name it, as in action='geo.update'")

    async def answer(request: Request, authenticate: Authenticate) -> Response:
        caller = request.scope[CALLER] = await authenticate(request)
        if caller.role not in allowed:
            raise role_forbidden(allowed, caller)
        return await handler(request, caller)

    return RouteSpec(path, tuple(methods), answer, operation, stream=stream, action=action, prompt=prompt)


def written_route(
    path: str,
    answer: Answer,
    methods: Sequence[str],
    *,
    operation: Describing | None = None,
    stream: str = "",
    prompt: bool = False,
) -> RouteSpec:
    """A route of a family with an entrance, whose callers may show a write key in the body: it finds out itself.

    What it reads is what the doorway found the key to open, and writing is all that opens.
    """
    return RouteSpec(path, tuple(methods), answer, operation, stream=stream, prompt=prompt)


def public_route(
    path: str,
    handler: PublicHandler,
    operation: Operation | None = None,
    methods: Sequence[str] = ("GET",),
    *,
    action: str = "",
) -> RouteSpec:
    """A route without authentication; only the paths in PUBLIC_PATHS may be one.

    What has an `action` leaves in the scope, as CALLER, who turned out to carry it out.
    """
    if path not in PUBLIC_PATHS:
        raise UnguardedRoute(f"{path} is not in PUBLIC_PATHS; register it with route(), which authenticates")

    async def answer(request: Request, authenticate: Authenticate) -> Response:
        return await handler(request)

    return RouteSpec(path, tuple(methods), answer, operation, public=True, action=action)


class Endpoint:
    """The ASGI application of one path: picks by method, authenticates, answers; OPTIONS and 405 by itself."""

    def __init__(
        self, path: str, specs: Collection[RouteSpec], family: Family, authenticate: Authenticate, trail: AuditTrail
    ) -> None:
        self._path = path
        self._family = family
        self._authenticate = authenticate
        self._by_method = {method: _told(spec, trail) for spec in specs for method in spec.methods}
        if "GET" in self._by_method:
            self._by_method.setdefault("HEAD", self._by_method["GET"])
        self.allow = ", ".join(sorted({*self._by_method, "OPTIONS"}))
        self.prompt = any(spec.prompt for spec in specs if "POST" in spec.methods)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; errors leave as exceptions for the frame to render."""
        response = await self.response(Request(scope, receive, send))
        await response(scope, receive, send)

    async def response(self, request: Request) -> Response:
        """The answer to one request; raises what the frame renders."""
        scope = request.scope
        scope[TEMPLATE] = self._path
        scope[FAMILY] = self._family
        answer = self._by_method.get(scope["method"])
        return self._without_handler(scope) if answer is None else await answer(request, self._authenticate)

    def _without_handler(self, scope: Scope) -> Response:
        method = scope["method"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self.allow})
        if any("/" in value for value in scope.get("path_params", {}).values()):
            # it may be an id with slashes, and as well a path below one that there is not
            raise Problem(404, "not_found", HTTPStatus.NOT_FOUND.description)
        detail = f"This path does not answer {method}; it answers {self.allow}."
        raise Problem(405, "method_not_allowed", detail, headers={"Allow": self.allow})


def _told(spec: RouteSpec, trail: AuditTrail) -> Answer:
    """The route's answer; of what has an action, the trail is told once it is done."""
    if not spec.action:
        return spec.answer

    async def told(request: Request, authenticate: Authenticate) -> Response:
        response = await spec.answer(request, authenticate)
        said = request.method, spec.path, spec.stream, response.status_code, request.scope[ORIGIN].request_id
        trail.acted(AdminAction(spec.action, *said, sender_of(request.scope)))
        return response

    return told


def starlette_routes(
    specs: Iterable[RouteSpec], families: Families, authenticator: Authenticator, trail: AuditTrail
) -> list[Route]:
    """One Starlette route per path, bound to the path's family; of two that fit, the one that says more comes first."""
    by_path: dict[str, list[RouteSpec]] = {}
    for spec in specs:
        by_path.setdefault(spec.path, []).append(spec)
    _refuse_doubles(by_path)
    # a parameter at the end takes all that follows it, so what has more behind it comes before; what has none is found
    # without looking (`Routed`), so nobody looks at it on the way to others
    ordered = sorted(by_path, key=_place)
    authenticates = {family.name: family.authenticate(authenticator) for family in families}

    def endpoint(path: str) -> Endpoint:
        family = families.of_route(path)
        return Endpoint(path, by_path[path], family, authenticates[family.name], trail)

    return [Route(_matched(path), endpoint(path)) for path in ordered]


class Routed:
    """Finds the endpoint of a path without parameters, or with one as its last part, in one look.

    Every other path is the router's to find. It would find the same: of routes that fit, the one with most fixed parts
    at its beginning comes first (`starlette_routes`).
    """

    def __init__(self, router: Router) -> None:
        routes = [route for route in router.routes if isinstance(route, Route)]
        self._fixed: Mapping[str, ASGIApp] = {
            route.path: route.endpoint for route in routes if not route.param_convertors
        }
        self._below: Mapping[str, tuple[str, ASGIApp]] = {
            before: (next(iter(route.param_convertors)), route.endpoint)
            for route in routes
            if (before := _before_its_parameter(route)) is not None
        }
        self._router = router

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""
        return self._found(scope)(scope, receive, send)

    def prompt(self, scope: Scope) -> "Endpoint | None":
        """The endpoint of a POST, where its route is prompt."""
        found = self._found(scope)
        return found if isinstance(found, Endpoint) and found.prompt else None

    def _found(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._router
        path = scope["path"]
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed
        before, _, last = path.rpartition("/")
        below = self._below.get(before)
        if below is None or not last.isprintable():
            return self._router
        name, endpoint = below
        scope["path_params"] = {name: last}
        return endpoint


def _before_its_parameter(route: Route) -> str | None:
    """The path up to its last part, where that alone is a parameter."""
    before, _, last = route.path.rpartition("/")
    alone = len(route.param_convertors) == 1 and last.startswith("{") and last.endswith(":path}")
    return before if alone else None


def _place(path: str) -> list[bool]:
    """Among the routes."""
    return ["{" not in path, *("{" in part for part in path.split("/")), path.endswith("}")]


def _matched(path: str) -> str:
    """A parameter at the end takes the rest of the path: an id may have slashes, and servers decode %2F."""
    return f"{path[:-1]}:path}}" if path.endswith("}") else path


def unguarded(routes: Iterable[BaseRoute]) -> list[str]:
    """The routes that were not registered here, as text."""
    return [str(found) for found in routes if not (isinstance(found, Route) and isinstance(found.endpoint, Endpoint))]


def refuse_unguarded(app: Starlette) -> None:
    """Raises UnguardedRoute if the app has a route that was added in another way."""
    found = unguarded(app.routes)
    if found:
        raise UnguardedRoute(f"registered past web.tenancy.route, so without a tenant check: {', '.join(found)}")


def _refuse_doubles(by_path: Mapping[str, Sequence[RouteSpec]]) -> None:
    for path, specs in by_path.items():
        methods = [method for spec in specs for method in spec.methods]
        if len(methods) != len(set(methods)):
            raise ValueError(f"{path} is registered twice for one method")


def role_forbidden(allowed: Collection[Role], caller: Caller) -> Problem:
    """403: the caller's role is none of these."""
    names = sorted(allowed)
    detail = f"This route needs the role {' or '.join(names)}."
    return Problem(403, "role_forbidden", detail, members={"required": names, "given": caller.role})
