"""The cube of settled media sessions: mergeable partials per hour, media, dimension and status."""

import polars as pl

from schemas.media.dimensions import DIMENSION_COLUMN
from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.origins import SOURCE_COLUMN

OTHER = "other"
"""The value of all sessions beyond a dimension's MOST_VALUES, and of those whose value is this word itself."""

MOST_VALUES = 1000
"""Values of a dimension that are told apart, beside OTHER and UNKNOWN: clients choose them, so there is no end of them.

Those with the most sessions are, of equal ones the first by name: per hour, organisation and media in the cells, and
again in an answer, which merges hours."""

CELL_KEY = ("tenant", "media_id", "dimension", "value", "hour", "status", SOURCE_COLUMN.name)

GAMMA = 1.01 / 0.99
"""Growth of the histograms' buckets: bucket b holds (γ^(b−1), γ^b], so its middle is within 1 % of all in it."""

HISTOGRAM = pl.List(pl.Struct({"bucket": pl.Int32, "sessions": pl.Int64}))
"""Sessions by bucket ceil(ln x ÷ ln γ); the bucket null holds the zeros."""

CELL_COUNTS = (
    Column("sessions", pl.Int64, "Sessions of the cell.", "sessions"),
    Column("fatal_sessions", pl.Int64, "Those with a fatal error.", "sessions"),
    Column("played_sessions", pl.Int64, "Those in which playing began.", "sessions"),
    Column("exited_sessions", pl.Int64, "Those abandoned before playing began, without a fatal error.", "sessions"),
    Column("ttfb_sessions", pl.Int64, "Those that have a time to first byte.", "sessions"),
    Column("load_time_sessions", pl.Int64, "Those that have a load time.", "sessions"),
    Column("completion_sessions", pl.Int64, "Those whose completion is known.", "sessions"),
    Column("bitrate_sessions", pl.Int64, "Those that played media time at a known bitrate.", "sessions"),
    Column("startup_sessions", pl.Int64, "Those that played and have a load time.", "sessions"),
    Column("stalls", pl.Int64, "Sum of buffering_count.", "stalls"),
)
CELL_SUMS = (
    Column("ttfb_ms", pl.Float64, "Sum of ttfb_ms.", "ms"),
    Column("load_time_ms", pl.Float64, "Sum of load_time_ms.", "ms"),
    Column("buffering_duration_ms", pl.Float64, "Sum of buffering_duration_ms.", "ms"),
    Column("watch_time_seconds", pl.Float64, "Sum of watch_time_seconds.", "s"),
    Column("completion_percent", pl.Float64, "Sum of completion_percent.", "%"),
    Column("bits", pl.Float64, "Sum of bits.", "bit"),
    Column("media_seconds", pl.Float64, "Sum of media_seconds.", "s"),
    Column("played_buffering_ms", pl.Float64, "Sum of buffering_duration_ms of those that played.", "ms"),
    Column("played_watch_seconds", pl.Float64, "Sum of watch_time_seconds of those that played.", "s"),
    Column("startup_score", pl.Float64, "Sum of startup scores, 0 to 100 each."),
    Column("smoothness_score", pl.Float64, "Sum of smoothness scores of those that played, 0 to 100 each."),
)
CELL_HISTOGRAMS = (
    Column("ttfb_histogram", HISTOGRAM, "Log buckets of ttfb_ms; only where the dimension is all."),
    Column("load_time_histogram", HISTOGRAM, "Log buckets of load_time_ms; only where the dimension is all."),
    Column("buffering_histogram", HISTOGRAM, "Log buckets of buffering_duration_ms; only where the dimension is all."),
)
CELL_MEASURES = (*CELL_COUNTS, *CELL_SUMS)
"""What merges by adding, row by row; the histograms merge by adding bucket by bucket."""

MEDIA_SESSION_CELLS = Table(
    "media_session_cells",
    "Settled sessions by hour of start, media, dimension, status and source: counts, sums and histograms that add up.",
    (
        Column("tenant", pl.String, "The organisation that owns the row."),
        Column("media_id", pl.String, "The video or exercise; null in the rows over all media."),
        DIMENSION_COLUMN,
        Column(
            "value", pl.String, "The dimension's value; unknown where there is none, other beyond 1,000; all for all."
        ),
        Column("hour", TIMESTAMP, "Start of the hour in which the sessions began.", "UTC"),
        Column("status", pl.String, "completed or abandoned; settled sessions are never active."),
        Column(SOURCE_COLUMN.name, pl.String, "Source of the sessions; null where they came with a token."),
        *CELL_MEASURES,
        *CELL_HISTOGRAMS,
        Column("start_date", pl.Date, "UTC day of the hour; the table's partition."),
    ),
    partition_by=("start_date",),
    sort_by=("tenant", "media_id", "dimension", "hour"),
    statistics=("tenant", "media_id", "hour"),
)
"""Filled from media_sessions alone; the table's own transaction names the version it was made from."""
