"""Filmed sessions, what is shown of joint angles, and a way to the tombstone of one session."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "motion_sessions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("activity", sa.String(32), nullable=False),
        sa.Column("exercise", sa.String(32)),
        sa.Column("title", sa.String(256), nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("video", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("video_bytes", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("consent_level", sa.Integer, nullable=False),
        sa.Column("consent_source", sa.String(16), nullable=False),
        sa.Column("gpc", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("analysis_version", sa.String(64)),
        sa.Column("analysed_video", sa.String(255)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("queued_at", UtcDateTime, nullable=False),
    )
    op.create_index("motion_sessions_by_subject", "motion_sessions", ["tenant", "subject", "created_at", "id"])
    op.create_index("motion_sessions_by_tenant", "motion_sessions", ["tenant", "created_at", "id"])
    op.create_table(
        "joint_mobility_configs",
        sa.Column("session_id", sa.String(36), primary_key=True),
        sa.Column("shown_angles", sa.JSON),
        sa.Column("comments", sa.JSON, nullable=False),
    )
    op.create_index("tombstones_by_subject", "tombstones", ["tenant", "subject", "scope"])
