"""Each stored event gets its place in its session, in the order of the log: from 1, and never another one later.

A session lies on one partition, so one process counts it. How far that is it remembers; of a session that it does not
know, the primary table says it, which has everything below the offset where reading began. A session that began later
than every session of the table, and than every one that was forgotten here, is new: nothing is looked up for it.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple, TypeAlias

import polars as pl

from flows.conveyor.batch import Batch
from flows.steps.standard import Steps
from schemas.capture.events import EVENTS, POSITION_COLUMN
from schemas.capture.tables import STARTED_COLUMN

MOST_SESSIONS: Final = 100_000
"""Sessions that are remembered, some 400 bytes each; beyond, those that have rested longest are forgotten."""

BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)

SESSION: Final = ("tenant", "session_id")
POSITION: Final = POSITION_COLUMN.name
STARTED: Final = STARTED_COLUMN.name

Session: TypeAlias = tuple[str, str]
Scan: TypeAlias = Callable[[], pl.LazyFrame]
"""The primary table at its newest version."""
Committed: TypeAlias = Callable[[], Mapping[int, int]]
"""Where the primary table stands, by partition."""


class Counted(NamedTuple):
    """How many events a session has, where the last one lies on the log, and when the session began."""

    events: int
    partition: int
    offset: int
    started: datetime


class Positions:
    """The step; `newest` is when the youngest session of the table began."""

    def __init__(self, scan: Scan, committed: Committed, newest: datetime | None, most: int = MOST_SESSIONS) -> None:
        self._scan = scan
        self._committed = committed
        self._looked_up_until = newest or BEFORE_ALL
        self._most = most
        self._sessions: OrderedDict[Session, Counted] = OrderedDict()

    def __len__(self) -> int:
        """Sessions that are remembered."""
        return len(self._sessions)

    def __call__(self, batch: Batch) -> Batch:
        """The same events with their positions."""
        if batch.rows.is_empty():
            return batch
        brought = _brought(batch.rows)
        before = self._before(brought)
        self._remember(brought, before)
        bases = brought.select(SESSION).with_columns(before=pl.Series(before, dtype=pl.Int64))
        within = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(SESSION)
        rows = batch.rows.join(bases, on=SESSION, how="left", nulls_equal=True, maintain_order="left")
        return batch.with_rows(rows.with_columns((pl.col("before") + within).alias(POSITION)).drop("before"))

    def _before(self, brought: pl.DataFrame) -> list[int]:
        """How many events each session had before this batch."""
        sessions = list(brought.select(SESSION).iter_rows())
        known = [self._sessions.get(session) for session in sessions]
        strange = brought.filter(
            pl.Series([counted is None for counted in known]), pl.col(STARTED) <= self._looked_up_until
        )
        stored = self._stored(strange)
        return [
            stored.get(session, 0) if counted is None else counted.events
            for session, counted in zip(sessions, known, strict=True)
        ]

    def _stored(self, strange: pl.DataFrame) -> Mapping[Session, int]:
        """How many the table has of sessions that are not remembered; one scan for all of them."""
        if strange.is_empty():
            return {}
        near = [pl.col(name).is_in(strange[name].unique().implode()) for name in SESSION]
        found = self._scan().filter(*near).group_by(SESSION).agg(pl.col(POSITION).max()).collect()
        return {(tenant, session): position for tenant, session, position in found.iter_rows()}

    def _remember(self, brought: pl.DataFrame, before: Sequence[int]) -> None:
        for (tenant, session, events, partition, offset, started), count in zip(
            brought.iter_rows(), before, strict=True
        ):
            self._sessions[tenant, session] = Counted(count + events, partition, offset, started)
            self._sessions.move_to_end((tenant, session))
        self._forget()

    def _forget(self) -> None:
        """Those that have rested longest, as far as the table has all of them."""
        committed = self._committed()
        while len(self._sessions) > self._most:
            session, counted = next(iter(self._sessions.items()))
            if counted.offset >= committed.get(counted.partition, 0):
                return
            del self._sessions[session]
            self._looked_up_until = max(self._looked_up_until, counted.started)


def positions(steps: Steps) -> Positions:
    """The step of a flow that starts now."""
    scan = partial(steps.tables.scan, EVENTS.primary.name)
    return Positions(scan, steps.committed, newest_start(scan(), list(steps.start.begin)))


def _brought(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a session of the batch: its events here, its last one's place on the log, when it began."""
    last = pl.col("log_partition", "log_offset").last()
    return rows.group_by(SESSION, maintain_order=True).agg(pl.len().cast(pl.Int64), last, pl.col(STARTED).first())


def newest_start(table: pl.LazyFrame, partitions: Sequence[int]) -> datetime | None:
    """When the youngest session began of those that the table has on these partitions; None where it has none."""
    ours = pl.col("log_partition").is_in(partitions)
    # streaming: the table has a year of rows
    newest: datetime | None = table.filter(ours).select(pl.col(STARTED).max()).collect(engine="streaming").item()
    return newest
