"""How an accepted event lies on the log: one flat JSON object a message, the event's part first, times in µs."""

from typing import Any

import msgspec

from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.validation import Accepted

_encode = msgspec.json.Encoder().encode
KIND_PREFIX = b'{"event_type":"'
"""Every message begins so; a reader groups by what follows up to the next quote."""


def request_fields(part: RequestPart) -> dict[str, Any]:
    """What all messages of one request share, ready for `message`."""
    fields: dict[str, Any] = msgspec.to_builtins(part)
    return fields


def message(event: Accepted, event_id: str, request: dict[str, Any]) -> bytes:
    """The message of one event; null and absent are the same, so absent it is."""
    head: dict[str, Any] = {
        "event_type": event.event_type,
        "event_id": event_id,
        "schema_version": SCHEMA_VERSION,
        "occurred_at": event.occurred_at,
        "payload_digest": event.payload_digest,
    }
    if event.session_id is not None:
        head["session_id"] = event.session_id
    if event.client_occurred_at is not None:
        head["client_occurred_at"] = event.client_occurred_at
    return _encode(head | request | event.fields)


def message_key(tenant: str, session_id: str | None, subject: str) -> bytes:
    """One session is one partition; events without a session follow their person."""
    return f"{tenant}:{session_id or subject}".encode()
