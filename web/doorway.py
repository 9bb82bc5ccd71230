"""Before the frame of families that strangers' clients write to: who shows which key, whether there is room, and CORS.

What a flood consists of is answered here, for the cost of a header parse: keys that nobody knows, requests beyond a
budget, and repeats of what is durable already. A preflight needs no key and spends nothing. Where a request has come
whole and nothing of keys has to be waited for, the server asks `at_once`, and calls no application for what is answered
so or by a prompt route.
"""

import time
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from prometheus_client import Counter
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from control.faults import ControlUnavailable
from web.answered import Answered, Header, Whole, answered
from web.at_once import Answering
from web.audit_trail import KINDS, AuditTrail, Refusal, Sender
from web.authentication import ORIGIN
from web.body import WHOLE
from web.families import Entrance, Families, Family
from web.frame import OPEN
from web.headers import RequestHeaders, headers_of
from web.metrics import observe_request
from web.opened import CORS_ANSWERED, PREFLIGHT, Heard, opened
from web.problems import Problem
from web.prompt import Prompt
from web.proxies import Origin, Origins, network_of, peer_of
from web.repeats import LARGEST_BODY, Repeats, Replayed, digest_of
from web.write_keys import SHOWN, Shown, WriteKeys, Writing, shown_by, too_many_items, too_many_requests

