"""What a client's event has in every stream, and the types its fields are made of."""

from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct, defstruct
from msgspec.structs import fields

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


JsonObject: TypeAlias = Annotated[
    dict[str, Any], Meta(extra={"dtype": "object", "max_bytes": 16 * 1024, "max_depth": 8})
]
"""Any JSON object, one column with its text: keys in order, those that are null left out, numbers by value.

`max_bytes` bounds the text and `max_depth` how deep objects and arrays lie in each other, the object itself being 1:
`Annotated[JsonObject, Meta(extra={"max_bytes": 65536})]` has another bound.
"""


class ClientStruct(Struct, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An object of a client's body; keys it does not name are kept apart as JSON, null is the same as absent."""


class ClientEvent(ClientStruct, kw_only=True):
    """One event as a client sends it; a stream adds its own fields."""

    session_id: Identifier | None = None
    timestamp: Timestamp | None = None
    event_id: EventId | None = None
    sent_at: Timestamp | None = None


HEAD_FIELDS = ("session_id", "sent_at")
"""Fields of an event that a request of several may say once, for all of them."""

ENVELOPE_FIELDS = frozenset(ClientEvent.__struct_fields__)
"""Fields of an event that the envelope takes over, so they are no columns of the stream's own."""


def whole_head(head: type[ClientStruct] | None) -> type[ClientStruct]:
    """What a request may say once: what the stream names, and of the HEAD_FIELDS those that it does not."""
    said = head or ClientStruct
    missing = [
        (field.name, field.type, None)
        for field in fields(ClientEvent)
        if field.name in HEAD_FIELDS and field.name not in said.__struct_fields__
    ]
    return defstruct(said.__name__, missing, bases=(said,), kw_only=True)
