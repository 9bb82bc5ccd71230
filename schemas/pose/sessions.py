"""Pose sessions: what the frames of a session show by repetition and phase, in parts that add up."""

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

PART = (*SESSION, "rep_count", "phase")
"""What the frames of one part have in common."""

POSE_SESSIONS = Table(
    "pose_sessions",
    "What each commit brought to a session, by repetition and phase: parts that add up. `kinelake.open` has one row a "
    "session: repetitions, best and mean range of motion, form, seconds by phase, dropped frames.",
    (
        *SESSION_COLUMNS,
        Column("rep_count", pl.Int64, "What the client had counted; null where it did not say.", "repetitions"),
        Column("phase", pl.String, "active_exercise_phase; null where the client did not say."),
        *COUNT_COLUMNS,
        Column("client_form_score_frames", pl.Int64, "Frames with a score of the client; they weigh it.", "frames"),
        Column("client_form_score", pl.Float64, "Mean of the client's own scores."),
        *(
            Column(f"{name}_{end}", pl.Float64, f"{word} {name.replace('_', ' ')}.", "degrees")
            for name in JOINT_ANGLES
            for end, word in (("min", "Smallest"), ("max", "Largest"))
        ),
        *STAMP_COLUMNS,
        DAY_COLUMN,
    ),
    sort_by=PART,
    statistics=STATISTICS,
    retention_days=RETENTION_DAYS,
)
