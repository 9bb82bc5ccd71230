"""Drops what an erased person did before the erasure, however late it comes, and counts it."""

import time
from collections.abc import Callable

import polars as pl
import structlog

from control.faults import ControlUnavailable
from control.tombstones import Tombstone, Tombstones
from flows.conveyor.batch import Batch
from flows.steps.suppress import suppressed
from schemas.shared.columns import TIMESTAMP

LOOK_SECONDS = 1.0
"""Between two looks for new tombstones; what comes into the tables meanwhile, the erasure itself removes."""

_SCHEMA = pl.Schema([("tenant", pl.String()), ("subject", pl.String()), ("erased_at", TIMESTAMP)])
_log = structlog.get_logger()


class Erased:
    """The step: rows older than their person's newest tombstone leave the batch."""

    def __init__(self, stream: str, stones: Tombstones, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._stones = stones
        self._monotonic = monotonic
        self._known = pl.DataFrame(schema=_SCHEMA)
        self._number = 0
        self._due = 0.0

    def __call__(self, batch: Batch) -> Batch:
        """Only the rows of people who were not erased since."""
        if batch.rows.is_empty():
            return batch
        self._look()
        if self._known.is_empty():
            return batch
        rows = batch.rows.join(self._known, on=["tenant", "subject"], how="left", maintain_order="left")
        erased = (pl.min_horizontal("occurred_at", "received_at") < pl.col("erased_at")).fill_null(False)
        kept, dropped = rows.filter(~erased), rows.filter(erased)
        return batch.with_rows(kept.drop("erased_at")).adding("suppressed", suppressed(self._stream, dropped, "erased"))

    def _look(self) -> None:
        """Learn of new tombstones; while control is away, what is known counts."""
        if self._monotonic() < self._due:
            return
        try:
            self._learn(self._stones.after(self._number))
        except ControlUnavailable as error:
            _log.warning("tombstones not read; the known ones count", flow=self._stream, reason=str(error))
        self._due = self._monotonic() + LOOK_SECONDS

    def _learn(self, new: list[Tombstone]) -> None:
        if not new:
            return
        rows = [(stone.tenant, stone.subject, stone.erased_at) for stone in new]
        joined = pl.concat([self._known, pl.DataFrame(rows, schema=_SCHEMA, orient="row")])
        self._known = joined.group_by("tenant", "subject").agg(pl.col("erased_at").max())
        self._number = new[-1].number
