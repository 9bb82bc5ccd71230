"""What an audit is told: requests that were refused, and what administrators did. Nothing in it is about a person."""

from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

import structlog
from msgspec import Struct
from prometheus_client import Counter

REFUSALS = Counter(
    "kinelake_refusals", "Requests refused with a status from 400 to 499.", ["kind", "stream", "status", "code"]
)
ADMIN_ACTIONS = Counter("kinelake_admin_actions", "Requests that only an administrator may make.", ["method", "route"])

RefusalKind: TypeAlias = Literal["authentication", "authorization", "limit", "request"]
KINDS: Mapping[int, RefusalKind] = {
    401: "authentication", 403: "authorization",
    408: "limit", 413: "limit", 414: "limit", 429: "limit", 431: "limit",
}  # fmt: skip
"""Status → what was wrong; any other means the request itself."""

log = structlog.get_logger()


class Refusal(Struct, frozen=True):
    """A request that was refused; `stream` is "" where its path is no stream's."""

    kind: RefusalKind
    stream: str
    status: int
    code: str
    request_id: str


class AdminAction(Struct, frozen=True):
    """A request of an administrator that was carried out; `route` is its path template."""

    method: str
    route: str
    stream: str
    status: int
    request_id: str


class AuditTrail(Protocol):
    """Where both go; called on the event loop, so nothing in it may wait."""

    def refused(self, refusal: Refusal) -> None:
        """A request was refused."""

    def acted(self, action: AdminAction) -> None:
        """An administrator's request was carried out."""


class Noted:
    """Counts both, and writes a log line for what administrators did; the access log has one for every refusal."""

    def refused(self, refusal: Refusal) -> None:
        """A request was refused."""
        REFUSALS.labels(refusal.kind, refusal.stream, refusal.status, refusal.code).inc()

    def acted(self, action: AdminAction) -> None:
        """An administrator's request was carried out."""
        ADMIN_ACTIONS.labels(action.method, action.route).inc()
        log.info("admin_action", **{name: getattr(action, name) for name in action.__struct_fields__})
