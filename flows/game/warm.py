"""Compiles what looks through bodies of game clients, and lays out samples, ahead of the first start."""

from datetime import UTC, datetime

import polars as pl

from schemas.game import items
from schemas.game.events import REALTIME
from schemas.shared.columns import TIMESTAMP
from sinks.game.parts import samples_of, whole

AT = datetime(2026, 1, 1, tzinfo=UTC)


def compile_ahead() -> None:
    """Looks through one body in every way, and lays out one sample."""
    items.compile_ahead()
    samples_of(whole(_trajectory()))


def _trajectory() -> pl.DataFrame:
    """One, as the steps before the flow's own leave it."""
    return pl.DataFrame(
        {"event_type": [REALTIME], "occurred_at": [AT], "timestamp_end": [AT], "positions": [[0.0, 0.0, 0.0]]},
        schema_overrides={"occurred_at": TIMESTAMP, "timestamp_end": TIMESTAMP, "positions": pl.List(pl.Float32)},
    )
