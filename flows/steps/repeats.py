"""One effect per event id: repeats are counted and dropped, an id with another payload goes to the dead letters."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl

from flows.conveyor.batch import Batch
from flows.conveyor.items import Items
from flows.conveyor.seen_index import CONFLICT, NEW, REPEAT, Keys, SeenIndex
from flows.steps.dead_letters import conflicting
from flows.steps.suppress import suppressed

KEY_COLUMNS = ("tenant", "session_id", "subject", "event_id", "payload_digest", "received_at")
"""What `Repeats.remember` needs of the primary table's rows."""


class Repeats:
    """The step, over an index that is rebuilt from the primary table when the flow starts."""

    def __init__(self, stream: str, index: SeenIndex, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._index = index
        self._clock = clock

    def remember(self, rows: pl.DataFrame) -> None:
        """Take in rows of the primary table (KEY_COLUMNS), oldest first."""
        self._judge(rows)

    def __call__(self, batch: Batch) -> Batch:
        """Only the rows whose id is new."""
        if batch.rows.is_empty():
            return batch
        rows = batch.rows.with_columns(verdict=self._judge(batch.rows))
        new = rows.filter(pl.col("verdict") == NEW).drop("verdict")
        if new.height == rows.height:
            return batch
        repeats, conflicts = rows.filter(pl.col("verdict") == REPEAT), rows.filter(pl.col("verdict") == CONFLICT)
        return (
            batch.with_rows(new)
            .adding("suppressed", suppressed(self._stream, repeats, "duplicate"))
            .adding("dead_letters", self._dead(conflicts, batch.items))
        )

    def _judge(self, rows: pl.DataFrame) -> pl.Series:
        digests = rows["payload_digest"].to_numpy()
        seconds = rows["received_at"].dt.epoch("s").to_numpy()
        return pl.Series("verdict", self._index.judge(identities(rows), digests, seconds))

    def _dead(self, conflicts: pl.DataFrame, items: Items) -> pl.DataFrame:
        return conflicting(self._stream, conflicts, items.letters(conflicts["index"].to_list()), self._clock())


def identities(rows: pl.DataFrame) -> Keys:
    """64-bit hashes of (tenant, message key, event_id), equal within one process only."""
    hashed = rows.select(
        event=pl.col("event_id").hash(1),
        session=pl.coalesce("session_id", "subject").hash(2),
        tenant=pl.col("tenant").hash(3),
    )
    event, session, tenant = (hashed[name].to_numpy() for name in ("event", "session", "tenant"))
    mixed: Keys = event ^ (session * np.uint64(0x9E3779B97F4A7C15)) ^ (tenant * np.uint64(0xC2B2AE3D27D4EB4F))
    return mixed
