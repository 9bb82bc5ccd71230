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

PERSON = ("tenant", "subject")
PROJECT = "project_id"
"""The column that an erasure of one project goes by; what has none is no project's."""

_SCHEMA = pl.Schema(
    {"tenant": pl.String(), "subject": pl.String(), PROJECT: pl.String(), "erased_at": TIMESTAMP, "number": pl.Int64()}
)
_log = structlog.get_logger()


class Erased:
    """The step: rows older than their person's newest tombstone leave the batch."""

    def __init__(self, stream: str, stones: Tombstones, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._stones = stones
        self._monotonic = monotonic
        self._known = pl.DataFrame(schema=_SCHEMA)
        self._due = 0.0

    def __call__(self, batch: Batch) -> Batch:
        """Only the rows of people who were not erased since."""
        if batch.rows.is_empty() and batch.again.is_empty():
            return batch
        self._look()
        if self._known.is_empty() or batch.rows.is_empty():
            return batch
        erased = self.of(batch.rows)
        kept, dropped = batch.rows.filter(~erased), batch.rows.filter(erased)
        return batch.with_rows(kept).adding("suppressed", suppressed(self._stream, dropped, "erased"))

    @property
    def number(self) -> int:
        """Of the newest tombstone that is known, 0 before the first."""
        return int(self._known["number"].max() or 0)  # type: ignore[arg-type]

    def people(self, number: int) -> pl.DataFrame:
        """Whose tombstones are newer than that one: PERSON."""
        return self._known.filter(pl.col("number") > number).select(PERSON).unique()

    def of(self, rows: pl.DataFrame) -> pl.Series:
        """Which rows are erased by what is known; they have PERSON, occurred_at, received_at, and maybe PROJECT."""
        whole, within = self._known.filter(pl.col(PROJECT) == ""), self._known.filter(pl.col(PROJECT) != "")
        at = [_newest(rows, whole, PERSON)]
        if PROJECT in rows.columns:
            at.append(_newest(rows, within, (*PERSON, PROJECT)))
        moment = pl.min_horizontal("occurred_at", "received_at")
        return rows.select((moment < pl.max_horizontal(at)).fill_null(value=False)).to_series()

    def _look(self) -> None:
        """Learn of new tombstones; while control is away, what is known counts."""
        if self._monotonic() < self._due:
            return
        try:
            self._learn(self._stones.after(self.number))
        except ControlUnavailable as error:
            _log.warning("tombstones not read; the known ones count", flow=self._stream, reason=str(error))
        self._due = self._monotonic() + LOOK_SECONDS

    def _learn(self, new: list[Tombstone]) -> None:
        rows = [(stone.tenant, stone.subject, stone.scope, stone.erased_at, stone.number) for stone in new]
        joined = pl.concat([self._known, pl.DataFrame(rows, schema=_SCHEMA, orient="row")])
        self._known = joined.group_by(*PERSON, PROJECT).agg(pl.col("erased_at", "number").max())


def _newest(rows: pl.DataFrame, known: pl.DataFrame, key: tuple[str, ...]) -> pl.Series:
    """When each row's person was erased last, null where they never were."""
    newest = known.group_by(key).agg(pl.col("erased_at").max())
    return rows.select(key).join(newest, on=key, how="left", maintain_order="left")["erased_at"]
