"""An HTTP role: routes in, an application with the frame, health, metrics and API docs around them out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.at_once import Answering
from web.audit_trail import AuditTrail, Noted
from web.authentication import ORIGIN, Authenticator
from web.docs import docs_routes
from web.doorway import Doorways
from web.families import Families, Family
from web.frame import Cors, Errors, Observed, OneSlashForm, Room
from web.headers import headers_of
from web.health import Check, health_routes
from web.metering import Counted, Meters, Told
from web.metrics import exposition
from web.operation import Described, Operation
from web.options import WebOptions, believed_identity_proxies, believed_proxies
from web.problems import Problem
from web.prompt import Prompt
from web.proxies import Origins, Proxies, forwarded_by_stranger
from web.rendering import Rendering
from web.telemetry import TELEMETRY
from web.tenancy import Routed, RouteSpec, public_route, refuse_unguarded, starlette_routes

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[None]]

TITLE = "Kinelake"
VERSION = "0.1.0"
OPENAPI = "/openapi.json"
NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""Of FastAPI's own: it asks the environment for exporters with each request, and the frame counts and logs."""
API = "Events from video, apps, games and bodies into Delta tables, exactly once."


class WebApp(FastAPI):
    """FastAPI with Kinelake's frame in place of its own middleware, and routes described by `Operation`s."""

    def __init__(
        self,
        specs: Sequence[RouteSpec],
        families: Families,
        options: WebOptions,
        authenticator: Authenticator,
        trail: AuditTrail,
        **rest: Any,
    ) -> None:
        super().__init__(
            title=TITLE, version=VERSION, openapi_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY, **rest
        )
        self._specs = specs
        self._families = families
        self._options = options
        self._meters = Meters(
            families, {family.name: family.meter(authenticator) for family in families if family.meter is not None}
        )
        self._writing = authenticator.keys.writing
        self._trail = trail
        self._doorways: Doorways | None = None
        self.rendering = Rendering(families, trail, {spec.path: spec.stream for spec in specs if spec.stream})
        self.router.routes.extend(starlette_routes(specs, families, authenticator, trail))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request is the frame's at once: nothing that FastAPI asks before is ever on."""
        if scope["type"] != "http" or self.middleware_stack is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def at_once(self, scope: Scope) -> Answering | None:
        """What may answer a whole request without a call of the application; None where it is to be called."""
        return None if self._doorways is None else self._doorways.at_once(scope)

    def build_middleware_stack(self) -> ASGIApp:
        """The frame, outermost last; errors are rendered inside CORS so that pages can read them."""
        routed = Routed(self.router)
        errors = Errors(Counted(routed, self._meters), self.rendering)
        room = Room(errors, self._options.in_flight_requests, self.rendering)
        cors = self._options.cors_origins
        app = OneSlashForm(Told(Cors(room, cors, self.rendering) if cors else room, self._meters))
        origins = Origins(Proxies(believed_proxies(self._options)), Proxies(believed_identity_proxies(self._options)))
        observed = Observed(app, origins, self._options.access_log)
        prompt = Prompt(routed, self._meters, observed, room, errors, cors=bool(cors))
        self._doorways = Doorways(self._families, self._writing, origins, self._trail, observed, prompt)
        return self._doorways

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of every route with an Operation; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _openapi(self._specs, self._families, self._options.public_base_url)
        return self.openapi_schema


def create_app(
    routes: Iterable[RouteSpec],
    *,
    options: WebOptions,
    authenticator: Authenticator,
    families: Iterable[Family] = (TELEMETRY,),
    trail: AuditTrail | None = None,
    checks: Mapping[str, Check] | None = None,
    notices: Mapping[str, Check] | None = None,
    lifespan: Lifespan | None = None,
) -> WebApp:
    """The application of one or several roles: their routes, what they need to be ready, their start and end.

    `notices` raise what readiness tells beside its answer; `trail` is told of refusals and of what administrators do.

    Raises BadDeclaration where `families` or routes get into each other's way; refuses to start (UnguardedRoute) when
    a route was added to it in another way.
    """

    @asynccontextmanager
    async def guarded(app: FastAPI) -> Any:
        refuse_unguarded(app)
        async with (lifespan or _nothing)(app):
            yield

    async def openapi(request: Request) -> Response:
        return JSONResponse(app.openapi())

    frame = [
        *health_routes(
            {"authentication": authenticator.check, **(checks or {})},
            {
                "api_keys": authenticator.keys.known.check,
                "write_keys": authenticator.keys.writing.keys.check,
                **(notices or {}),
            },
        ),
        public_route("/metrics", _metrics(options)),
        public_route(OPENAPI, openapi, Operation("This document", tags=("docs",), responses={200: {}})),
        *docs_routes(TITLE, OPENAPI, options.public_base_url),
    ]
    specs = [*routes, *frame]
    app = WebApp(specs, Families(families), options, authenticator, trail or Noted(), lifespan=guarded)
    return app


@asynccontextmanager
async def _nothing(app: FastAPI) -> Any:
    yield


def _metrics(options: WebOptions) -> Callable[[Request], Any]:
    readers = Proxies((*options.metrics_from, *believed_proxies(options)))

    async def metrics(request: Request) -> Response:
        origin = request.scope[ORIGIN]
        if forwarded_by_stranger(origin, headers_of(request)) or not readers.hold(origin.client_ip):
            raise Problem(403, "metrics_forbidden", "Metrics are for this machine and the networks in the settings.")
        return exposition()

    return metrics


def _openapi(specs: Iterable[RouteSpec], families: Families, base_url: str | None) -> dict[str, Any]:
    described = Described()
    paths: dict[str, dict[str, Any]] = {}
    for spec, operation, method in _operations(specs):
        name = f"{method.lower()}{spec.path.replace('/', '_').replace('{', '').replace('}', '')}"
        entry = described.operation(operation, name, families.of_route(spec.path), secured=not spec.public)
        paths.setdefault(spec.path, {})[method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": API},
        **({"servers": [{"url": base_url}]} if base_url else {}),
        "paths": paths,
        "components": {
            "schemas": described.components,
            "securitySchemes": {name: dict(scheme) for name, scheme in families.security.items()},
        },
    }


def _operations(specs: Iterable[RouteSpec]) -> Iterator[tuple[RouteSpec, Operation, str]]:
    for spec in specs:
        if spec.operation is not None:
            operation = spec.operation if isinstance(spec.operation, Operation) else spec.operation()
            yield from ((spec, operation, method) for method in spec.methods)
