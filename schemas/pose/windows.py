"""Pose windows: what the frames of one second of a session show, in parts that add up."""

import polars as pl

from schemas.pose.tables import (
    COUNT_COLUMNS,
    DAY_COLUMN,
    JOINT_ANGLES,
    RETENTION_DAYS,
    SESSION,
    SESSION_COLUMNS,
    STAMP_COLUMNS,
    STATISTICS,
)
from schemas.shared.columns import Column, Table

WINDOW = (*SESSION, "start_ms")
"""A window's identity."""

WINDOW_MS = 1000

LEANS = ("left_shank_lean", "right_shank_lean")
"""From straight up, to the right of the picture +: which way is forward, only the whole window tells."""


def _spread(name: str, what: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_frames", pl.Int64, f"Frames in which {what} is known; they weigh the mean.", "frames"),
        Column(f"{name}_mean", pl.Float64, f"Mean of {what}; null where it is never known.", "degrees"),
        Column(f"{name}_min", pl.Float64, f"Smallest {what}.", "degrees"),
        Column(f"{name}_max", pl.Float64, f"Largest {what}.", "degrees"),
    )


def said(name: str) -> str:
    """A series' name in words."""
    return f"the {name.replace('_', ' ')}"


SPREADS = (*JOINT_ANGLES, *LEANS)
"""Series with frames, mean, least and largest."""

BODY_COLUMNS = (
    Column("visibility", pl.Float64, "Mean visibility of the limbs' points, 0 for those below 0.5."),
    Column("one_shoulder", pl.Float64, "Share of frames that show one shoulder only: a view from the side."),
    Column("toes_ahead", pl.Float64, "Sum by which toes lie to the right of heels; its sign is forward.", "pixels"),
    Column("trunk_frames", pl.Int64, "Frames with an upright trunk; they weigh width_to_trunk.", "frames"),
    Column("width_to_trunk", pl.Float64, "Mean shoulder width ÷ trunk length, upright: which view it is.", "ratio"),
    Column("knee_ratio_min", pl.Float64, "Smallest distance of the knees ÷ that of the ankles.", "ratio"),
    Column("trunk_to_shank_min", pl.Float64, "Smallest lean of the trunk less that of the shanks.", "degrees"),
    Column("trunk_to_shank_max", pl.Float64, "Largest lean of the trunk less that of the shanks.", "degrees"),
)
"""What tells view, facing, confidence and form, once the window is whole."""

POSE_WINDOWS = Table(
    "pose_windows",
    "What each commit brought to a second of a session: parts that add up, means weighted by their frames. "
    "`kinelake.open` has whole windows, with dropped frames, ankle angles, form_score, rom_degrees and confidence.",
    (
        *SESSION_COLUMNS,
        Column("start_ms", pl.Int64, "Start of the second, by elapsed_ms.", "ms"),
        *COUNT_COLUMNS,
        Column("first_elapsed_ms", pl.Float64, "Lowest elapsed_ms.", "ms"),
        Column("last_elapsed_ms", pl.Float64, "Highest elapsed_ms.", "ms"),
        Column("rep_count", pl.Int64, "Largest count of repetitions that the client sent in it.", "repetitions"),
        *BODY_COLUMNS,
        *(column for name in SPREADS for column in _spread(name, said(name))),
        *STAMP_COLUMNS,
        DAY_COLUMN,
    ),
    sort_by=WINDOW,
    statistics=STATISTICS,
    retention_days=RETENTION_DAYS,
)
