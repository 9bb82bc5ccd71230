"""Before the frame of families that strangers' clients write to: who shows which key, whether there is room, and CORS.

What a flood consists of is answered here, for the cost of a header parse: keys that nobody knows, requests beyond a
budget, and repeats of what is durable already. A preflight needs no key and spends nothing.
"""

import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from prometheus_client import Counter
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control.faults import ControlUnavailable
from web.audit_trail import KINDS, AuditTrail, Refusal, Sender
from web.authentication import ORIGIN
from web.body import WHOLE
from web.families import Entrance, Families, Family
from web.frame import OPEN
from web.headers import RequestHeaders, headers_of
from web.metrics import observe_request
from web.problems import Problem
from web.proxies import Origin, Origins, network_of, peer_of
from web.repeats import LARGEST_BODY, Answered, Repeats, Replayed, digest_of
from web.write_keys import SHOWN, Shown, WriteKeys, Writing, shown_by, too_many_items, too_many_requests

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

Outcome: TypeAlias = Literal["preflight", "repeat", "unknown_key", "rate_limited"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
ANSWERED: Final = Counter(
    "kinelake_doorway_answers",
    "Requests of clients with write keys that were answered before anything of them was read.",
    ["family", "outcome"],
)


class Judged(NamedTuple):
    """What the doorway answers a request with, and why; the audit is `told` what is refused by its status."""

    said: Answered
    problem: Problem
    told: bool


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
        self._counted = {outcome: ANSWERED.labels(family.name, outcome) for outcome in OUTCOMES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or passes it on."""
        began = time.perf_counter()
        scope[OPEN] = True
        headers = headers_of(scope)
        scope[ORIGIN] = self._origins.of(peer_of(scope), headers)
        keys = self._writing.keys
        if scope["method"] == "OPTIONS" and "Access-Control-Request-Method" in headers:
            await self._say(PREFLIGHT, "preflight", scope, send, began)
            return
        if keys.due and not await _renewed(keys):
            # the route finds it out as well, and says so
            await self._app(scope, receive, _opened(send))
            return
        shown = scope[SHOWN] = shown_by(scope, headers, self._entrance.key_below, self._writing)
        judged = None if shown.bearer else self._judged(shown, scope)
        if judged is not None:
            await self._end(judged, scope, send, began)
        elif shown.key is None or shown.bearer or WHOLE not in scope or scope["method"] != "POST":
            await self._app(scope, receive, _opened(send))
        else:
            await self._maybe_again(scope, headers, receive, send, began)

    def _judged(self, shown: Shown, scope: Scope) -> Judged | None:
        """Why the request goes no further."""
        key, address = shown.key, network_of(scope[ORIGIN].client_ip)
        name = address if key is None else f"{key.id}:{address}"
        wait = 0 if key is not None and key.server else self._writing.requests.spend(name)
        if wait:
            return self._rendered(too_many_requests(self._writing, wait))
        if scope["method"] != "POST":
            return None
        if key is None:
            return self._rendered(UNKNOWN) if shown.text else None
        wait = self._writing.items.spent(key.id)
        return self._rendered(too_many_items(self._writing, wait)) if wait else None

    async def _maybe_again(
        self, scope: Scope, headers: RequestHeaders, receive: Receive, send: Send, began: float
    ) -> None:
        """Answers a request that was answered just now, or keeps the answer to one that may come again."""
        message = await receive()
        body = message.get("body", b"")
        if len(body) > LARGEST_BODY or message.get("more_body", False):
            await self._app(scope, Replayed(message, receive), _opened(send))
            return
        digest, revision = digest_of(scope, headers, body), self._writing.keys.revision
        said = self._repeats.get(digest, revision)
        if said is not None:
            await self._say(said, "repeat", scope, send, began)
            return
        heard = _Heard(_opened(send))
        await self._app(scope, Replayed(message, receive), heard)
        if scope.get(REPEATABLE) and heard.said is not None:
            self._repeats.put(digest, revision, heard.said, scope[REPEATABLE])

    async def _end(self, judged: Judged, scope: Scope, send: Send, began: float) -> None:
        if judged.told:
            self._tell(judged.problem, scope)
        outcome: Outcome = "rate_limited" if judged.problem.status == 429 else "unknown_key"
        await self._say(judged.said, outcome, scope, send, began)

    async def _say(self, said: Answered, outcome: Outcome, scope: Scope, send: Send, began: float) -> None:
        origin: Origin = scope[ORIGIN]
        headers = [*said.head, (b"x-request-id", origin.request_id.encode())]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})
        self._counted[outcome].inc()
        path = scope["path"].rstrip("/")
        route = path if path in self._paths else self._family.prefixes[0]
        observe_request(route, scope["method"], said.status, time.perf_counter() - began)

    def _render(self, problem: Problem) -> Judged:
        response = unknown_answer(self._family) if problem is UNKNOWN else self._family.renderer(problem)
        headers = [*response.raw_headers, *CORS_ANSWERED]
        said = Answered(response.status_code, headers, bytes(response.body))
        return Judged(said, problem, told=response.status_code >= 400)

    def _tell(self, problem: Problem, scope: Scope) -> None:
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


async def _renewed(keys: WriteKeys) -> bool:
    """Whether what control says of keys is known."""
    try:
        await keys.renewed()
    except ControlUnavailable:
        return False
    return True


def unknown_answer(family: Family) -> Response:
    """What a family says where no key was shown, or one that nobody knows."""
    answered = None if family.entrance is None else family.entrance.unknown_key
    return family.renderer(UNKNOWN) if answered is None else answered()


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
