"""Sessions → cells: what each session adds to the sums of its cell, and the log-bucket histograms beside them."""

import math
from collections.abc import Mapping, Sequence

import polars as pl

from schemas.media.cells import (
    CELL_KEY,
    CELL_MEASURES,
    GAMMA,
    MEDIA_SESSION_CELLS,
    MOST_VALUES,
    OTHER,
)
from schemas.media.dimensions import ALL, SESSION_DIMENSIONS, UNKNOWN
from schemas.shared.origins import SOURCE_COLUMN

HISTOGRAMS: Mapping[str, str] = {
    "ttfb_ms": "ttfb_histogram",
    "load_time_ms": "load_time_histogram",
    "buffering_duration_ms": "buffering_histogram",
}
"""The facts that percentiles are asked of → the cells' column with their histogram."""

MEASURES = tuple(column.name for column in CELL_MEASURES)

MERGED = tuple(pl.col(name).sum() for name in MEASURES)
"""The aggregation that merges cells, contributions, or both."""

PLACED = ("tenant", "media_id", *SESSION_DIMENSIONS, "first_event_at", "status", SOURCE_COLUMN.name)
"""What `contributions` keeps of a session beside what it measures."""


def contributions(sessions: pl.LazyFrame) -> pl.LazyFrame:
    """One row a session, of SESSION_COLUMNS and status: PLACED (missing dimensions are unknown) and MEASURES."""
    named = [pl.col(name).fill_null(UNKNOWN) for name in SESSION_DIMENSIONS]
    placed = [name for name in PLACED if name not in SESSION_DIMENSIONS]
    return sessions.select(*placed, *named, *_counts(), *_sums())


def _counts() -> list[pl.Expr]:
    played, fatal = pl.col("first_play_at").is_not_null(), pl.col("fatal_error").fill_null(False)
    counted = {
        "sessions": pl.lit(True),
        "fatal_sessions": fatal,
        "played_sessions": played,
        "exited_sessions": ~played & ~fatal & (pl.col("status") == "abandoned"),
        "ttfb_sessions": pl.col("ttfb_ms").is_not_null(),
        "load_time_sessions": pl.col("load_time_ms").is_not_null(),
        "completion_sessions": pl.col("completion_percent").is_not_null(),
        "bitrate_sessions": pl.col("bits").is_not_null() & (pl.col("media_seconds") > 0).fill_null(False),
        "startup_sessions": played & pl.col("load_time_ms").is_not_null(),
        "stalls": pl.col("buffering_count"),
    }
    return [flag.cast(pl.Int64).alias(name) for name, flag in counted.items()]


def _sums() -> list[pl.Expr]:
    played = pl.col("first_play_at").is_not_null()
    summed = {
        "ttfb_ms": pl.col("ttfb_ms"),
        "load_time_ms": pl.col("load_time_ms"),
        "buffering_duration_ms": pl.col("buffering_duration_ms"),
        "watch_time_seconds": pl.col("watch_time_seconds"),
        "completion_percent": pl.col("completion_percent"),
        "bits": pl.col("bits"),
        "media_seconds": pl.when(pl.col("bits").is_not_null()).then(pl.col("media_seconds")),
        "played_buffering_ms": pl.when(played).then(pl.col("buffering_duration_ms")),
        "played_watch_seconds": pl.when(played).then(pl.col("watch_time_seconds")),
        "startup_score": pl.when(played).then(startup_score()),
        "smoothness_score": pl.when(played).then(smoothness_score()),
    }
    return [value.fill_null(0.0).alias(name) for name, value in summed.items()]


def startup_score() -> pl.Expr:
    """Mux's startup time score: 400 ms → 95, 2 s → 80, 8 s → 50; null without a load time."""
    return 100 * 8 / (8 + pl.col("load_time_ms") / 1000)


def smoothness_score() -> pl.Expr:
    """Mux's smoothness score: the mean of one over the stalls and one over the share of time in them."""
    stalled = pl.col("buffering_duration_ms") / 1000
    present = pl.col("watch_time_seconds") + stalled
    share = pl.when(present > 0).then(stalled / present).otherwise(0.0)
    by_count = 100 / (1 + (pl.col("buffering_count") / 2) ** 2).sqrt()
    return (by_count + 100 * (-10 * share).exp()) / 2


