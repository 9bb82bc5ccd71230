"""What every event of every stream carries, on the log and in its table (spec: envelope, consent, geo, device)."""

from typing import Annotated, Any, TypeAlias

import polars as pl
from msgspec import Meta, Struct

from schemas.shared.columns import TIMESTAMP, Column, merged
from schemas.shared.fields import Epoch, columns_of, fields_of

SCHEMA_VERSION = 2
"""2: a message is a head and its items; 1 was one event a message."""

Subject: TypeAlias = Annotated[str, Meta(description="HMAC-SHA256(organisation key, person's identifier), hex.")]


class EventPart(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An item of a message: what differs from event to event; `event_type` comes first, so a reader can group by it.

    `subject` stands here only where the item is another person's than the request's.
    """

    event_type: Annotated[str, Meta(description="What happened: the event's name in its stream.")]
    event_id: Annotated[str, Meta(description="The client's UUID, else a UUIDv7; one effect per id within 24 h.")]
    subject: Subject | None = None
    session_id: Annotated[str | None, Meta(description="The session as the client names it.")] = None
    occurred_at: Annotated[Epoch, Meta(description="When it happened, corrected by sent_at.", extra={"unit": "UTC"})]
    client_occurred_at: Annotated[
        Epoch | None, Meta(description="What the client's clock said; null where it was not corrected.")
    ] = None
    payload_digest: Annotated[int, Meta(description="64-bit digest of the client's body without sent_at.")]


class RequestPart(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The head of a message: what all items of one request share."""

    schema_version: Annotated[int, Meta(description="Version of the stream's schema on the log.")]
    tenant: Annotated[str, Meta(description="The organisation that owns the row.")]
    subject: Subject
    received_at: Annotated[Epoch, Meta(description="When the gateway took it in.", extra={"unit": "UTC"})]
    request_id: Annotated[str, Meta(description="The HTTP request that brought it.")]
    consent_level: Annotated[int, Meta(description="The level it was accepted under: 0 none … 3 full.")]
    consent_source: Annotated[str, Meta(description="Where the level came from: token, header, default, record.")]
    gpc: Annotated[bool, Meta(description="Sec-GPC was 1: kept from level-3 reuse.")] = False


HEAD_COLUMNS = columns_of(RequestPart)
ITEM_COLUMNS = columns_of(EventPart)
WIRE_COLUMNS = merged([ITEM_COLUMNS, HEAD_COLUMNS])
"""The envelope as it lies on the log."""


def _defaults(part: type[Struct]) -> dict[str, Any]:
    return {field.name: field.default for field in fields_of(part) if field.default is not None}


HEAD_DEFAULTS = _defaults(RequestPart)
ITEM_DEFAULTS = _defaults(EventPart)
"""What counts where a head or an item lacks a column."""

DECISION_COLUMNS = (
    Column("privacy_excluded", pl.Boolean, "The address is on the privacy exclusion list: no geo columns."),
    Column("decision_reason", pl.String, "Why the consent level is not the stamped one; null where it is."),
)
DEVICE_COLUMNS = (
    Column("device_type", pl.String, "mobile, tablet, desktop, tv or other, from the User-Agent."),
    Column("browser_family", pl.String, "Browser family, from the User-Agent."),
    Column("os_family", pl.String, "Operating system family, from the User-Agent."),
)
GEO_COLUMNS = (
    Column("country_code", pl.String, "ISO 3166-1 alpha-2 country of the address."),
    Column("region_code", pl.String, "ISO 3166-2 subdivision without the country."),
    Column("city", pl.String, "City, English name."),
    Column("time_zone", pl.String, "IANA time zone."),
    Column("latitude", pl.Float64, "Latitude rounded to 0.1°.", "degrees"),
    Column("longitude", pl.Float64, "Longitude rounded to 0.1°.", "degrees"),
    Column("geo_unavailable", pl.Boolean, "No geo database was loaded when the row was made."),
    Column("ip_prefix", pl.String, "The address cut to /24 (IPv4) or /48 (IPv6)."),
)
LOG_COLUMNS = (
    Column("log_partition", pl.Int32, "Partition of the log the event lay on."),
    Column("log_offset", pl.Int64, "Its message's offset in that partition."),
    Column("log_item", pl.Int32, "Its place among the items of its message; null in rows of version 0.1."),
    Column("received_date", pl.Date, "UTC day of received_at; the table's partition."),
)

EXTRA = Column("extra", pl.String, "Keys of the body without a column, one JSON object; null where there are none.")

REQUEST_EXTRA = Column(
    "request_extra", pl.String, "Keys of the request beside its items without a column, one JSON object."
)

SESSION_COLUMN = next(column for column in ITEM_COLUMNS if column.name == "session_id")
"""Of the envelope's columns the one that a head can have for all of its items."""

STREAM_COLUMN = Column("stream", pl.String, "The stream the event came by.")

ENVELOPE_COLUMNS = (
    STREAM_COLUMN, *WIRE_COLUMNS, *DECISION_COLUMNS, *DEVICE_COLUMNS, *GEO_COLUMNS
)  # fmt: skip
"""The envelope as the tables have it, before the stream's own columns and LOG_COLUMNS."""

WORKING_NAMES = frozenset({"erased_at", "index", "recorded", "verdict"})
"""Columns that rows have between the flow's steps and in no table."""

COMMITTED_AT = Column("committed_at", TIMESTAMP, "When the flow wrote the row.", "UTC")
