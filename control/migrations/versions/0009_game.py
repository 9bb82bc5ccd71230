"""Applications, whose tokens are API keys."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "applications",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("default_consent", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("applications_by_name", "applications", ["tenant", "name"], unique=True)
