"""Heads and anchors of the organisations' chains."""

import sqlalchemy as sa
from alembic import op

from control.metadata import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the tables of heads and anchors."""
    op.create_table(
        "chain_heads",
        sa.Column("organisation", sa.String(128), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "chain_anchors",
        sa.Column("organisation", sa.String(128), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("cut_at", UtcDateTime, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
