"""The tables of the control store about filmed sessions."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from control.metadata import METADATA, UtcDateTime

motion_sessions = Table(
    "motion_sessions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("user_id", String(256), nullable=False),
    Column("activity", String(32), nullable=False),
    Column("exercise", String(32)),
    Column("title", String(256), nullable=False),
    Column("request", JSON, nullable=False),
    Column("video", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("video_bytes", BigInteger, nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("consent_level", Integer, nullable=False),
    Column("consent_source", String(16), nullable=False),
    Column("gpc", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("error", Text),
    Column("analysis_version", String(64)),
    Column("analysed_video", String(255)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Index("motion_sessions_by_subject", "tenant", "subject", "created_at", "id"),
    Index("motion_sessions_by_tenant", "tenant", "created_at", "id"),
)

joint_mobility_configs = Table(
    "joint_mobility_configs",
    METADATA,
    Column("session_id", String(36), primary_key=True),
    Column("shown_angles", JSON(none_as_null=True)),
    Column("comments", JSON, nullable=False),
)
