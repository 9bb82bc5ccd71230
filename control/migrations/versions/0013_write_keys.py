"""Write keys: what pages and servers send with that speak others' protocols."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "write_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("lookup", sa.String(64), nullable=False),
        sa.Column("pepper", sa.String(16), nullable=False),
        sa.Column("server", sa.Boolean, nullable=False),
        sa.Column("default_consent", sa.Integer, nullable=False),
        sa.Column("origins", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
    )
    op.create_index("write_keys_by_lookup", "write_keys", ["lookup"], unique=True)
