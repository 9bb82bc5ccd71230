"""The status of a media session: the one thing about it that depends on when one asks."""

from datetime import UTC, datetime, timedelta

import polars as pl

SILENCE = timedelta(minutes=10)
"""Without an event for so long a session is abandoned."""

STANDSTILL = timedelta(minutes=30)
"""Without the playhead moving by playing for so long a session is abandoned, if it ever said where the playhead is."""

STATUSES = ("completed", "abandoned", "active")


EVER = pl.lit(datetime(1, 1, 1, tzinfo=UTC))
"""Earlier than anything that was ever recorded."""


def status(at: datetime) -> pl.Expr:
    """completed, abandoned or active, over SESSION_COLUMNS; `at` is the earlier of now and the data's as-of."""
    return (
        pl.when(completed())
        .then(pl.lit("completed"))
        .when(abandoned_from() <= at)
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("active"))
        .alias("status")
    )


def completed() -> pl.Expr:
    """Whether a session is completed, whenever one asks."""
    return _ended_as("completed") | pl.col("reached_end").fill_null(False)


def abandoned_from() -> pl.Expr:
    """The time from which on a session is abandoned, unless it is completed; before it is active."""
    moved_at = pl.coalesce("last_playhead_at", "first_event_at")
    stands_still = pl.when(pl.col("max_position_seconds").is_not_null()).then(moved_at + STANDSTILL)
    silent = pl.col("last_event_at") + SILENCE
    return pl.when(_ended_as("abandoned")).then(EVER).otherwise(pl.min_horizontal(silent, stands_still))


def _ended_as(final_status: str) -> pl.Expr:
    return pl.col("end_status").eq_missing(pl.lit(final_status))
