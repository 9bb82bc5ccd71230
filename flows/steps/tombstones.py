"""Drops what an erased person did before the erasure, however late it comes, and counts it.

Of a session that was erased everything is dropped: what is made of it may say that it is from later. So is everything
that came with a write key that was purged, whoever it is of.
"""

import time
from collections.abc import Callable

import polars as pl
import structlog

from control.faults import ControlUnavailable
from control.tombstones import Tombstone, Tombstones
from flows.conveyor.batch import Batch
from flows.steps.suppress import suppressed
from schemas.shared.columns import TIMESTAMP
from schemas.shared.scopes import INGEST_KEY, PROJECT, SESSION, reach_of

LOOK_SECONDS = 1.0
"""Between two looks for new tombstones; what comes into the tables meanwhile, the erasure itself removes."""

PERSON = ("tenant", "subject")

_SCHEMA = pl.Schema(
    {
        "tenant": pl.String(),
        "subject": pl.String(),
        "within": pl.String(),
        "of": pl.String(),
        "erased_at": TIMESTAMP,
        "number": pl.Int64(),
    }
)
"""`within` and `of` are the two of a Reach."""
_log = structlog.get_logger()


class Erased:
    """The step: rows older than their person's newest tombstone leave the batch, and those of erased sessions."""

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
        purged = self._purged(batch.rows)
        batch = self._without(batch, purged, "purged") if purged.any() else batch
        return self._without(batch, self.of(batch.rows), "erased")

    def _without(self, batch: Batch, drops: pl.Series, reason: str) -> Batch:
        kept, dropped = batch.rows.filter(~drops), batch.rows.filter(drops)
        return batch.with_rows(kept).adding("suppressed", suppressed(self._stream, dropped, reason))

    @property
    def number(self) -> int:
        """Of the newest tombstone that is known, 0 before the first."""
        return int(self._known["number"].max() or 0)  # type: ignore[arg-type]

    def people(self, number: int) -> pl.DataFrame:
        """Whose tombstones are newer than that one: PERSON."""
        return self._known.filter(pl.col("number") > number).select(PERSON).unique()

    def purges_since(self, number: int) -> bool:
        """Whether any tombstone of a write key is newer than that one."""
        return not self._known.filter(pl.col("number") > number, pl.col("within") == INGEST_KEY).is_empty()

    def of(self, rows: pl.DataFrame) -> pl.Series:
        """Which rows are erased by what is known.

        They have PERSON, occurred_at, received_at, and PROJECT, SESSION and INGEST_KEY where they are of any.
        """
        at = [self._newest(rows, column) for column in ("", PROJECT) if column in {"", *rows.columns}]
        moment = pl.min_horizontal("occurred_at", "received_at")
        erased = rows.select((moment < pl.max_horizontal(at)).fill_null(value=False)).to_series()
        erased |= self._purged(rows)
        return erased | self._newest(rows, SESSION).is_not_null() if SESSION in rows.columns else erased

    def _purged(self, rows: pl.DataFrame) -> pl.Series:
        """Which rows came with a write key that was purged."""
        keys = self._known.filter(pl.col("within") == INGEST_KEY).select("tenant", pl.col("of").alias(INGEST_KEY))
        if keys.is_empty() or INGEST_KEY not in rows.columns:
            return pl.repeat(value=False, n=rows.height, eager=True)
        named = rows.select("tenant", INGEST_KEY).join(
            keys.with_columns(purged=True), on=["tenant", INGEST_KEY], how="left", maintain_order="left"
        )
        return named["purged"].fill_null(value=False)

    def _newest(self, rows: pl.DataFrame, within: str) -> pl.Series:
        """When what each row is of was erased last: its person, or within that column; null where it never was."""
        key = [*PERSON, within] if within else [*PERSON]
        known = self._known.filter(pl.col("within") == within).rename({"of": within} if within else {})
        newest = known.group_by(key).agg(pl.col("erased_at").max())
        return rows.select(key).join(newest, on=key, how="left", maintain_order="left")["erased_at"]

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
        rows = [(stone.tenant, stone.subject, *reach_of(stone.scope), stone.erased_at, stone.number) for stone in new]
        joined = pl.concat([self._known, pl.DataFrame(rows, schema=_SCHEMA, orient="row")])
        self._known = joined.group_by(*PERSON, "within", "of").agg(pl.col("erased_at", "number").max())
