"""Projects, keys and their budgets; capture sessions, and what requests wrote that must be read back."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the five tables."""
    _projects()
    _keys()
    _sessions()
    _written()


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("default_consent", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("projects_by_name", "projects", ["tenant", "name"], unique=True)


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("project_id", sa.String(36)),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("lookup", sa.String(64)),
        sa.Column("pepper", sa.String(16)),
        sa.Column("hash", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
    )
    op.create_index("api_keys_by_lookup", "api_keys", ["lookup"], unique=True)
    op.create_index("api_keys_by_hash", "api_keys", ["family", "hash"], unique=True)
    op.create_table(
        "request_windows",
        sa.Column("budget", sa.String(128), primary_key=True),
        sa.Column("window_start", UtcDateTime, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
    )
    op.create_index("request_windows_by_start", "request_windows", ["window_start"])


def _sessions() -> None:
    op.create_table(
        "capture_sessions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("capture_mode", sa.String(16), nullable=False),
        sa.Column("frame_rate", sa.Float, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("completed_at", UtcDateTime),
        sa.Column("chunk_kind", sa.String(16)),
        sa.Column("chunked_at", UtcDateTime),
        sa.Column("video", sa.String(255)),
        sa.Column("video_until", UtcDateTime),
    )
    op.create_index("capture_sessions_by_project", "capture_sessions", ["project_id", "created_at", "id"])
    op.create_index("capture_sessions_by_subject", "capture_sessions", ["tenant", "subject"])


def _written() -> None:
    op.create_table(
        "written_offsets",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
    )
