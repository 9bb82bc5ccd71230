"""By which door an event came, on streams that other people's clients may write to with a public write key."""

from typing import Final

import polars as pl

from schemas.shared.columns import Column

CMCD: Final = "cmcd"
SEGMENT: Final = "segment"

SOURCE_COLUMN = Column(
    "source", pl.String, f"Protocol of the client that sent it: {CMCD} or {SEGMENT}; null where a token was shown."
)
INGEST_KEY_COLUMN = Column(
    "ingest_key", pl.String, "Id of the public write key that it came with; null where a token was shown."
)
ORIGIN_COLUMNS = (SOURCE_COLUMN, INGEST_KEY_COLUMN)
"""What the head of a message says of it; no client can in a body."""
