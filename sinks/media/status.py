"""The status of a media session: the one thing about it that depends on when one asks."""

from datetime import datetime, timedelta

import polars as pl

SILENCE = timedelta(minutes=10)
"""Without an event for so long a session is abandoned."""

STANDSTILL = timedelta(minutes=30)
"""Without the playhead moving by playing for so long a session is abandoned, if it ever said where the playhead is."""

STATUSES = ("completed", "abandoned", "active")


def status(at: datetime) -> pl.Expr:
    """completed, abandoned or active, over SESSION_COLUMNS; `at` is the earlier of now and the data's as-of."""
    moved_at = pl.coalesce("last_playhead_at", "first_event_at")
    stands_still = pl.col("max_position_seconds").is_not_null() & (moved_at <= at - STANDSTILL)
    silent = (pl.col("last_event_at") <= at - SILENCE) | stands_still
    return (
        pl.when(_ended_as("completed") | pl.col("reached_end").fill_null(False))
        .then(pl.lit("completed"))
        .when(_ended_as("abandoned") | silent)
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("active"))
        .alias("status")
    )


def _ended_as(final_status: str) -> pl.Expr:
    return pl.col("end_status").eq_missing(pl.lit(final_status))
