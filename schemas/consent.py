"""The consent stream: what people allow, and since when; every other stream is decided by it (spec: consent)."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, json

from schemas.shared.client import ClientEvent, Identifier, Timestamp
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.keys import by_subject
from schemas.shared.meaning import digest
from schemas.shared.message import head_line, item_line, message
from schemas.shared.quantities import Ordinal
from schemas.shared.rules import Item
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from schemas.shared.validation import Accepted

Level: TypeAlias = Literal[0, 1, 2, 3]
KIND = "consent"


class Consent(ClientEvent, kw_only=True):
    """A person's consent from a time on. The fields from `recorded_at` on are the gateway's own."""

    level: Annotated[Level, Meta(description="What is allowed: 0 none … 3 full.", extra={"summed": False})]
    source: Annotated[
        Annotated[str, Meta(min_length=1, max_length=128)] | None,
        Meta(description="Where it was given, such as a banner or a settings page."),
    ] = None
    effective_at: Annotated[
        Timestamp | None, Meta(description="Since when it counts; now where the request names no time.")
    ] = None
    recorded_at: Annotated[Timestamp | None, Meta(description="When it was recorded, by the server's clock.")] = None
    recorded_by: Annotated[
        Identifier | None, Meta(description="Who recorded it: the caller's subject; the person's own for self.")
    ] = None
    recorded_role: Annotated[
        Literal["user", "specialist", "admin", "system"] | None, Meta(description="The role in which that was.")
    ] = None
    record_number: Annotated[
        Ordinal | None, Meta(description="Counts the records; of two with one effective_at the higher counts.")
    ] = None


SERVERS_OWN = ("recorded_at", "recorded_by", "recorded_role", "record_number")
"""Fields that no client says."""

STREAM = Stream(
    name="consent",
    path="/v1/consent",
    description="Consent records as they were made, each once.",
    # Who says what they allow needs no consent for it.
    consent_level=0,
    events=(Consent,),
    event_type=KIND,
    roles=("user", "specialist", "admin", "system"),
    listed=None,
    key=by_subject,
    table="consent_records",
    retention_days=2555,
    example={"level": 2, "source": "privacy-settings"},
)


class Recorded(Struct, frozen=True, kw_only=True):
    """A record on its way to the log, its times in UTC; made `from_attributes` of what control keeps."""

    number: int
    event_id: str
    tenant: str
    subject: str
    level: int
    source: str | None
    extra: str | None
    effective_at: datetime
    recorded_at: datetime
    recorded_by: str
    recorded_role: str
    request_id: str


def record_message(record: Recorded) -> tuple[bytes, bytes]:
    """The key and the message of a record: the same bytes however often it is published."""
    at = microseconds(record.recorded_at)
    said = {
        "level": record.level,
        "source": record.source,
        "effective_at": microseconds(record.effective_at),
        "recorded_at": at,
        "recorded_by": record.recorded_by,
        "recorded_role": record.recorded_role,
        "record_number": record.number,
        "extra": record.extra,
    }
    fields = {name: value for name, value in said.items() if value is not None}
    item = Accepted(KIND, record.event_id, None, at, None, digest(json.encode(fields)), fields)
    value = message(head_line(_head(record)), [item_line(item, record.event_id)])
    return by_subject(Item(record.tenant, record.subject, None, record.event_id, at, {}, fields)), value


def _head(record: Recorded) -> RequestPart:
    return RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=record.tenant,
        subject=record.subject,
        received_at=microseconds(record.recorded_at),
        request_id=record.request_id,
        consent_level=record.level,
        consent_source="record",
    )
