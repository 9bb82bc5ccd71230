"""Models of applications' levels."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "models",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("app_id", sa.String(36), nullable=False),
        sa.Column("level_name", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("bounds", sa.JSON),
        sa.Column("blob", sa.String(255), nullable=False),
        sa.Column("outline", sa.String(255)),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("models_by_level", "models", ["app_id", "level_name", "version"], unique=True)
    op.create_index("models_by_content", "models", ["app_id", "level_name", "sha256"], unique=True)
