"""What the tables of pose windows and pose sessions have in common: rows that add up, and whose they are."""

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column

RETENTION_DAYS = 183

SESSION = ("tenant", "subject", "session_id")
"""A session's identity."""

SESSION_COLUMNS = (
    Column("tenant", pl.String, "The organisation that owns the row."),
    Column("subject", pl.String, "The person, as a pseudonym of the organisation."),
    Column("session_id", pl.String, "The session as the client names it."),
    Column("media_id", pl.String, "The exercise, of the lowest frame number."),
)

COUNT_COLUMNS = (
    Column("frames", pl.Int64, "Frames.", "frames"),
    Column("first_frame", pl.Int64, "Lowest frame number."),
    Column("last_frame", pl.Int64, "Highest frame number."),
)

STAMP_COLUMNS = (
    Column("consent_level", pl.Int64, "Lowest consent level among the frames."),
    Column("gpc", pl.Boolean, "Any of them came with Sec-GPC: 1."),
    Column("first_frame_at", TIMESTAMP, "Earliest occurred_at.", "UTC"),
    Column("last_frame_at", TIMESTAMP, "Latest occurred_at.", "UTC"),
    Column("last_received_at", TIMESTAMP, "Latest received_at.", "UTC"),
)

DAY_COLUMN = Column("received_date", pl.Date, "UTC day of last_received_at; the table's partition.")

STATISTICS = ("tenant", "session_id", "first_frame_at", "last_frame_at", "last_received_at")

JOINTS = ("knee", "hip", "shoulder", "elbow")

JOINT_ANGLES = tuple(f"{side}{joint}_angle" for side in ("left_", "right_", "") for joint in JOINTS)
"""Three-point angles of each side, and the mean of the sides that are known."""
