"""Jobs say in words how far they are, count their leases, and are found by what they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BEFORE = "DELETE FROM jobs WHERE kind = 'settle' AND key = 'settle'"
"""Settling has become a job of every stream that settles; a stream's key is its name."""


def upgrade() -> None:
    """Adds the columns and the index."""
    op.add_column("jobs", sa.Column("words", sa.Text))
    op.add_column("jobs", sa.Column("lease", sa.Integer, nullable=False, server_default="0"))
    op.create_index("jobs_by_key", "jobs", ["kind", "key", "id"])
    op.execute(BEFORE)
