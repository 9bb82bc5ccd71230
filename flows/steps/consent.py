"""Decides again, at event time, what the consent given lets through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import polars as pl
import structlog
from numpy.typing import NDArray
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_fixed

from control.consent_decisions import ConsentDecisions, Decided
from control.faults import ControlUnavailable
from event_log.faults import LogUnavailable
from flows.conveyor.batch import Batch
from flows.conveyor.known import KnownRecords
from flows.steps.suppress import suppressed
from schemas.shared.consent_rules import LOWERED, effective_level
from schemas.shared.stream import Stream

WAIT_SECONDS = 0.5

_log = structlog.get_logger()


class ConsentRecords(Protocol):
    """Everybody's consent records, for all flows of a process; may be used from many threads."""

    def newest(self) -> KnownRecords:
        """All that anybody had been answered for when this was called.

        Raises:
            LogUnavailable: nobody can say what they are.
        """
        ...

    def close(self) -> None:
        """Let go of the log."""
        ...


class Consent:
    """The step: rows whose effective level is too low leave the batch and are counted.

    What a table has from a commit that was cut off is decided as it was then, so that all tables agree; what newer
    records forbid of it is taken out of the tables afterwards, like all that was stored before they came.
    `committed` says where the primary table stands. While log or control do not answer, nothing is decided: the step
    waits for them, until it is told to stop.
    """

    def __init__(
        self,
        stream: Stream,
        records: ConsentRecords,
        decisions: ConsentDecisions,
        committed: Callable[[], Mapping[int, int]],
        stopping: Callable[[], bool],
    ) -> None:
        self._patient = Retrying(
            retry=retry_if_exception_type((LogUnavailable, ControlUnavailable)),
            wait=wait_fixed(WAIT_SECONDS),
            stop=lambda _: stopping(),
            before_sleep=_told,
            reraise=True,
        )
        self._stream = stream
        self._records = records
        self._decisions = decisions
        self._committed = committed
        self._noted: dict[int, Mapping[int, int]] = {}
        self._earlier: Mapping[int, Sequence[Decided]] | None = None

    def __call__(self, batch: Batch) -> Batch:
        """Stamp the decision on every row and keep what it lets through."""
        if batch.rows.is_empty() and batch.again.is_empty():
            return batch
        records = self._patient(self._records.newest)
        batch = replace(batch, records=records)
        if batch.rows.is_empty():
            return batch
        recorded = self._again(batch.rows, records) if batch.landed else self._now(batch, records)
        stamped = pl.col("consent_level")
        lowered = pl.col("recorded") < stamped
        decided = batch.rows.with_columns(recorded.alias("recorded")).with_columns(
            consent_level=effective_level(stamped, pl.col("recorded")),
            consent_source=pl.when(lowered).then(pl.lit("record")).otherwise("consent_source"),
            decision_reason=pl.when(lowered).then(pl.lit(LOWERED)),
        )
        allowed = decided["consent_level"] >= self._stream.consent_level
        if allowed.all():
            return batch.with_rows(decided.drop("recorded"))
        kept, dropped = decided.filter(allowed), decided.filter(~allowed)
        return batch.with_rows(kept.drop("recorded")).adding(
            "suppressed", suppressed(self._stream.name, dropped, "consent")
        )

    def _now(self, batch: Batch, records: KnownRecords) -> pl.Series:
        """By all records there are, noted before anything of it can be stored."""
        known = records.known
        if known and any(self._noted.get(partition) != known for partition in batch.next_offsets):
            self._note(batch.rows, known)
        return records.levels(batch.rows)

    def _note(self, rows: pl.DataFrame, known: Mapping[int, int]) -> None:
        firsts = dict(rows.group_by("log_partition").agg(pl.col("log_offset").min()).iter_rows())
        starts = {partition: offset for partition, offset in firsts.items() if self._noted.get(partition) != known}
        if starts:
            self._patient(self._decisions.note, self._stream.name, starts, known, self._committed())
            self._noted.update(dict.fromkeys(starts, known))

    def _again(self, rows: pl.DataFrame, records: KnownRecords) -> pl.Series:
        """By the records that were known the first time."""
        if self._earlier is None:
            self._earlier = self._patient(self._decisions.read, self._stream.name)
        places = rows.select("log_partition", "log_offset").with_row_index("row")
        levels = np.full(rows.height, -1, np.int64)
        for (partition,), mine in places.group_by("log_partition"):
            noted = self._earlier.get(int(str(partition)), [])
            begun = np.searchsorted([each.from_offset for each in noted], mine["log_offset"].to_numpy(), "right")
            for number in np.unique(begun[begun > 0]).tolist():
                chosen = mine["row"].to_numpy()[begun == number]
                found = records.below(noted[number - 1].known).levels(rows[chosen])
                levels[chosen] = found.fill_null(-1).to_numpy()
        return or_null(levels)


def or_null(levels: NDArray[np.int64]) -> pl.Series:
    """The levels, null where they are -1: where there is no record."""
    return pl.DataFrame({"level": levels}).select(pl.when(pl.col("level") >= 0).then("level")).to_series()


def _told(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    _log.warning("consent not known; the flow waits", reason=str(error))
