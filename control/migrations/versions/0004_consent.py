"""Consent records, and with which of them flows decided."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "consent_records",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("extra", sa.Text),
        sa.Column("effective_at", UtcDateTime, nullable=False),
        sa.Column("backdated", sa.Boolean, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_role", sa.String(16), nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Column("corrected", sa.Boolean, nullable=False),
        sa.Column("ends", sa.JSON),
        sqlite_autoincrement=True,
    )
    op.create_index("consent_records_by_person", "consent_records", ["tenant", "subject", "effective_at", "number"])
    op.create_index("consent_records_by_event", "consent_records", ["tenant", "event_id", "number"])
    for state in ("published", "corrected"):
        missing = sa.text(f"NOT {state}")
        name = f"consent_records_un{state}"
        op.create_index(name, "consent_records", ["number"], sqlite_where=missing, postgresql_where=missing)
    op.create_table(
        "consent_decisions",
        sa.Column("flow", sa.String(128), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("from_offset", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("known", sa.JSON, nullable=False),
    )
