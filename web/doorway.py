"""Before the frame of families that strangers' clients write to: who shows which key, whether there is room, and CORS.

What a flood consists of is answered here, for the cost of a header parse: keys that nobody knows, requests beyond a
budget, and repeats of what is durable already. A preflight needs no key and spends nothing.
"""

import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control.faults import ControlUnavailable
from web.audit_trail import KINDS, AuditTrail, Refusal, Sender
from web.authentication import ORIGIN
from web.body import WHOLE
from web.families import Entrance, Families, Family
from web.frame import OPEN
from web.headers import headers_of
from web.metrics import observe_request
from web.problems import Problem
from web.proxies import Origin, Origins, network_of, peer_of
from web.repeats import LARGEST_BODY, Answered, Repeats, Replayed, digest_of
from web.write_keys import SHOWN, Shown, Writing, shown_by, too_many_items, too_many_requests

Header: TypeAlias = tuple[bytes, bytes]

REPEATABLE: Final = "kinelake.repeatable"
"""In the ASGI scope, for how many seconds (float) the answer holds for the same request: all of it is durable."""
CORS_ANSWERED: Final[Sequence[Header]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After, X-Refused"),
)
ALLOWED_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "AnonymousId",
    "SentAt",
    "X-Retry-Count",
    "RSA-Retry-Attempt",
    "RSA-Retry-Reason",
    "RSA-Since-First-Attempt",
    "RSA-Since-Last-Attempt",
    "X-Consent-Level",
)
"""What the clients of these protocols send beside their bodies."""
PREFLIGHT: Final = Answered(
    204,
    [
        *CORS_ANSWERED,
        (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
        (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
        (b"access-control-max-age", b"7200"),
    ],
    b"",
)
UNKNOWN: Final = Problem(
    401, "write_key_invalid", "missing or invalid write key", headers={"WWW-Authenticate": 'Basic realm="kinelake"'}
)
"""The same whether a key is missing, wrong or revoked, so that nothing is learned from it."""


class Judged(NamedTuple):
    """What the doorway answers a request with, and the Problem that it is, if it is one."""

    said: Answered
    problem: Problem | None = None


class Doorway:
    """Of one family."""

    def __init__(
        self, family: Family, entrance: Entrance, writing: Writing, origins: Origins, trail: AuditTrail, app: ASGIApp
    ) -> None:
        self._family = family
        self._entrance = entrance
        self._writing = writing
        self._origins = origins
        self._trail = trail
        self._app = app
        self._repeats = Repeats()
        self._paths = frozenset(prefix.rstrip("/") for prefix in family.prefixes)
        self._rendered = lru_cache(256)(self._render)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or passes it on."""
        began = time.perf_counter()
        scope[OPEN] = True
        headers = headers_of(scope)
        origin = scope[ORIGIN] = self._origins.of(peer_of(scope), headers)
        if scope["method"] == "OPTIONS" and "Access-Control-Request-Method" in headers:
            await self._say(PREFLIGHT, scope, send, began)
        elif (judged := await self._judged(scope, origin)) is not None:
            self._tell(judged.problem, scope)
            await self._say(judged.said, scope, send, began)
        elif WHOLE in scope and _may_repeat(scope):
            await self._maybe_again(scope, receive, send, began)
        else:
            await self._app(scope, receive, _opened(send))

    async def _judged(self, scope: Scope, origin: Origin) -> Judged | None:
        """Why the request goes no further; leaves in the scope what it shows."""
        if not await self._keys_known():
            return None
        shown = scope[SHOWN] = shown_by(scope, self._entrance.key_below, self._writing)
        if shown.bearer:
            return None
        key = shown.key
        if key is None or not key.server:
            wait = self._writing.requests.spend(f"{key.id if key else ''}:{network_of(origin.client_ip)}")
            if wait:
                return self._rendered(too_many_requests(self._writing, wait))
        if scope["method"] != "POST":
            return None
        if key is None:
            return self._rendered(UNKNOWN) if shown.text else None
        wait = self._writing.items.spent(key.id)
        return self._rendered(too_many_items(self._writing, wait)) if wait else None

    async def _keys_known(self) -> bool:
        """Whether what control says of keys is known; where it is not, the route finds out and says so."""
        if self._writing.keys.due:
            try:
                await self._writing.keys.renewed()
            except ControlUnavailable:
                return False
        return True

    async def _maybe_again(self, scope: Scope, receive: Receive, send: Send, began: float) -> None:
        """Answers a request that was answered just now, and keeps the answer to one that may come again."""
        message = await receive()
        body = message.get("body", b"")
        if len(body) > LARGEST_BODY or message.get("more_body", False):
            await self._app(scope, Replayed(message, receive), _opened(send))
            return
        digest = digest_of(scope, headers_of(scope), body)
        again = self._repeats.get(digest, self._writing.keys.revision)
        if again is not None:
            await self._say(again, scope, send, began)
            return
        heard = _Heard(_opened(send))
        await self._app(scope, Replayed(message, receive), heard)
        if scope.get(REPEATABLE) and heard.said is not None:
            self._repeats.put(digest, heard.said, self._writing.keys.revision, scope[REPEATABLE])

    async def _say(self, said: Answered, scope: Scope, send: Send, began: float) -> None:
        origin: Origin = scope[ORIGIN]
        headers = [*said.head, (b"x-request-id", origin.request_id.encode())]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})
        path = scope["path"].rstrip("/")
        route = path if path in self._paths else self._family.prefixes[0]
        observe_request(route, scope["method"], said.status, time.perf_counter() - began)

    def _render(self, problem: Problem) -> Judged:
        response = unknown_answer(self._family) if problem is UNKNOWN else self._family.renderer(problem)
        headers = [*response.raw_headers, *CORS_ANSWERED]
        said = Answered(response.status_code, headers, bytes(response.body))
        return Judged(said, problem if response.status_code >= 400 else None)

    def _tell(self, problem: Problem | None, scope: Scope) -> None:
        """The audit trail, where the answer is a refusal by its status."""
        if problem is None:
            return
        origin: Origin = scope[ORIGIN]
        shown: Shown = scope[SHOWN]
        sender = Sender(origin.client_ip, "" if shown.key is None else shown.key.tenant)
        kind = KINDS[problem.status]
        self._trail.refused(Refusal(kind, "", problem.status, problem.code, origin.request_id, "", sender))


class Doorways:
    """The doorways of an application by the path of a request; every other request goes to the frame at once."""

    def __init__(self, families: Families, writing: Writing, origins: Origins, trail: AuditTrail, app: ASGIApp) -> None:
        self._families = families
        self._app = app
        self._of: Mapping[str, Doorway] = {
            family.name: Doorway(family, family.entrance, writing, origins, trail, app)
            for family in families
            if family.entrance is not None
        }
        # one look at most paths' beginning tells that they are nobody's
        self._prefixes = tuple(
            prefix for family in families if family.entrance is not None for prefix in family.prefixes
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(self._prefixes):
            return self._app(scope, receive, send)
        found = self._of.get(self._families.of(scope["path"]).name, self._app)
        return found(scope, receive, send)


def unknown_answer(family: Family) -> Response:
    """What a family says where no key was shown, or one that nobody knows."""
    answered = None if family.entrance is None else family.entrance.unknown_key
    return family.renderer(UNKNOWN) if answered is None else answered()


def _may_repeat(scope: Scope) -> bool:
    shown: Shown | None = scope.get(SHOWN)
    return scope["method"] == "POST" and shown is not None and shown.key is not None and not shown.bearer


def _opened(send: Send) -> Send:
    """Any page may read the answer."""

    def opened(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *CORS_ANSWERED]
        return send(message)

    return opened


class _Heard:
    """Passes an answer on and keeps it, but for the name of its request."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: Iterable[Header] = ()
        self.said: Answered | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", ())
        elif not message.get("more_body", False):
            kept = [header for header in self._headers if header[0] != b"x-request-id"]
            self.said = Answered(self._status, [*kept, *CORS_ANSWERED], message.get("body", b""))
        return self._send(message)
