"""Rows → Delta tables, exactly once: every commit carries the log's next offsets as application transactions.

Delivery: exactly once per (flow, partition, offset). The primary table commits last and says where to start; what
another table has beyond it is not written to that table again (the caller leaves it out). A second owner of the same
partitions is fenced: its commit contradicts the version this sink last saw.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from schemas.shared.columns import Table
from sinks.data_file import added, parts
from sinks.faults import Fenced, TablesUnavailable, translated
from sinks.location import Location
from sinks.opened import OpenTable, OpenTables
from sinks.options import SinkOptions
from sinks.passed import application, items_application, items_passed, offsets_passed
from sinks.table import CHECKPOINT_EVERY, shaped, widened
from sinks.table_log import prune

# As many as one commit has: it is settling and compaction that order a day's rows for readers.
_ROW_GROUP = 128 * 1024
_COMMIT_ID = "commitId"
# Appends that pass each other are tried again inside Delta, by number: with four writers 15 are too few.
_DELTA_RETRIES = 100
# A log that was never pruned is brought down in steps that no epoch notices.
_PRUNED_AT_ONCE = 1000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit did, by table: rows, the table's version, and how long it took in seconds."""

    rows: Mapping[str, int]
    versions: Mapping[str, int]
    seconds: Mapping[str, float]


