"""Failure as data: rows of the dead-letter table, one constructor a stage."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.envelope import SCHEMA_VERSION

OWNERS = ("tenant", "subject", "event_id")
CONFLICTING = (*OWNERS, "index")
"""What of an event is looked at where its id came before with another payload; `index` is its item's."""


def undecodable(stream: str, letters: pl.DataFrame, details: Sequence[str], now: datetime) -> pl.DataFrame:
    """Items that are no event of this stream (`Items.letters`); nothing of them is known but their bytes."""
    frame = letters.with_columns(pl.Series("detail", details, dtype=pl.String))
    return _letters(frame, stream, "decode", "undecodable", now)


def conflicting(stream: str, rows: pl.DataFrame, letters: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Events whose id came before with another payload; they do not overwrite."""
    frame = rows.select(OWNERS).hstack(letters)
    frame = frame.with_columns(pl.lit("the same event_id came with another payload").alias("detail"))
    return _letters(frame, stream, "repeats", "event_id_conflict", now)


def _letters(frame: pl.DataFrame, stream: str, stage: str, reason: str, now: datetime) -> pl.DataFrame:
    filled = frame.with_columns(
        stream=pl.lit(stream),
        stage=pl.lit(stage),
        reason=pl.lit(reason),
        schema_version=pl.lit(SCHEMA_VERSION, pl.Int64),
        failed_at=pl.lit(now).cast(DEAD_LETTERS.schema["failed_at"]),
        received_date=pl.lit(now.date()),
    )
    missing = [
        pl.lit(None, dtype).alias(name) for name, dtype in DEAD_LETTERS.schema.items() if name not in filled.columns
    ]
    return filled.with_columns(missing).select(DEAD_LETTERS.schema.names())
