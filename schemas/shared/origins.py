"""By which door an event came, on streams that other people's clients may write to with a public write key."""

from collections.abc import Collection
from typing import Final

import polars as pl

from schemas.shared.columns import Column

TOKEN: Final = "token"
"""What is asked for by this name has no source."""
CMCD: Final = "cmcd"
SEGMENT: Final = "segment"
SOURCES: Final = (TOKEN, CMCD, SEGMENT)
"""What rows can be asked for by."""

SOURCE_COLUMN = Column(
    "source", pl.String, f"Protocol of the client that sent it: {CMCD} or {SEGMENT}; null where a token was shown."
)
INGEST_KEY_COLUMN = Column(
    "ingest_key", pl.String, "Id of the public write key that it came with; null where a token was shown."
)
ORIGIN_COLUMNS = (SOURCE_COLUMN, INGEST_KEY_COLUMN)
"""What the head of a message says of it; no client can in a body."""


def came_by(sources: Collection[str]) -> pl.Expr:
    """Whether a row with SOURCE_COLUMN came by one of these SOURCES."""
    return pl.col(SOURCE_COLUMN.name).fill_null(TOKEN).is_in(list(sources))
