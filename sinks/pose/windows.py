"""Pose windows whole: every second of a session with what it shows once all of its parts are together."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np
import polars as pl

from motion.window_parts import JOINT_ANGLES as MOTION_ANGLES
from motion.window_parts import LEANS as MOTION_LEANS
from motion.window_parts import Parts, Spread
from motion.windows import Span, Windows, whole
from schemas.pose.tables import SESSION
from schemas.pose.windows import POSE_WINDOWS, WINDOW, WINDOW_MS
from sinks.pose.merged import merged_windows
from sinks.reader import TableReader

EVERY = pl.lit(True)

ANGLES = (
    *MOTION_ANGLES,
    "left_shank_inclination", "right_shank_inclination", "left_ankle_angle", "right_ankle_angle", "ankle_angle",
)  # fmt: skip
"""Angles of a whole window, each with mean, min and max."""

_KEPT = (
    *WINDOW, "media_id", "first_frame", "last_frame", "first_elapsed_ms", "last_elapsed_ms", "frames", "rep_count",
    "consent_level", "gpc", "first_frame_at", "last_frame_at", "last_received_at",
)  # fmt: skip
WHOLE_WINDOWS = pl.Schema(
    {
        **{name: POSE_WINDOWS.schema[name] for name in _KEPT},
        "end_ms": pl.Int64(),
        "dropped": pl.Int64(),
        "form_score": pl.Float64(),
        "rom_degrees": pl.Float64(),
        "confidence": pl.Float64(),
        **{f"{name}_{what}": pl.Float64() for name in ANGLES for what in ("mean", "min", "max")},
    }
)
"""Columns of a whole window."""


def windows(reader: TableReader, at: datetime, where: pl.Expr = EVERY) -> pl.LazyFrame:
    """One row a window for which `where` holds of its parts, by session and time, in the columns WHOLE_WINDOWS.

    Dorsiflexion, view, repetitions and gaps follow from earlier windows of a session: `where` chooses whole sessions.
    """
    return whole_windows(merged_windows(reader.rows(POSE_WINDOWS).filter(where)))


def whole_windows(merged: pl.LazyFrame) -> pl.LazyFrame:
    """The same of windows that are put together already."""
    ordered = merged.sort(WINDOW)
    return ordered.map_batches(_finished, predicate_pushdown=False, projection_pushdown=False, schema=WHOLE_WINDOWS)


def _finished(rows: pl.DataFrame) -> pl.DataFrame:
    numbers = rows.select(pl.struct(SESSION).rle_id().cast(pl.Int64)).to_series().to_numpy()
    found = whole(numbers, rows["start_ms"].to_numpy(), _parts(rows))
    return (
        rows.with_columns(_so_far())
        .with_columns(pl.Series(name, values) for name, values in _columns(found).items())
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .select(WHOLE_WINDOWS.names())
    )


def _so_far() -> list[pl.Expr]:
    """What earlier windows of the session say, too: a gap belongs to the window that follows it."""
    before = pl.col("last_frame").cum_max().shift(1).over(SESSION)
    missing = pl.col("last_frame") - pl.coalesce(before, pl.col("first_frame") - 1) - pl.col("frames")
    return [
        missing.clip(0).alias("dropped"),
        pl.col("rep_count").cum_max().forward_fill().over(SESSION),
        (pl.col("start_ms") + WINDOW_MS).alias("end_ms"),
    ]


def _columns(found: Windows) -> Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    own = {"form_score": found.form, "rom_degrees": found.range_of_motion, "confidence": found.confidence}
    return own | {name: values for angle in ANGLES for name, values in _ends(angle, found.angles[angle])}


def _ends(angle: str, span: Span) -> Iterable[tuple[str, np.ndarray[tuple[int], np.dtype[np.float64]]]]:
    return ((f"{angle}_mean", span.mean), (f"{angle}_min", span.least), (f"{angle}_max", span.most))


def _parts(rows: pl.DataFrame) -> Parts:
    """The rows as the sums that they are; null is NaN."""

    def floats(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def spread(name: str) -> Spread:
        return Spread(rows[f"{name}_frames"].to_numpy(), *(floats(f"{name}_{what}") for what in ("mean", "min", "max")))

    return Parts(
        frames=rows["frames"].to_numpy(),
        spreads={name: spread(name) for name in (*MOTION_ANGLES, *MOTION_LEANS)},
        visibility=floats("visibility"),
        one_shoulder=floats("one_shoulder"),
        toes_ahead=floats("toes_ahead"),
        trunk_frames=rows["trunk_frames"].to_numpy(),
        width_to_trunk=floats("width_to_trunk"),
        knee_ratio=floats("knee_ratio_min"),
        trunk_to_shank_least=floats("trunk_to_shank_min"),
        trunk_to_shank_most=floats("trunk_to_shank_max"),
    )
