"""Bodies of the Segment protocol as they come in (Segment: HTTP tracking API; RudderStack: HTTP API).

What no field names, such as traits, is skipped over and never read. `""` is the same as absent: RudderStack's SDKs send
it for ids that they do not have. Numbers for ids are what servers send whose ids are numbers.
"""

from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw, Struct

NOTHING: Final = Raw(b"null")

Id: TypeAlias = str | int | None


class Body(Struct, rename="camel"):
    """A batch, or an item that has none of these but `sentAt` and `writeKey`."""

    batch: list[Raw] | None = None
    sent_at: Any = None
    write_key: Any = None


class Item(Struct, rename="camel"):
    """One call of an SDK. Times are looked at later, so that one that is none has a refusal of its own."""

    type: str | None = None
    event: str | None = None
    name: str | None = None
    group_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    message_id: Id = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    properties: dict[str, Any] | None = None
    context: Raw = NOTHING


class Context(Struct, rename="camel"):
    """What counts of an item's `context`; each is looked at where it is used."""

    app: Any = None
    library: Any = None
    campaign: Any = None
    locale: Any = None
    timezone: Any = None
    screen: Any = None
    os: Any = None
    page: Any = None
    consent: Any = None
    consent_management: Any = None
    session_id: Any = None
    ip: Any = None
    user_agent: Any = None


body_of = msgspec.json.Decoder(Body).decode
item_of = msgspec.json.Decoder(Item).decode
context_of = msgspec.json.Decoder(Context | None).decode


def said(value: Id) -> str | None:
    """An id as text; None where there is none."""
    return None if value is None or value == "" else str(value)
