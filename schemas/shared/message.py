"""A message on the log: a head line with what its request says once, then a line for each item; UTF-8 JSON lines.

    {"schema_version":2,"tenant":"clinic","subject":"…","received_at":1771322400000000,…}
    {"event_type":"play","event_id":"…","occurred_at":1771322400000000,…}
    {"event_type":"pause",…}

Times are whole µs since 1970; null and absent are the same, so absent it is.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas.shared.envelope import RequestPart
from schemas.shared.validation import Accepted

LINE_END: Final = b"\n"
KIND_PREFIX: Final = b'{"event_type":"'
"""Every item begins so; a reader groups by what follows up to the next quote."""

_encode = msgspec.json.Encoder().encode


def head_line(part: RequestPart) -> bytes:
    """What all items of a request share."""
    return _encode(part)


def item_line(event: Accepted, event_id: str) -> bytes:
    """One item."""
    own: dict[str, Any] = {
        "event_type": event.event_type,
        "event_id": event_id,
        "occurred_at": event.occurred_at,
        "payload_digest": event.payload_digest,
    }
    if event.session_id is not None:
        own["session_id"] = event.session_id
    if event.client_occurred_at is not None:
        own["client_occurred_at"] = event.client_occurred_at
    return _encode(own | event.fields)


def message(head: bytes, items: Iterable[bytes]) -> bytes:
    """The message of a head and its items; JSON has no line end inside a line."""
    return LINE_END.join((head, *items))


def items_in(value: bytes) -> int:
    """How many items a message has; what holds none, or was erased, is one thing to account for."""
    return max(1, value.count(LINE_END))


def message_key(tenant: str, session_id: str | None, subject: str) -> bytes:
    """One session is one partition; events without a session follow their person."""
    return f"{tenant}:{session_id or subject}".encode()
