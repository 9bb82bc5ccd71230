"""Decides again, at event time, what the consent given lets through."""

from typing import Protocol

import polars as pl

from flows.conveyor.batch import Batch
from flows.steps.suppress import suppressed
from schemas.shared.consent_rules import effective_level
from schemas.shared.stream import Stream


class ConsentRecords(Protocol):
    """The newest consent record per person, as far as the `consent` stream was read."""

    def levels(self, rows: pl.DataFrame) -> pl.Series:
        """The recorded level in force at each row's occurred_at, null where there is no record."""
        ...


class NoRecords:
    """No consent stream yet: the stamped level decides."""

    def levels(self, rows: pl.DataFrame) -> pl.Series:
        """Null for every row."""
        return pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)


class Consent:
    """The step: rows whose effective level is too low leave the batch and are counted."""

    def __init__(self, stream: Stream, records: ConsentRecords) -> None:
        self._stream = stream
        self._records = records

    def __call__(self, batch: Batch) -> Batch:
        """Stamp the decision on every row and keep what it lets through."""
        if batch.rows.is_empty():
            return batch
        recorded = self._records.levels(batch.rows).alias("recorded")
        stamped = pl.col("consent_level")
        lowered = pl.col("recorded") < stamped
        decided = batch.rows.with_columns(recorded).with_columns(
            consent_level=effective_level(stamped, pl.col("recorded")),
            consent_source=pl.when(lowered).then(pl.lit("record")).otherwise("consent_source"),
            decision_reason=pl.when(lowered).then(pl.lit("a newer record lowers the level")),
        )
        allowed = decided["consent_level"] >= self._stream.consent_level
        if allowed.all():
            return batch.with_rows(decided.drop("recorded"))
        kept, dropped = decided.filter(allowed), decided.filter(~allowed)
        return batch.with_rows(kept.drop("recorded")).adding(
            "suppressed", suppressed(self._stream.name, dropped, "consent")
        )