REPEATABLE: Final = "kinelake.repeatable"
"""In the ASGI scope, for how many seconds (float) the answer holds for the same request: all of it is durable."""
ASKED: Final = "kinelake.asked"
"""In the ASGI scope, what a request's answer is kept by: its digest, and the revision of the keys."""
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
        self,
        family: Family,
        entrance: Entrance,
        writing: Writing,
        origins: Origins,
        trail: AuditTrail,
        app: ASGIApp,
        prompt: Prompt,
    ) -> None:
        self._family = family
        self._entrance = entrance
        self._writing = writing
        self._origins = origins
        self._trail = trail
        self._app = app
        self._prompt = prompt
        self._repeats = Repeats()
        self._paths = frozenset(prefix.rstrip("/") for prefix in family.prefixes)
        self._rendered = lru_cache(256)(self._render)
        self._counted = {outcome: ANSWERED.labels(family.name, outcome) for outcome in OUTCOMES}

    def at_once(self, scope: Scope, body: bytes | bytearray) -> Whole | Coroutine[Any, Any, Whole] | None:
        """The answer to a POST whose body this is, None where it is the application's; at most once a request."""
        if self._writing.keys.due:
            return None
        began = time.perf_counter()
        judged = self._judged(scope, self._named(scope))
        if judged is not None:
            said, outcome = judged.said, self._told(judged, scope)
        else:
            again = self._said_before(scope, body) if _repeatable(scope) and len(body) <= LARGEST_BODY else None
            if again is None:
                return self._prompt.answer(scope, body, self._further)
            said, outcome = again, "repeat"
        self._count(outcome, said.status, scope, began)
        return b"%bx-request-id: %b\r\n" % (said.written, _request_id(scope)), said.body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or passes it on."""
        began = time.perf_counter()
        if SHOWN not in scope and await self._answered_by_head(scope, send, began):
            return
        if SHOWN in scope and _repeatable(scope) and WHOLE in scope:
            await self._maybe_again(scope, receive, send, began)
        else:
            await self._app(scope, receive, opened(send))

    async def _answered_by_head(self, scope: Scope, send: Send, began: float) -> bool:
        """Whether there is nothing more to do; without SHOWN in the scope the route finds out why, and says so."""
        headers, keys = self._named(scope), self._writing.keys
        if scope["method"] == "OPTIONS" and "Access-Control-Request-Method" in headers:
            await self._say(PREFLIGHT, "preflight", scope, send, began)
            return True
        if keys.due and not await _renewed(keys):
            return False
        judged = self._judged(scope, headers)
        if judged is None:
            return False
        await self._say(judged.said, self._told(judged, scope), scope, send, began)
        return True

    def _named(self, scope: Scope) -> RequestHeaders:
        """Says in the scope who sends the request, as the frame would."""
        headers = headers_of(scope)
        scope[OPEN] = True
        scope[ORIGIN] = self._origins.of(peer_of(scope), headers)
        return headers

    def _judged(self, scope: Scope, headers: RequestHeaders) -> Judged | None:
        """Why the request goes no further, by its head; what is counted is counted."""
        shown = scope[SHOWN] = shown_by(scope, headers, self._entrance.key_below, self._writing)
        if shown.bearer:
            return None
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

    async def _maybe_again(self, scope: Scope, receive: Receive, send: Send, began: float) -> None:
        """Answers a request that was answered just now, or keeps the answer to one that may come again."""
        message = await receive()
        body = message.get("body", b"")
        if len(body) > LARGEST_BODY or message.get("more_body", False):
            await self._app(scope, Replayed(message, receive), opened(send))
            return
        said = self._said_before(scope, body)
        if said is not None:
            await self._say(said, "repeat", scope, send, began)
            return
        heard = Heard(opened(send))
        await self._app(scope, Replayed(message, receive), heard)
        if scope.get(REPEATABLE) and heard.said is not None:
            digest, revision = scope[ASKED]
            self._repeats.put(digest, revision, heard.said, scope[REPEATABLE])

    def _further(self, scope: Scope, response: Response) -> Sequence[Header]:
        """Keeps an answer that a prompt route gave, where it may be asked for again; any page may read it."""
        if scope.get(REPEATABLE) and ASKED in scope:
            head = (*response.raw_headers, *CORS_ANSWERED)
            digest, revision = scope[ASKED]
            said = answered(response.status_code, head, bytes(response.body))
            self._repeats.put(digest, revision, said, scope[REPEATABLE])
        return CORS_ANSWERED

    def _said_before(self, scope: Scope, body: bytes | bytearray) -> Answered | None:
        """The answer to the same request, where it holds."""
        asked = scope.get(ASKED)
        if asked is None:
            asked = scope[ASKED] = digest_of(scope, headers_of(scope), body), self._writing.keys.revision
        return self._repeats.get(*asked)

    async def _say(self, said: Answered, outcome: Outcome, scope: Scope, send: Send, began: float) -> None:
        headers = [*said.head, (b"x-request-id", _request_id(scope))]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})
        self._count(outcome, said.status, scope, began)

    def _count(self, outcome: Outcome, status: int, scope: Scope, began: float) -> None:
        self._counted[outcome].inc()
        path = scope["path"].rstrip("/")
        route = path if path in self._paths else self._family.prefixes[0]
        observe_request(route, scope["method"], status, time.perf_counter() - began)

    def _render(self, problem: Problem) -> Judged:
        response = unknown_answer(self._family) if problem is UNKNOWN else self._family.renderer(problem)
        said = answered(response.status_code, (*response.raw_headers, *CORS_ANSWERED), bytes(response.body))
        return Judged(said, problem, told=response.status_code >= 400)

    def _told(self, judged: Judged, scope: Scope) -> Outcome:
        """Tells the audit of a refusal; the outcome to be counted."""
        problem, origin, shown = judged.problem, scope[ORIGIN], scope[SHOWN]
        if judged.told:
            sender = Sender(origin.client_ip, "" if shown.key is None else shown.key.tenant)
            kind = KINDS[problem.status]
            self._trail.refused(Refusal(kind, "", problem.status, problem.code, origin.request_id, "", sender))
        return "rate_limited" if problem.status == 429 else "unknown_key"


class Doorways:
    """The doorways of an application by the path of a request; every other request goes to the frame at once."""

    def __init__(
        self,
        families: Families,
        writing: Writing,
        origins: Origins,
        trail: AuditTrail,
        app: ASGIApp,
        prompt: Prompt,
    ) -> None:
        self._families = families
        self._app = app
        self._prompt = prompt
        self._of: Mapping[str, Doorway] = {
            family.name: Doorway(family, family.entrance, writing, origins, trail, app, prompt)
            for family in families
            if family.entrance is not None
        }
        # one look at most paths' beginning tells that they are nobody's
        self._prefixes = tuple(
            prefix for family in families if family.entrance is not None for prefix in family.prefixes
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""
        found = self._at(scope["path"]) if scope["type"] == "http" else None
        return (found or self._app)(scope, receive, send)

    def at_once(self, scope: Scope) -> Answering | None:
        """What may answer the request once its body is there."""
        if scope["method"] != "POST":
            return None
        found = self._at(scope["path"])
        return self._prompt.answer if found is None else found.at_once

    def _at(self, path: str) -> Doorway | None:
        return self._of.get(self._families.of(path).name) if f"{path}/".startswith(self._prefixes) else None


def _repeatable(scope: Scope) -> bool:
    """Whether the same answer may hold for the same request."""
    shown: Shown = scope[SHOWN]
    return shown.key is not None and not shown.bearer and scope["method"] == "POST"


def _request_id(scope: Scope) -> bytes:
    origin: Origin = scope[ORIGIN]
    return origin.request_id.encode()


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
