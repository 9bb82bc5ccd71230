"""Counts what is kept out of the tables on purpose, by reason and minute."""

import polars as pl

from schemas.suppressed import SUPPRESSED


def suppressed(stream: str, rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Rows of the suppressed table for events that go no further: counts, never content."""
    minute = pl.col("received_at").dt.truncate("1m").alias("minute")
    counted = rows.group_by("log_partition", minute).agg(
        count=pl.len().cast(pl.Int64), first_offset=pl.col("log_offset").min(), last_offset=pl.col("log_offset").max()
    )
    return counted.with_columns(
        stream=pl.lit(stream), reason=pl.lit(reason), received_date=pl.col("minute").dt.date()
    ).select(SUPPRESSED.schema.names())
