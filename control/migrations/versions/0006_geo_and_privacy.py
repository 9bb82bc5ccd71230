"""Geo databases, what came of their updates, and MaxMind's privacy exclusions."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the four tables."""
    _geo()
    _privacy()


def _geo() -> None:
    op.create_table(
        "geo_databases",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("archive_digest", sa.String(64)),
        sa.Column("database_type", sa.String(128), nullable=False),
        sa.Column("built_at", UtcDateTime, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.String(255)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "geo_updates",
        sa.Column("job", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
    )


def _privacy() -> None:
    op.create_table(
        "privacy_exclusions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("position", sa.LargeBinary, nullable=False),
        sa.Column("exclusion_type", sa.String(64), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("last_updated", UtcDateTime, nullable=False),
    )
    op.create_index("privacy_exclusions_by_position", "privacy_exclusions", ["position", "id"])
    op.create_index("privacy_exclusions_by_network", "privacy_exclusions", ["network"])
    op.create_table(
        "exclusion_changes",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("job", sa.BigInteger, nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("deactivated", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("exclusion_changes_by_job", "exclusion_changes", ["job"])
