"""What the trail is told, as rows of audit_log and security_log: which table, and what stands in it."""

from collections.abc import Callable
from typing import Any, TypeAlias

from event_log import Record
from ingest_gateway.audit.folding import Fold
from schemas.audit import AUDIT, SECURITY
from schemas.audit.house import Occasion, entry, security_event
from web.audit_trail import AdminAction, Refusal, Sender
from web.frame import UNKNOWN_ROUTE

Told: TypeAlias = Refusal | AdminAction | Fold
Addressed: TypeAlias = tuple[str, Record]
"""A topic and a record for it."""
Ids: TypeAlias = Callable[[int], str]


def row_of(told: Told, at: int, ids: Ids) -> Addressed:
    """Its row; `at` in µs since 1970. A refusal without an organisation is nobody's but the operator's."""
    if isinstance(told, Fold):
        occasion = Occasion(told.at, ids(at), told.tenant, "", "", told.address, "")
        return SECURITY.name, Record(*security_event(occasion, _refusal(told.first, "request.flood", told.count)))
    occasion = _occasion(told.sender, told.request_id, at, ids(at))
    if isinstance(told, AdminAction):
        return AUDIT.name, Record(*entry(occasion, _action(told)))
    if told.sender.tenant:
        return AUDIT.name, Record(*entry(occasion, _entry(told)))
    return SECURITY.name, Record(*security_event(occasion, _refusal(told, "request.refused", 1)))


def _occasion(sender: Sender, request_id: str, at: int, event_id: str) -> Occasion:
    return Occasion(at, event_id, sender.tenant, sender.subject, sender.role, sender.client_ip, request_id)


def _entry(refusal: Refusal) -> dict[str, Any]:
    return {
        "action": "request.refused",
        "resource_type": "route",
        "resource_id": refusal.route or UNKNOWN_ROUTE,
        "status": "refused",
        "status_code": refusal.status,
        "code": refusal.code,
    }


def _action(action: AdminAction) -> dict[str, Any]:
    return {
        "action": action.action,
        "resource_type": "route",
        "resource_id": action.route,
        "status": "success",
        "status_code": action.status,
        "metadata": {"method": action.method},
    }


def _refusal(refusal: Refusal, action: str, count: int) -> dict[str, Any]:
    return {
        "action": action,
        "kind": refusal.kind,
        "route": refusal.route or UNKNOWN_ROUTE,
        "status_code": refusal.status,
        "code": refusal.code,
        "count": count,
    }
