"""Erasures of people, and tombstones that reach no further than a project."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime
from control.tables import NOT_CLEAN

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the two tables; the tombstones that there are reach over their whole organisation."""
    op.add_column("tombstones", sa.Column("scope", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("requested_by", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("erased_at", UtcDateTime, nullable=False),
        sa.Column("tables_clean_at", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("finish_expected_at", UtcDateTime),
        sa.Column("deleted_sessions", sa.BigInteger, nullable=False),
        sa.Column("deleted_events", sa.BigInteger, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index(
        "erasures_one_running",
        "erasures",
        ["tenant", "scope", "subject"],
        unique=True,
        sqlite_where=NOT_CLEAN,
        postgresql_where=NOT_CLEAN,
    )
    op.create_index("erasures_by_tenant", "erasures", ["tenant", "erased_at", "id"])
    op.create_index("erasures_by_state", "erasures", ["state"])
    op.create_table(
        "erased_sessions",
        sa.Column("erasure_id", sa.String(36), primary_key=True),
        sa.Column("session_id", sa.String(36), primary_key=True),
    )
