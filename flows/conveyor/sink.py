"""The tables as a Bytewax sink: an epoch's batches become one commit per table when the epoch closes, or before that
as soon as enough of them wait.

Delivery: exactly once. The primary table's commit carries the offsets; whatever dies before it is read again.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Protocol

import polars as pl
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from flows.conveyor.batch import Batch, EndOffsets
from flows.conveyor.items import added

COMMIT_ROWS = 72_000
COMMIT_BYTES = 32 * 2**20
"""Of so many rows or bytes a commit is made at once: to write them takes some times their memory."""
COMMIT_SECONDS = 2.0
"""While a backlog is read, a smaller commit waits so long; once the flow has caught up, for the epoch's end."""


class Tables(Protocol):
    """What this needs of a `sinks.DeltaSink`."""

    def commit(
        self, rows: Mapping[str, pl.DataFrame], next_offsets: Mapping[int, int], passed: Mapping[int, int]
    ) -> object:
        """Write all of it, exactly once."""
        ...


Reduce = Callable[[pl.DataFrame], pl.DataFrame]


class Report(Protocol):
    """Who is told how far the flow is."""

    def progress(self, progress: "Progress") -> None:
        """An epoch has closed."""
        ...

    def committed(self, batches: Sequence[Batch]) -> None:
        """These batches are in the tables."""
        ...


class Progress:
    """Where a flow stands: its committed offsets and until when everything accepted is in the tables."""

    def __init__(self, next_offsets: Mapping[int, int]) -> None:
        self.next_offsets = dict(next_offsets)
        self.as_of: dict[int, int] = {}
        self.ends: Mapping[int, int] = {}
        self._samples: deque[EndOffsets] = deque(maxlen=4096)

    def sampled(self, ends: EndOffsets) -> None:
        """Remember where the log ended at a moment."""
        self.ends = ends.offsets
        self._samples.append(ends)

    def committed(self, next_offsets: Mapping[int, int]) -> None:
        """Offsets below these are in the tables; samples they pass move the watermark, back if the clock went back."""
        self.next_offsets.update(next_offsets)
        for sample in self._samples:
            for partition, end in sample.offsets.items():
                if self.next_offsets.get(partition, 0) >= end:
                    self.as_of[partition] = sample.at
        self._drop_passed()

    def _drop_passed(self) -> None:
        while self._samples and self._passed(self._samples[0]):
            self._samples.popleft()

    def _passed(self, sample: EndOffsets) -> bool:
        return all(self.next_offsets.get(partition, 0) >= end for partition, end in sample.offsets.items())

    @property
    def caught_up(self) -> bool:
        """Whether all that was on the log at the last sample is committed."""
        return self.lag == 0

    @property
    def lag(self) -> int:
        """Messages on the log that are not committed, as of the last sample."""
        return sum(max(0, end - self.next_offsets.get(partition, 0)) for partition, end in self.ends.items())


class TablesPartition(StatefulSinkPartition[Batch, None]):
    """Collects batches and commits them: what is small at an epoch's end, what is large at once."""

    def __init__(
        self,
        tables: Tables,
        primary: str,
        progress: Progress,
        replay: Mapping[int, int],
        reduces: Mapping[str, Reduce],
        report: Report,
        stopping: Callable[[], bool],
    ) -> None:
        self._tables = tables
        self._primary = primary
        self._progress = progress
        self._replay = dict(replay)
        self._reduces = reduces
        self._report = report
        self._stopping = stopping
        self._pending: list[Batch] = []
        self._since = time.monotonic()

    def write_batch(self, values: list[Batch]) -> None:
        """Keep the batches until the epoch closes, or as many of them wait as one commit takes."""
        for batch in values:
            if batch.ends is not None:
                self._progress.sampled(batch.ends)
            if batch.next_offsets:
                self._since = self._since if self._pending else time.monotonic()
                # the records may be large, and every step has had them
                self._pending.append(replace(batch, records=None))
        if self._pending and self._full() and not self._replaying():
            self.commit()

    def snapshot(self) -> None:
        """The epoch closes: commit if it is time, and say how far we are."""
        if self._pending and self._due():
            self.commit()
        self._progress.committed({})
        self._report.progress(self._progress)

    def close(self) -> None:
        """What is pending was not acknowledged to anyone; the next start reads it again."""

    def commit(self) -> None:
        """One commit per table, the primary last."""
        next_offsets = _latest(self._pending)
        passed = reduce(added, (batch.passed for batch in self._pending))
        self._tables.commit(self._rows(), next_offsets, passed)
        self._report.committed(self._pending)
        self._pending = []
        self._replay = {}
        self._progress.committed(next_offsets)

    def _due(self) -> bool:
        if self._replaying():
            return False
        waiting = _latest(self._pending)
        caught_up = all(
            waiting.get(p, self._progress.next_offsets.get(p, 0)) >= end for p, end in self._progress.ends.items()
        )
        return caught_up or self._stopping() or time.monotonic() - self._since >= COMMIT_SECONDS

    def _replaying(self) -> bool:
        """Whether some of what a table has already is still to come: it is decided as a whole."""
        waiting = _latest(self._pending)
        return any(waiting.get(partition, 0) < end for partition, end in self._replay.items())

    def _full(self) -> bool:
        """Whether as much waits as one commit takes."""
        rows = sum(batch.rows.height for batch in self._pending)
        return rows >= COMMIT_ROWS or sum(batch.bytes() for batch in self._pending) >= COMMIT_BYTES

    def _rows(self) -> dict[str, pl.DataFrame]:
        """The rows for each table; what landed before a crash is not written again."""
        found: dict[str, list[pl.DataFrame]] = {self._primary: []}
        for batch in self._pending:
            found[self._primary].append(batch.rows)
            for table, rows in batch.tables.items():
                if table not in batch.landed:
                    found.setdefault(table, []).append(rows)
        return {table: self._reduced(table, frames) for table, frames in found.items()}

    def _reduced(self, table: str, frames: list[pl.DataFrame]) -> pl.DataFrame:
        rows = pl.concat([frame for frame in frames if frame.width] or [pl.DataFrame()], how="diagonal", rechunk=True)
        return self._reduces[table](rows) if table in self._reduces else rows


class TablesSink(FixedPartitionedSink[Batch, None]):
    """One Bytewax partition: this process's tables."""

    def __init__(self, build: Callable[[], TablesPartition]) -> None:
        self._build = build

    def list_parts(self) -> list[str]:
        """The one share."""
        return ["share"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> TablesPartition:
        """The partition, with the offsets that the tables hold."""
        return self._build()


def _latest(batches: list[Batch]) -> dict[int, int]:
    latest: dict[int, int] = {}
    for batch in batches:
        latest.update(batch.next_offsets)
    return latest
