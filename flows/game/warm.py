"""Compiles what looks through bodies of game clients, and lays out samples, ahead of the first start."""

from datetime import UTC, datetime

import polars as pl

from schemas.game.events import REALTIME
from schemas.game.items import items_of, numbers_of, place_of
from schemas.game.scan import scanned
from schemas.shared.columns import TIMESTAMP
from sinks.game.parts import samples_of, whole

BODY = b"\x81\xa9positions\x91\x01"
"""An item with one position."""

AT = datetime(2026, 1, 1, tzinfo=UTC)


def compile_ahead() -> None:
    """Looks through one body in every way, and lays out one sample."""
    scanned(BODY)
    items_of(BODY, 1)
    numbers_of(BODY[-2:])
    place_of(BODY, len(BODY) - 1)
    samples_of(whole(_trajectory()))


def _trajectory() -> pl.DataFrame:
    """One, as the steps before the flow's own leave it."""
    return pl.DataFrame(
        {"event_type": [REALTIME], "occurred_at": [AT], "timestamp_end": [AT], "positions": [[0.0, 0.0, 0.0]]},
        schema_overrides={"occurred_at": TIMESTAMP, "timestamp_end": TIMESTAMP, "positions": pl.List(pl.Float32)},
    )
