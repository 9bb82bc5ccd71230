"""What a client's event has in every stream, and the types its fields are made of."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

Identifier: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128, extra={"printable": True})]
"""An id a client chose: 1–128 printable characters (`schemas.shared.text`), not only UUIDs."""

Timestamp: TypeAlias = Annotated[
    str, Meta(max_length=40, extra={"dtype": "timestamp", "unit": "UTC"}, extra_json_schema={"format": "date-time"})
]
"""A time as a client writes it: RFC 3339 with an offset, 0–9 fraction digits, from 1970 to 2200."""

EventId: TypeAlias = Annotated[
    str,
    Meta(
        max_length=36,
        pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        extra_json_schema={"format": "uuid"},
    ),
]
"""A UUID of the client's own making; the same id within 24 h has one effect."""


class ClientStruct(Struct, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An object of a client's body; keys it does not name are kept apart as JSON, null is the same as absent."""


class ClientEvent(ClientStruct, kw_only=True):
    """One event as a client sends it; a stream adds its own fields."""

    session_id: Identifier | None = None
    timestamp: Timestamp | None = None
    event_id: EventId | None = None
    sent_at: Timestamp | None = None


ENVELOPE_FIELDS = frozenset(ClientEvent.__struct_fields__)
"""Fields of an event that the envelope takes over, so they are no columns of the stream's own."""
