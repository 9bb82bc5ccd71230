"""One effect per event id: repeats are counted and dropped, an id with another payload goes to the dead letters."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl

from flows.conveyor.batch import Batch
from flows.conveyor.items import Items
from flows.conveyor.seen_index import CONFLICT, NEW, REPEAT, RUN_IDS, Keys, SeenIndex, Verdicts
from flows.steps.dead_letters import CONFLICTING, conflicting
from flows.steps.suppress import COUNTED, suppressed

_HASHED = (
    pl.col("event_id").hash(1).alias("event"),
    pl.coalesce("session_id", "subject").hash(2).alias("session"),
    pl.col("tenant").hash(3).alias("tenant"),
)
_JUDGED = (*_HASHED, pl.col("payload_digest"), pl.col("received_at").dt.epoch("s").alias("seconds"))


class Repeats:
    """The step, over an index that is rebuilt from the primary table when the flow starts."""

    def __init__(self, stream: str, index: SeenIndex, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._index = index
        self._clock = clock

    def remember(self, rows: pl.LazyFrame) -> None:
        """Take in rows of the primary table: their texts are hashed as they are read, and never all in memory."""
        for some in rows.select(_JUDGED).collect(engine="streaming").iter_slices(RUN_IDS):
            self._judged(some)

    def __call__(self, batch: Batch) -> Batch:
        """Only the rows whose id is new."""
        if batch.rows.is_empty():
            return batch
        verdicts = self._judge(batch.rows)
        if (verdicts == NEW).all():
            return batch
        new = batch.rows.filter(verdicts == NEW)
        repeats = batch.rows.select(COUNTED).filter(verdicts == REPEAT)
        conflicts = batch.rows.select(CONFLICTING).filter(verdicts == CONFLICT)
        return (
            batch.with_rows(new)
            .adding("suppressed", suppressed(self._stream, repeats, "duplicate"))
            .adding("dead_letters", self._dead(conflicts, batch.items))
        )

    def _judge(self, rows: pl.DataFrame) -> pl.Series:
        return pl.Series("verdict", self._judged(rows.select(_JUDGED)))

    def _judged(self, rows: pl.DataFrame) -> Verdicts:
        return self._index.judge(mixed(rows), rows["payload_digest"].to_numpy(), rows["seconds"].to_numpy())

    def _dead(self, conflicts: pl.DataFrame, items: Items) -> pl.DataFrame:
        return conflicting(self._stream, conflicts, items.letters(conflicts["index"].to_list()), self._clock())


def mixed(hashed: pl.DataFrame) -> Keys:
    """64-bit hashes of (tenant, message key, event_id), equal within one process only."""
    event, session, tenant = (hashed[name].to_numpy() for name in ("event", "session", "tenant"))
    keys: Keys = event ^ (session * np.uint64(0x9E3779B97F4A7C15)) ^ (tenant * np.uint64(0xC2B2AE3D27D4EB4F))
    return keys
