"""What lies around every request, outermost first: name and measure it, one slash form, CORS, room, errors.

Pure ASGI, since a layer that buffers or copies costs more than the gateway's own work. A layer that only passes a
request on is a plain function, which hands back what answers it.
"""

import time
import traceback
from collections.abc import Awaitable

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.shared.faults import Transient
from web.audit_trail import sender_of
from web.authentication import ORIGIN
from web.headers import headers_of
from web.metrics import IN_FLIGHT, observe_request
from web.problems import Problem, problem_of, unavailable
from web.proxies import Origin, Origins, peer_of
from web.rendering import Rendering
from web.tenancy import ALWAYS_ANSWERED, TEMPLATE

UNKNOWN_ROUTE = "unknown"
OPEN = "kinelake.open"
"""In the ASGI scope where pages of every origin may read the answer."""
CLIENT_CLOSED = 499
"""Status under which a request counts whose client left before the answer, as nginx has it."""

ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "X-API-Key",
    "API-KEY",
    "x-public-token",
    "X-Chunk-Index",
    "Idempotency-Key",
    "X-Consent-Level",
)
EXPOSED_HEADERS = (
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Data-As-Of",
    "X-Request-Id",
    "Location",
    "X-Next-From-Ms",
    "X-Truncated",
)
CORS_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

log = structlog.get_logger()


class Observed:
    """Gives the request its origin and id, puts the id on the answer, counts and logs it."""

    def __init__(self, app: ASGIApp, origins: Origins, access_log: bool) -> None:
        self._app = app
        self._origins = origins
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = (b"x-request-id", self.named(scope).request_id.encode())
        status = CLIENT_CLOSED

        def told(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), request_id]
            return send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            self.note(scope, status, began)

    def named(self, scope: Scope) -> Origin:
        """The request's origin, which is in its scope from now on."""
        origin: Origin = scope.get(ORIGIN) or self._origins.of(peer_of(scope), headers_of(scope))
        scope[ORIGIN] = origin
        return origin

    def note(self, scope: Scope, status: int, began: float) -> None:
        """Counts and logs a request that was answered just now; it began at a time of the performance counter."""
        seconds = time.perf_counter() - began
        template = scope.get(TEMPLATE, UNKNOWN_ROUTE)
        observe_request(template, scope["method"], status, seconds)
        if self._access_log:
            milliseconds = round(seconds * 1000, 3)
            method, request_id = scope["method"], scope[ORIGIN].request_id
            log.info("request", route=template, method=method, status=status, ms=milliseconds, request_id=request_id)


class OneSlashForm:
    """Lets `/path/` be answered as `/path`, without a redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes the request on with one form of its path."""
        path = scope.get("path", "")
        if len(path) > 1 and path[-1] == "/":
            scope["path"] = path[:-1]
        return self._app(scope, receive, send)


class Cors(CORSMiddleware):
    """Starlette's, with refusals of a preflight in the family's error shape."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...], rendering: Rendering) -> None:
        self._rendering = rendering
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=CORS_METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a preflight, and passes any other request on; what the doorway opens has its own."""
        if OPEN in scope:
            await self.app(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        except Problem as refused:
            response = self._rendering(refused, scope["path"], scope[ORIGIN].request_id, sender=sender_of(scope))
            await response(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a preflight; raises the Problem that names what is not allowed."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        raise Problem(400, "cors_refused", bytes(response.body).decode(), headers={"Vary": response.headers["vary"]})


class Room:
    """Refuses requests beyond a number in flight, before any work is done for them; health and metrics have room."""

    def __init__(self, app: ASGIApp, most: int, rendering: Rendering) -> None:
        self._app = app
        self._most = most
        self._rendering = rendering
        self._in_flight = 0
        IN_FLIGHT.set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers the 503."""
        if scope["type"] != "http" or scope["path"] in ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        if self.full:
            overloaded = unavailable("overloaded", "Too many requests are being worked on; try again.")
            await self._rendering(overloaded, scope["path"], scope[ORIGIN].request_id)(scope, receive, send)
            return
        self.enter()
        try:
            await self._app(scope, receive, send)
        finally:
            self.leave()

    @property
    def full(self) -> bool:
        """Whether no more requests are to be worked on."""
        return self._in_flight >= self._most

    def enter(self) -> None:
        """A request begins to be worked on; `leave` has to follow."""
        self._in_flight += 1

    def leave(self) -> None:
        """It is not any more."""
        self._in_flight -= 1


class Errors:
    """Turns whatever a route raises into an answer in the shape of its family; what is unexpected is logged."""

    def __init__(self, app: ASGIApp, rendering: Rendering) -> None:
        self._app = app
        self._rendering = rendering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        def watched(message: Message) -> Awaitable[None]:
            nonlocal begun
            begun = True
            return send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            _log_failure(error, scope)
            # an answer that has begun stays cut off: the server closes the connection, and the client sees it
            if not begun:
                await self._rendered(error, scope)(scope, receive, send)

    def answer(self, error: Exception, scope: Scope) -> Response:
        """What a request is answered whose route raised that."""
        _log_failure(error, scope)
        return self._rendered(error, scope)

    def _rendered(self, error: Exception, scope: Scope) -> Response:
        template, request_id = scope.get(TEMPLATE, ""), scope[ORIGIN].request_id
        return self._rendering(problem_of(error), scope["path"], request_id, template, sender_of(scope))


def _log_failure(error: Exception, scope: Scope) -> None:
    if isinstance(error, Transient):
        log.warning("request_unavailable", reason=str(error), request_id=scope[ORIGIN].request_id)
    elif problem_of(error).status == 500:
        # the message of an error may quote what a person sent: the log gets where it happened, not what was in it
        where = "".join(traceback.format_tb(error.__traceback__)[-8:])
        name, route = type(error).__name__, scope.get(TEMPLATE)
        log.error("request_failed", error=name, route=route, request_id=scope[ORIGIN].request_id, where=where)
