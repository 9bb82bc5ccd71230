"""Parts of pose windows and sessions put together: sums and outer limits, means weighted by their frames.

The same in any order and any grouping, up to the last digit of a mean; so it is done where it is convenient: of an
epoch's batches before a commit, of a day's commits by the settling job, and of what is left by whoever reads.
"""

from typing import TypeVar

import polars as pl

from schemas.pose.sessions import PART, POSE_SESSIONS
from schemas.pose.tables import JOINT_ANGLES
from schemas.pose.windows import POSE_WINDOWS, SPREADS, WINDOW

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

SUMMED = ("frames", "toes_ahead", "trunk_frames", "client_form_score_frames", *(f"{name}_frames" for name in SPREADS))
LEAST = (
    "first_frame", "first_elapsed_ms", "knee_ratio_min", "trunk_to_shank_min", "consent_level", "first_frame_at",
    *(f"{name}_min" for name in SPREADS),
)  # fmt: skip
MOST = (
    "last_frame", "last_elapsed_ms", "trunk_to_shank_max", "gpc", "last_frame_at", "last_received_at",
    *(f"{name}_max" for name in SPREADS),
)  # fmt: skip
WEIGHED = {
    "visibility": "frames",
    "one_shoulder": "frames",
    "width_to_trunk": "trunk_frames",
    "client_form_score": "client_form_score_frames",
    **{f"{name}_mean": f"{name}_frames" for name in SPREADS},
}
"""A mean, and the column of its weights."""


def merged_windows(parts: Frame) -> Frame:
    """One row a window."""
    sums = [*_added(set(POSE_WINDOWS.schema)), pl.col("rep_count").max()]
    return _merged(parts, WINDOW, sums).select(POSE_WINDOWS.schema.names())


def merged_sessions(parts: Frame) -> Frame:
    """One row a repetition and phase of a session."""
    return _merged(parts, PART, _added(set(POSE_SESSIONS.schema))).select(POSE_SESSIONS.schema.names())


def added_up(parts: Frame, key: tuple[str, ...]) -> Frame:
    """What parts of sessions come to by fewer keys, such as the session alone; without their repetition and phase."""
    return _merged(parts, key, _added(set(POSE_SESSIONS.schema)))


def _merged(parts: Frame, key: tuple[str, ...], sums: list[pl.Expr]) -> Frame:
    # the lowest frame number says which exercise it was, and of two the first by name, whatever came first
    exercise = pl.col("media_id").sort_by("first_frame", "media_id").first()
    return parts.group_by(key).agg(exercise, *sums).with_columns(received_date=pl.col("last_received_at").dt.date())


def _added(there: set[str]) -> list[pl.Expr]:
    return [
        *(pl.col(name).sum() for name in SUMMED if name in there),
        *(pl.col(name).min() for name in LEAST if name in there),
        *(pl.col(name).max() for name in MOST if name in there),
        *(_weighed(name, weight) for name, weight in WEIGHED.items() if name in there),
    ]


def _weighed(mean: str, weight: str) -> pl.Expr:
    """Null where it is known nowhere."""
    total = (pl.col(mean) * pl.col(weight)).sum()
    return pl.when(pl.col(weight).sum() > 0).then(total / pl.col(weight).sum()).alias(mean)


def ranges() -> list[pl.Expr]:
    """Degrees between the limits of each angle, under the angle's name."""
    return [(pl.col(f"{name}_max") - pl.col(f"{name}_min")).alias(name) for name in JOINT_ANGLES]
