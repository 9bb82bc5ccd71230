"""Counts of what was kept out of the tables on purpose; never content."""

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.envelope import STREAM_COLUMN

SUPPRESSED = Table(
    "suppressed",
    "Counts of accepted events that reach no table, by stream, reason and minute; repeats are counted here too.",
    (
        STREAM_COLUMN,
        Column("reason", pl.String, "consent, tombstone, …; duplicate for repeats of an event id."),
        Column("minute", TIMESTAMP, "Minute of received_at.", "UTC"),
        Column("count", pl.Int64, "Events.", "events"),
        Column("log_partition", pl.Int32, "Partition of the log they lay on."),
        Column("first_offset", pl.Int64, "Lowest offset among them."),
        Column("last_offset", pl.Int64, "Highest offset among them."),
        Column("received_date", pl.Date, "UTC day of minute; the table's partition."),
    ),
    sort_by=("stream", "reason", "minute"),
    statistics=("stream", "reason", "minute", "log_partition", "last_offset"),
    retention_days=730,
)
