"""Rows that the house writes by itself, as they lie on the log: no request brings them, so nobody's token is behind."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from schemas.audit.entries import AUDIT
from schemas.audit.security import SECURITY
from schemas.shared import client_context
from schemas.shared.consent_rules import NONE
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.message import head_line, item_line, message
from schemas.shared.rules import Item
from schemas.shared.stream import Stream
from schemas.shared.validation import EventValidator

SOURCE = "house"
"""The actor_source of what the house writes: it made the subject by the organisation's key itself."""


_VALIDATORS: Final = {stream.name: EventValidator(stream) for stream in (AUDIT, SECURITY)}


class Occasion(NamedTuple):
    """When something happened (µs since 1970), in whose organisation, who was behind it and where; "" where unknown.

    event_id: one row comes of it, however often it is published. project_id: "" where it is no project's.
    """

    at: int
    event_id: str
    tenant: str
    subject: str
    role: str
    address: str
    request_id: str
    project_id: str = ""


class Message(NamedTuple):
    """Key, value and client context, as a record of the log has them."""

    key: bytes
    value: bytes
    client: bytes


def entry(occasion: Occasion, fields: Mapping[str, Any], actor: str = "") -> Message:
    """A row of audit_log; `fields` are those of `schemas.audit.entries.AuditEntry`. Raises Invalid.

    actor: who did it, where that is no person; the row is the subject's otherwise.
    """
    who = {"actor": actor or occasion.subject, "actor_source": SOURCE, "actor_type": occasion.role}
    stamped = who | {"project_id": occasion.project_id}
    return _message(AUDIT, occasion, fields, {name: said for name, said in stamped.items() if said})


def security_event(occasion: Occasion, fields: Mapping[str, Any]) -> Message:
    """A row of security_log; `fields` are those of `schemas.audit.security.SecurityEvent`. Raises Invalid."""
    return _message(SECURITY, occasion, fields, {})


def _message(stream: Stream, occasion: Occasion, fields: Mapping[str, Any], stamped: Mapping[str, Any]) -> Message:
    event = _VALIDATORS[stream.name].accept(msgspec.json.encode(fields), occasion.at)
    head = head_line(_head(occasion), stamped)
    item = Item(occasion.tenant, occasion.subject, None, occasion.event_id, occasion.at, stamped, event.fields)
    client = client_context.encode(occasion.address, "")
    return Message(stream.key(item), message(head, [item_line(event, occasion.event_id)]), client)


def _head(occasion: Occasion) -> RequestPart:
    return RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=occasion.tenant,
        subject=occasion.subject,
        received_at=occasion.at,
        request_id=occasion.request_id,
        consent_level=NONE,
        consent_source="default",
    )
