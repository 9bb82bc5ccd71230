"""Counts what is kept out of the tables on purpose, by reason and minute."""

from datetime import datetime

import polars as pl

from event_log import Fetched
from schemas.shared.columns import TIMESTAMP
from schemas.shared.suppressed import SUPPRESSED

COUNTED = ("log_partition", "log_offset", "received_at")
"""What of an event is looked at to count it."""


def suppressed(stream: str, rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Rows of the suppressed table for events that go no further: counts, never content."""
    minute = pl.col("received_at").dt.truncate("1m").alias("minute")
    counted = rows.group_by("log_partition", minute).agg(
        count=pl.len().cast(pl.Int64), first_offset=pl.col("log_offset").min(), last_offset=pl.col("log_offset").max()
    )
    return counted.with_columns(
        stream=pl.lit(stream), reason=pl.lit(reason), received_date=pl.col("minute").dt.date()
    ).select(SUPPRESSED.schema.names())


def erased_counts(stream: str, erased: Fetched, now: datetime) -> pl.DataFrame:
    """Rows of the suppressed table for messages that an erasure emptied; when they came in went with them."""
    rows = pl.DataFrame(
        {"log_partition": erased.partitions, "log_offset": erased.offsets},
        schema={"log_partition": pl.Int32, "log_offset": pl.Int64},
    ).with_columns(received_at=pl.lit(now).cast(TIMESTAMP))
    return suppressed(stream, rows, "erased")
