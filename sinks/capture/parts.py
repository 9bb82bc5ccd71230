"""What rows of capture streams bring to the tables derived of them, and the parts of several commits put together.

The same in any order and any grouping: so it is done of an epoch's batches before a commit, of a day's commits by the
settling job, and of what is left by whoever reads.
"""

from typing import TypeVar

import polars as pl

from schemas.capture.activity import CAPTURE_SESSION_CHUNKS, CAPTURE_SESSION_EVENTS, SESSION_KEY
from schemas.capture.clicks import CAPTURE_CLICK_CELLS, CELL_KEY
from schemas.capture.events import CLICK
from schemas.shared.columns import Table
from sinks.decided import Key

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

PLACED_CLICK = (pl.col("interaction") == CLICK) & pl.col("x").is_not_null() & pl.col("y").is_not_null()
"""Which rows of capture_events a heatmap counts."""

HOURS: Key = {
    "tenant": pl.col("tenant"),
    "project_id": pl.col("project_id"),
    "hour": pl.col("occurred_at").dt.truncate("1h"),
    "received_date": pl.col("received_at").dt.date(),
}
"""What is counted again where one of its rows goes: a project's hour, of what came in on one day."""

_LAST = pl.col("last_received_at")


def cells_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of capture_click_cells: what rows of capture_events come to."""
    placed = rows.filter(PLACED_CLICK).with_columns(**HOURS)
    return placed.group_by(CELL_KEY).agg(clicks=pl.len().cast(pl.Int64)).select(_columns(CAPTURE_CLICK_CELLS))


def merged_cells(parts: Frame) -> Frame:
    """One row a cell."""
    return parts.group_by(CELL_KEY).agg(pl.col("clicks").sum()).select(CAPTURE_CLICK_CELLS.schema.names())


def session_events(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of capture_session_events: what rows of capture_events come to."""
    measured = pl.len().cast(pl.Int64).alias("events"), pl.col("timestamp_ms").max().alias("last_ms")
    return _of_sessions(rows, CAPTURE_SESSION_EVENTS, *measured)


def merged_session_events(parts: Frame) -> Frame:
    """One row a session."""
    return _merged(parts, CAPTURE_SESSION_EVENTS, pl.col("events").sum(), pl.col("last_ms").max())


def session_chunks(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of capture_session_chunks: what rows of capture_chunks come to."""
    return _of_sessions(rows, CAPTURE_SESSION_CHUNKS, pl.len().cast(pl.Int64).alias("chunks"))


def merged_session_chunks(parts: Frame) -> Frame:
    """One row a session."""
    return _merged(parts, CAPTURE_SESSION_CHUNKS, pl.col("chunks").sum())


def _of_sessions(rows: pl.DataFrame, table: Table, *measured: pl.Expr) -> pl.DataFrame:
    counted = rows.group_by(SESSION_KEY).agg(
        *measured,
        pl.col("consent_level").min(),
        pl.col("gpc").max(),
        pl.col("received_at").max().alias("last_received_at"),
    )
    return counted.with_columns(received_date=_LAST.dt.date()).select(_columns(table))


def _merged(parts: Frame, table: Table, *measured: pl.Expr) -> Frame:
    together = parts.group_by(SESSION_KEY).agg(
        *measured, pl.col("consent_level").min(), pl.col("gpc").max(), _LAST.max()
    )
    return together.with_columns(received_date=_LAST.dt.date()).select(table.schema.names())


def _columns(table: Table) -> list[pl.Expr]:
    return [pl.col(name).cast(dtype) for name, dtype in table.schema.items()]
