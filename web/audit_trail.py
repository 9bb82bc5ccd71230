"""What an audit is told: requests that were refused, and what was done that must be known of later.

Of a request's body nothing is in it; of its sender what the origin and the family made of it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal, Protocol, TypeAlias

import structlog
from msgspec import Struct
from prometheus_client import Counter
from starlette.types import Scope

from web.authentication import ORIGIN
from web.caller import Caller
from web.proxies import Origin

REFUSALS = Counter(
    "kinelake_refusals", "Requests refused with a status from 400 to 499.", ["kind", "stream", "status", "code"]
)
ADMIN_ACTIONS = Counter("kinelake_admin_actions", "Requests by which an action was carried out.", ["method", "route"])

RefusalKind: TypeAlias = Literal["authentication", "authorization", "limit", "request"]
KINDS: Mapping[int, RefusalKind] = {
    401: "authentication", 403: "authorization",
    408: "limit", 413: "limit", 414: "limit", 429: "limit", 431: "limit",
}  # fmt: skip
"""Status → what was wrong; any other means the request itself."""

CALLER = "kinelake.caller"
"""Where a route leaves the authenticated Caller in the ASGI scope."""

log = structlog.get_logger()


class Sender(Struct, frozen=True):
    """Who sent a request, as far as it is known: "" where it is not."""

    client_ip: str = ""
    tenant: str = ""
    subject: str = ""
    role: str = ""


NOBODY = Sender()
"""Of what has not become a request."""


def sender_of(scope: Scope) -> Sender:
    """The sender of a request, by what the frame and its route have found out."""
    origin: Origin | None = scope.get(ORIGIN)
    caller: Caller | None = scope.get(CALLER)
    address = "" if origin is None else origin.client_ip
    return Sender(address) if caller is None else Sender(address, caller.tenant, caller.subject, caller.role.value)


class Refusal(Struct, frozen=True):
    """A request that was refused; `stream` is "" where its path is no stream's, `route` its path template or ""."""

    kind: RefusalKind
    stream: str
    status: int
    code: str
    request_id: str
    route: str = ""
    sender: Sender = NOBODY


class AdminAction(Struct, frozen=True):
    """What was carried out: `action` is its name in the audit, `route` its path template."""

    action: str
    method: str
    route: str
    stream: str
    status: int
    request_id: str
    sender: Sender = NOBODY


class AuditTrail(Protocol):
    """Where both go; called on the event loop, so nothing in it may wait."""

    def refused(self, refusal: Refusal) -> None:
        """A request was refused."""

    def acted(self, action: AdminAction) -> None:
        """What a route names as an action was carried out."""


class Noted:
    """Counts both, and writes a log line for what was done; the access log has one for every refusal."""

    def refused(self, refusal: Refusal) -> None:
        """A request was refused."""
        _refusals(refusal.kind, refusal.stream, refusal.status, refusal.code).inc()

    def acted(self, action: AdminAction) -> None:
        """An action was carried out."""
        ADMIN_ACTIONS.labels(action.method, action.route).inc()
        log.info("admin_action", **{name: getattr(action, name) for name in _LOGGED})


# named each time, a series costs five times as much as what is counted
_refusals = cache(REFUSALS.labels)

_LOGGED = ("action", "method", "route", "stream", "status", "request_id")
"""Of an action what a log line may hold: nothing of its sender."""