def bucket(fact: str) -> pl.Expr:
    """The histogram's bucket of a value ≥ 0: null for zero, so that it sorts first."""
    value = pl.col(fact)
    return pl.when(value > 0).then((value.log() / math.log(GAMMA)).ceil().cast(pl.Int32))


def bucket_value(number: int) -> float:
    """What stands for a bucket's values, within 1 % of each."""
    return 2 * float(GAMMA**number) / (GAMMA + 1)


VALUE_SCOPE = ("tenant", "media_id", "dimension", "hour")
"""Within it cells tell at most MOST_VALUES values apart."""


def told_apart(rows: pl.DataFrame, scope: Sequence[str]) -> pl.DataFrame:
    """The rows, of `value` and `sessions`, with OTHER as the value of all but the MOST_VALUES largest of each scope."""
    named = rows.select(*scope, "value", "sessions").filter(~pl.col("value").is_in([OTHER, UNKNOWN]))
    counted = named.group_by(*scope, "value").agg(pl.col("sessions").sum())
    if counted.group_by(scope).len().filter(pl.col("len") > MOST_VALUES).is_empty():
        return rows
    ordered = counted.sort("sessions", "value", descending=[True, False])
    beyond = ordered.filter(pl.int_range(pl.len()).over(scope) >= MOST_VALUES).select(*scope, "value", beyond=True)
    value = pl.when(pl.col("beyond")).then(pl.lit(OTHER)).otherwise("value").alias("value")
    marked = rows.join(beyond, on=[*scope, "value"], how="left", nulls_equal=True)
    return marked.with_columns(value).drop("beyond")


def bounded(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells with at most MOST_VALUES values of each VALUE_SCOPE, and OTHER; only cells over all have histograms."""
    told = told_apart(cells, VALUE_SCOPE)
    if told is cells:
        return cells
    beyond = pl.col("value") == OTHER
    rest = [pl.col(name).first() for name in cells.columns if name not in (*CELL_KEY, *MEASURES)]
    merged = told.filter(beyond).group_by(CELL_KEY).agg(*MERGED, *rest)
    return pl.concat([told.filter(~beyond), merged.select(cells.columns)])


def cells_of(sessions: pl.DataFrame) -> pl.DataFrame:
    """The cells of settled sessions (SESSION_COLUMNS and status), in the table's columns and order."""
    hour = pl.col("first_event_at").dt.truncate("1h").alias("hour")
    parts = contributions(sessions.lazy()).with_columns(hour).collect()
    every = pl.lit(None, pl.String).alias("media_id")
    cubes = [_cube(media, name) for media in (parts, parts.with_columns(every)) for name in (ALL, *SESSION_DIMENSIONS)]
    hours = sessions.with_columns(hour)
    histograms = pl.concat([_histograms(hours), _histograms(hours.with_columns(every))])
    on = ["tenant", "media_id", "dimension", "hour", "status", SOURCE_COLUMN.name]
    return (
        bounded(pl.concat(cubes))
        .join(histograms.with_columns(dimension=pl.lit(ALL)), on=on, how="left", nulls_equal=True)
        .with_columns(start_date=pl.col("hour").dt.date())
        .select(MEDIA_SESSION_CELLS.schema.names())
        .sort(MEDIA_SESSION_CELLS.sort_by)
    )


def _cube(parts: pl.DataFrame, dimension: str) -> pl.DataFrame:
    value = pl.lit(ALL) if dimension == ALL else pl.col(dimension)
    keyed = parts.lazy().with_columns(dimension=pl.lit(dimension), value=value)
    return keyed.group_by(CELL_KEY).agg(MERGED).collect()


def _histograms(sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per tenant, media, hour, status and source with the three histograms."""
    key = ["tenant", "media_id", "hour", "status", SOURCE_COLUMN.name]
    joined = sessions.select(key).unique()
    for fact, column in HISTOGRAMS.items():
        joined = joined.join(_histogram(sessions, key, fact, column), on=key, how="left", nulls_equal=True)
    return joined


def _histogram(sessions: pl.DataFrame, key: list[str], fact: str, column: str) -> pl.DataFrame:
    counted = (
        sessions.lazy()
        .filter(pl.col(fact).is_not_null())
        .group_by(*key, bucket(fact).alias("bucket"))
        .agg(sessions=pl.len().cast(pl.Int64))
        .sort("bucket")
    )
    return counted.group_by(key).agg(pl.struct("bucket", "sessions").alias(column)).collect()
