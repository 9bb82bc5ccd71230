"""A message on the log: a head line with what its request says once, then a line for each item; UTF-8 JSON lines.

    {"schema_version":2,"tenant":"clinic","subject":"…","received_at":1771322400000000,…}
    {"event_type":"play","event_id":"…","occurred_at":1771322400000000,…}
    {"event_type":"pause",…}

The head has the columns that a stream's requests say once, too. Times are whole µs since 1970; null and absent are the
same, so absent it is.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from schemas.shared.again import asks_again
from schemas.shared.envelope import RequestPart
from schemas.shared.validation import Accepted

LINE_END: Final = b"\n"
KIND_PREFIX: Final = b'{"event_type":"'
"""Every item begins so; a reader groups by what follows up to the next quote."""

NOTHING: Final[Mapping[str, Any]] = {}

_encode = msgspec.json.Encoder().encode


def head_line(part: RequestPart, said: Mapping[str, Any] = NOTHING) -> bytes:
    """What all items of a request share; `said` are the columns of the stream's own head."""
    return _encode(msgspec.to_builtins(part) | said if said else part)


def item_line(event: Accepted, event_id: str, subject: str | None = None) -> bytes:
    """One item; `subject` where it is another person's than the request's."""
    own: dict[str, Any] = {
        "event_type": event.event_type,
        "event_id": event_id,
        "occurred_at": event.occurred_at,
        "payload_digest": event.payload_digest,
    }
    if subject is not None:
        own["subject"] = subject
    if event.session_id is not None:
        own["session_id"] = event.session_id
    if event.client_occurred_at is not None:
        own["client_occurred_at"] = event.client_occurred_at
    own |= event.fields
    return _encode(own)


def straight_line(event: Accepted, event_id: str, session: bytes) -> bytes:
    """The line of an event that went straight, whose id is a UUID; `session` is the `session_member` of its session."""
    if event.client_occurred_at is not None:
        session += b',"client_occurred_at":%d' % event.client_occurred_at
    said = event.event_type.encode(), event_id.encode(), event.occurred_at, event.payload_digest, session, event.own
    return b'{"event_type":"%b","event_id":"%b","occurred_at":%d,"payload_digest":%d%b%b' % said


def session_member(session_id: str | None) -> bytes:
    """How a line says its session, with the comma before it; nothing where there is none."""
    return b"" if session_id is None else b',"session_id":' + _encode(session_id)


def message(head: bytes, items: Iterable[bytes]) -> bytes:
    """The message of a head and its items; JSON has no line end inside a line."""
    return LINE_END.join((head, *items))


def items_in(value: bytes) -> int:
    """How many items a message has; what holds none, or was erased, is one thing to account for.

    What asks for a session to be folded again is nothing that anybody sent.
    """
    return value.count(LINE_END) or int(not asks_again(value))
