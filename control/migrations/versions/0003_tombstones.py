"""Tombstones of erased people."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the table of tombstones."""
    op.create_table(
        "tombstones",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("erased_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