class DeltaSink:
    """The tables of one flow's share of the log; `tables[0]` is the primary one.

    Sinks of one process that write the same tables share `open_tables`, so that they do not get in each other's way.
    """

    def __init__(
        self,
        location: Location,
        tables: Sequence[Table],
        flow: str,
        partitions: Sequence[int],
        options: SinkOptions,
        open_tables: OpenTables | None = None,
    ) -> None:
        self._location = location
        self._declared = {table.name: table for table in tables}
        self._primary = tables[0].name
        self._flow = flow
        self._partitions = tuple(partitions)
        self._options = options
        self._open = open_tables or OpenTables()
        self._tables: dict[str, OpenTable] = {}
        self._offsets: dict[str, dict[int, int]] = {}
        self._items: dict[int, int] = {}
        self._seen: dict[str, int] = {}
        self._pruned_at: dict[str, int] = {}

    def open(self) -> None:
        """Make what is missing, check what is there, read the offsets.

        Raises:
            TablesUnavailable: the place cannot be written.
            TableIncompatible: a stored table contradicts the declared one.
        """
        self._location.check()
        for name, table in self._declared.items():
            self._tables[name] = self._open.open(self._location, table)
            with self._tables[name].turn:
                self._offsets[name] = self._stored_offsets(name)
                self._seen[name] = self._tables[name].delta.version()
        with self._tables[self._primary].turn:
            self._items = items_passed(self._tables[self._primary].delta, self._flow, self._partitions)

    def offsets(self, table: str | None = None) -> dict[int, int]:
        """The next offset of every partition as a table has it, the primary one by default; 0 where it has none."""
        return dict(self._offsets[table or self._primary])

    def commit(
        self, rows: Mapping[str, pl.DataFrame], next_offsets: Mapping[int, int], passed: Mapping[int, int]
    ) -> Commit:
        """One Delta commit per table that has rows, the primary's last and always.

        `passed` are the items that lie between the last commit's offsets and these, by partition; the primary table
        notes how many it has passed in all.

        Raises:
            Fenced: another process wrote these partitions.
            TablesUnavailable: the storage refused it after several tries; `open` again before the next commit, since
                some of the tables may have it.
            TableIncompatible: the rows do not fit.
            ValueError: rows of a table that has all these offsets already, or offsets of another share.
        """
        if not next_offsets.keys() <= set(self._partitions):
            raise ValueError(f"partitions {sorted(next_offsets)} are not all of this share, {self._partitions}")
        others = [name for name, frame in rows.items() if name != self._primary and frame.height]
        written = {name: rows.get(name, pl.DataFrame()) for name in (*others, self._primary)}
        noted = {partition: items + passed.get(partition, 0) for partition, items in self._items.items()}
        seconds = {name: self._timed(name, frame, next_offsets, noted) for name, frame in written.items()}
        self._items = noted
        versions = {name: self._tables[name].delta.version() for name in written}
        return Commit({name: frame.height for name, frame in written.items()}, versions, seconds)

    def _timed(self, name: str, rows: pl.DataFrame, next_offsets: Mapping[int, int], noted: Mapping[int, int]) -> float:
        began = time.perf_counter()
        known = self._offsets[name]
        advanced = {partition: offset for partition, offset in next_offsets.items() if offset > known[partition]}
        if advanced:
            items = {partition: noted[partition] for partition in advanced if name == self._primary}
            self._write(name, shaped(rows, self._declared[name]), self._transactions(advanced, items))
            self._offsets[name].update(advanced)
        elif rows.height:
            raise ValueError(f"table {name} has everything before {dict(next_offsets)} already: leave its rows out")
        return time.perf_counter() - began

    def _transactions(self, advanced: Mapping[int, int], items: Mapping[int, int]) -> list[Transaction]:
        offsets = [Transaction(application(self._flow, p), offset) for p, offset in sorted(advanced.items())]
        return offsets + [Transaction(items_application(self._flow, p), count) for p, count in sorted(items.items())]

    def _write(self, name: str, rows: pl.DataFrame, transactions: Sequence[Transaction]) -> None:
        """Write until it has landed; a try that failed may have."""
        attempts = Retrying(
            retry=retry_if_exception_type(TablesUnavailable),
            stop=stop_after_attempt(self._options.commit_attempts),
            wait=wait_random_exponential(0.05, max=5),
            before_sleep=_told,
            reraise=True,
        )
        attempts(self._try, name, rows, transactions, uuid.uuid4().hex)
        self._prune(name)

    def _try(self, name: str, rows: pl.DataFrame, transactions: Sequence[Transaction], commit_id: str) -> None:
        """One try: nothing if an earlier one landed, Fenced if the offsets are not those last seen."""
        held = self._tables[name]
        with held.turn, translated(self._location.uri(name)):
            table = held.delta
            table.update_incremental()
            if self._unchanged(name):
                self._append(table, name, rows, transactions, commit_id)
            elif not self._landed(name, commit_id):
                raise Fenced(
                    f"table {name} was written by another process of flow {self._flow} with the same partitions: "
                    "stop one of the two"
                )

    def _unchanged(self, name: str) -> bool:
        """Whether the offsets are as last seen; looked up only where the table moved, a millisecond each."""
        version = self._tables[name].delta.version()
        if version != self._seen[name] and self._stored_offsets(name) == self._offsets[name]:
            self._seen[name] = version
        return version == self._seen[name]

    def _landed(self, name: str, commit_id: str) -> bool:
        """Whether the commit with that id is among those since the version last seen."""
        table = self._tables[name].delta
        newer = table.history(table.version() - self._seen[name])
        return any(commit.get(_COMMIT_ID) == commit_id for commit in newer)

    def _append(
        self, table: DeltaTable, name: str, rows: pl.DataFrame, transactions: Sequence[Transaction], commit_id: str
    ) -> None:
        properties = CommitProperties(
            custom_metadata={_COMMIT_ID: commit_id},
            app_transactions=list(transactions),
            max_commit_retries=_DELTA_RETRIES,
        )
        next_version = table.version() + 1
        appended(table, self._declared[name], rows, properties)
        table.update_incremental()
        if table.version() == next_version:
            self._seen[name] = next_version

    def _prune(self, name: str) -> None:
        """At every checkpoint: with no worker about a log must not grow either. The commit has landed already."""
        checkpoint = self._tables[name].delta.version() // CHECKPOINT_EVERY
        if self._pruned_at.get(name) == checkpoint:
            return
        self._pruned_at[name] = checkpoint
        hours, now = self._options.vacuum_hours, datetime.now(UTC)
        try:
            prune(self._location.uri(name), hours, now, most=_PRUNED_AT_ONCE)
        except TablesUnavailable as error:
            _log.warning("log not pruned; again at the next checkpoint", table=name, reason=str(error))

    def _stored_offsets(self, name: str) -> dict[int, int]:
        return offsets_passed(self._tables[name].delta, self._flow, self._partitions)


def appended(table: DeltaTable, declared: Table, rows: pl.DataFrame, properties: CommitProperties) -> None:
    """One commit that adds shaped rows, none included, as a file per partition."""
    files = parts(declared, widened(rows, table))
    actions: list[AddAction | RemoveAction] = [added(table, declared, part, _ROW_GROUP) for part in files]
    partition = list(declared.partition_by)
    table.create_write_transaction(actions, "append", table.schema(), partition, commit_properties=properties)


def _told(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    _log.warning("commit tried again", table=state.args[0], attempt=state.attempt_number, reason=str(error))
