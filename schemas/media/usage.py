"""Bandwidth, presence and stalls per minute, as signed partials that only ever add up."""

import polars as pl

from schemas.media.dimensions import DIMENSION_COLUMN
from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.origins import SOURCE_COLUMN

USAGE_SUMS = ("sessions", "watch_seconds", "media_seconds", "bits", "stalls", "stall_ms")

MEDIA_USAGE = Table(
    "media_usage",
    "What media sessions did in each minute, by dimension: signed partials, so a re-folded session corrects itself.",
    (
        Column("tenant", pl.String, "The organisation that owns the row."),
        Column("minute", TIMESTAMP, "Start of the minute.", "UTC"),
        DIMENSION_COLUMN,
        Column("value", pl.String, "The dimension's value; unknown where the session has none."),
        Column(SOURCE_COLUMN.name, pl.String, "Source of the sessions; null where they came with a token."),
        Column("sessions", pl.Int64, "Sessions present in the minute.", "sessions"),
        Column("watch_seconds", pl.Float64, "Time in play.", "s"),
        Column("media_seconds", pl.Float64, "Media time played at a known bitrate.", "s"),
        Column("bits", pl.Float64, "Bits played.", "bit"),
        Column("stalls", pl.Int64, "Stalls that ended in the minute.", "stalls"),
        Column("stall_ms", pl.Float64, "Length of those stalls.", "ms"),
        Column("start_date", pl.Date, "UTC day of the minute; the table's partition."),
    ),
    partition_by=("start_date",),
    sort_by=("tenant", "dimension", "minute"),
    statistics=("tenant", "minute", "dimension"),
)
