"""People with profiles, and keys that act for a person."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the table, and says of keys whose they are."""
    op.create_table(
        "people",
        sa.Column("tenant", sa.String(128), primary_key=True),
        sa.Column("user_id", sa.String(256), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(256)),
        sa.Column("email", sa.String(256)),
        sa.Column("weight_kg", sa.Float),
        sa.Column("height_cm", sa.Float),
        sa.Column("language", sa.String(8)),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("people_by_subject", "people", ["tenant", "subject"])
    for name, longest in (("owner", 256), ("subject", 64), ("plan", 16)):
        op.add_column("api_keys", sa.Column(name, sa.String(longest), nullable=False, server_default=""))
    op.add_column("api_keys", sa.Column("default_consent", sa.Integer))
    op.create_index("api_keys_by_subject", "api_keys", ["tenant", "subject"])
