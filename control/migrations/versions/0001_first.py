"""Organisations, watermarks, jobs, counters, heartbeats."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0001"
down_revision = None

OPEN_JOB = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    """Makes the tables of the first version."""
    _organisations()
    _watermarks()
    _jobs()
    _counters()
    _heartbeats()


def _organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )


def _watermarks() -> None:
    op.create_table(
        "watermarks",
        sa.Column("flow", sa.String(128), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("as_of", UtcDateTime, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("owner", sa.String(255)),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("available_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index(
        "jobs_one_open", "jobs", ["kind", "key"], unique=True, sqlite_where=OPEN_JOB, postgresql_where=OPEN_JOB
    )
    op.create_index("jobs_by_state", "jobs", ["state", "kind", "available_at"])


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def _heartbeats() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("role", sa.String(64), primary_key=True),
        sa.Column("instance", sa.String(255), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
