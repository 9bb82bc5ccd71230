"""Pose sessions whole: one row each, from the parts of the session and its whole windows."""

from datetime import datetime

import polars as pl

from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.tables import JOINT_ANGLES, SESSION
from schemas.pose.windows import POSE_WINDOWS
from sinks.pose.merged import added_up, merged_windows, ranges
from sinks.pose.windows import EVERY, whole_windows
from sinks.reader import TableReader

SLOWEST_MS = 1000.0
"""What a frame lasts in a session that never has two in a second."""

WHOLE_SESSIONS = (
    *SESSION, "media_id", "reps",
    *(f"{name}_rom_{what}" for name in JOINT_ANGLES for what in ("best", "mean")),
    "form_score", "client_form_score", "phases", "frames", "dropped",
    "consent_level", "gpc", "first_frame_at", "last_frame_at", "last_received_at",
)  # fmt: skip
"""Columns of a whole session."""


def sessions(reader: TableReader, at: datetime, where: pl.Expr = EVERY) -> pl.LazyFrame:
    """One row a session for which `where` holds of its parts, in the columns WHOLE_SESSIONS."""
    windows = whole_windows(merged_windows(reader.rows(POSE_WINDOWS).filter(where)))
    return whole_sessions(reader.rows(POSE_SESSIONS).filter(where), windows)


def whole_sessions(parts: pl.LazyFrame, windows: pl.LazyFrame) -> pl.LazyFrame:
    """The sessions of parts as they were committed, and of their whole windows."""
    missing = pl.col("last_frame") - pl.col("first_frame") + 1 - pl.col("frames")
    of_windows = windows.group_by(SESSION).agg(_form(), _frame_ms())
    return (
        added_up(parts, SESSION)
        .with_columns(dropped=missing.clip(0))
        .join(_ranges_of_motion(parts), on=SESSION, how="left")
        .join(of_windows, on=SESSION, how="left")
        .join(_phases(parts, of_windows), on=SESSION, how="left")
        .select(WHOLE_SESSIONS)
    )


def _form() -> pl.Expr:
    """The mean of the windows' form, by their frames; null where none has one."""
    weight = pl.col("frames").filter(pl.col("form_score").is_not_null()).sum()
    return (pl.when(weight > 0).then((pl.col("form_score") * pl.col("frames")).sum() / weight)).alias("form_score")


def _frame_ms() -> pl.Expr:
    """How long a frame lasts: the mean time from one frame number to the next, within windows that have two.

    So neither a break between two windows nor a dropped frame makes the others longer.
    """
    steps = pl.col("last_frame") - pl.col("first_frame")
    times = (pl.col("last_elapsed_ms") - pl.col("first_elapsed_ms")).filter(steps > 0).sum()
    return pl.when(steps.sum() > 0).then(times / steps.sum()).otherwise(SLOWEST_MS).alias("frame_ms")


def _phases(parts: pl.LazyFrame, of_windows: pl.LazyFrame) -> pl.LazyFrame:
    """By session its phases with their seconds, in the order of their names."""
    counted = parts.filter(pl.col("phase").is_not_null()).group_by(*SESSION, "phase").agg(pl.col("frames").sum())
    seconds = (pl.col("frames") * pl.col("frame_ms") / 1000).alias("seconds")
    timed = counted.join(of_windows, on=SESSION).sort("phase").select(*SESSION, pl.struct("phase", seconds))
    return timed.group_by(SESSION, maintain_order=True).agg(phases="phase")


def _ranges_of_motion(parts: pl.LazyFrame) -> pl.LazyFrame:
    """By session how many repetitions were counted, and the best and the mean range of motion of these.

    The frames in which the client had counted k are those of the repetition after the k-th; what follows the last one
    is none. Where the client never counted on, all is one repetition.
    """
    by_repetition = added_up(parts, (*SESSION, "rep_count")).select(*SESSION, "rep_count", *ranges())
    reps = pl.col("rep_count").max().over(SESSION)
    done = (pl.col("rep_count") < reps).fill_null(False)
    counted = pl.when(done.any().over(SESSION)).then(done).otherwise(pl.col("rep_count").is_not_null() | reps.is_null())
    return (
        by_repetition.with_columns(reps=reps, is_repetition=counted)
        .group_by(SESSION)
        .agg(
            pl.col("reps").first(),
            *(pl.col(name).filter("is_repetition").max().alias(f"{name}_rom_best") for name in JOINT_ANGLES),
            *(pl.col(name).filter("is_repetition").mean().alias(f"{name}_rom_mean") for name in JOINT_ANGLES),
        )
    )
