"""The samples of sessions with their levels, so many sessions at a time that they fit into memory, and their cells."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Protocol

import polars as pl

from schemas.game.cells import CELL_SIDE, GAME_SAMPLE_CELLS, SESSION
from schemas.game.events import REALTIME, STREAM
from schemas.game.tables import GAME_SAMPLES
from schemas.shared.columns import TIMESTAMP, Table
from sinks.game.cells import cells_of
from sinks.game.levels import with_levels

SAMPLES_AT_ONCE: Final = 2_000_000
TRAVELS: Final = pl.Schema(
    {**dict.fromkeys(SESSION, pl.String()), "samples": pl.Int64(), "since": TIMESTAMP, "until": TIMESTAMP}
)
"""A session: how many samples it has, and when the first and the last of them were taken."""
_NEEDED: Final = (*SESSION, "build_id", "occurred_at", "received_at", "x", "y", "z", "consent_level", "gpc")
_NAMING: Final = (*SESSION, "occurred_at", "log_partition", "log_offset", "log_item", "level_id")
_EDGE: Final = timedelta(milliseconds=1)


class Rows(Protocol):
    """Rows of a table with an occurred_at in [since, until], and maybe others."""

    def __call__(self, table: Table, since: datetime, until: datetime) -> pl.LazyFrame:
        """Those of now."""


def travels(events: pl.LazyFrame) -> pl.LazyFrame:
    """The sessions of rows of game_events, as TRAVELS has them; those without a sample are left out."""
    trajectories = events.filter((pl.col("event_type") == REALTIME) & (pl.col("samples") > 0))
    ended = pl.col("occurred_at") + pl.duration(microseconds="duration_us", time_unit="us")
    found = trajectories.group_by(SESSION).agg(
        pl.col("samples").sum(), since=pl.col("occurred_at").min(), until=ended.max()
    )
    return found.select(pl.col(name).cast(dtype) for name, dtype in TRAVELS.items())


def naming(events: pl.LazyFrame) -> pl.LazyFrame:
    """What rows of game_events say of their sessions' levels."""
    return events.filter(pl.col("level_id").is_not_null()).select(_NAMING)


def batches(rows: Rows, sessions: pl.DataFrame, levels: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The samples of sessions (TRAVELS) with the `level_id` that `levels` (`naming`) name; a session comes whole."""
    ordered = sessions.sort("since", *SESSION)
    number = (ordered["samples"].cum_sum() - 1) // SAMPLES_AT_ONCE
    for _, some in ordered.with_columns(number=number).group_by("number", maintain_order=True):
        since, until = some["since"].min(), some["until"].max()
        assert isinstance(since, datetime), "of times"
        assert isinstance(until, datetime), "of times"
        near = rows(GAME_SAMPLES, since, until + _EDGE).filter(
            pl.col("session_id").is_in(pl.lit(some["session_id"].unique().implode()))
        )
        theirs = near.select(_NEEDED).join(some.lazy(), on=SESSION, how="semi").collect()
        yield with_levels(theirs, levels.join(some, on=SESSION, how="semi"))


def sample_cells(
    rows: Rows, sessions: pl.DataFrame, levels: pl.DataFrame, side: float = CELL_SIDE
) -> Iterator[pl.DataFrame]:
    """Rows of game_sample_cells: what the samples of sessions come to, some sessions at a time."""
    for samples in batches(rows, sessions, levels):
        yield cells_of(samples, GAME_SAMPLE_CELLS, side)


def no_cells() -> pl.DataFrame:
    """None at all."""
    return pl.DataFrame(schema=GAME_SAMPLE_CELLS.schema)


EVENTS: Final = STREAM.primary
"""The table that says which sessions there are, and of what levels."""
