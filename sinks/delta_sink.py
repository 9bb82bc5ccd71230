"""Rows → Delta tables, exactly once: every commit carries the log's next offsets as application transactions.

Delivery: exactly once per (flow, partition, offset). The primary table commits last and says where to start; what
another table has beyond it is not written to that table again (the caller leaves it out). A second owner of the same
partitions is fenced: its commit contradicts the version this sink last saw.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from schemas.shared.columns import Table
from sinks.data_file import added, data_uri, parts
from sinks.faults import Fenced, TablesUnavailable, translated
from sinks.location import Location
from sinks.next_version import VersionTaken, follow, plain
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
    """What one commit did, by table: rows, the version that it has at least, and how long it took in seconds."""

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
                self._seen[name] = self._tables[name].version
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
        versions = {name: self._seen[name] for name in written}
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
        """One try: nothing if an earlier one landed, Fenced if the offsets are not those last seen.

        Where the next version is nobody's yet, nobody has written since the last seen.
        """
        properties = CommitProperties(
            custom_metadata={_COMMIT_ID: commit_id},
            app_transactions=list(transactions),
            max_commit_retries=_DELTA_RETRIES,
        )
        held = self._tables[name]
        with held.turn, translated(self._location.uri(name)):
            if self._follows(name):
                with suppress(VersionTaken):
                    return self._append(name, rows, properties, held.version + 1)
            held.refresh()
            if self._unchanged(name):
                self._append(name, rows, properties)
            elif not self._landed(name, commit_id):
                raise Fenced(
                    f"table {name} was written by another process of flow {self._flow} with the same partitions: "
                    "stop one of the two"
                )

    def _unchanged(self, name: str) -> bool:
        """Whether the offsets are as last seen; looked up only where others moved the table, a millisecond each."""
        held = self._tables[name]
        if self._seen[name] < held.others and self._stored_offsets(name) == self._offsets[name]:
            self._seen[name] = held.version
        return self._seen[name] >= held.others

    def _landed(self, name: str, commit_id: str) -> bool:
        """Whether the commit with that id is among those since the version last seen."""
        table = self._tables[name].delta
        newer = table.history(table.version() - self._seen[name])
        return any(commit.get(_COMMIT_ID) == commit_id for commit in newer)

    def _follows(self, name: str) -> bool:
        """Whether Delta needs not be asked: no other process has written, and the next version has no checkpoint."""
        held = self._tables[name]
        ours = self._location.is_folder and self._seen[name] >= held.others and plain(held.delta)
        return ours and (held.version + 2) % CHECKPOINT_EVERY != 0

    def _append(self, name: str, rows: pl.DataFrame, properties: CommitProperties, version: int | None = None) -> None:
        held = self._tables[name]
        appended(held.delta, self._declared[name], rows, properties, version)
        # this one is the next version unless others came between; the next try finds that out
        held.version += 1
        self._seen[name] = held.version

    def _prune(self, name: str) -> None:
        """At every checkpoint: with no worker about a log must not grow either. The commit has landed already."""
        checkpoint = self._seen[name] // CHECKPOINT_EVERY
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


def appended(
    table: DeltaTable, declared: Table, rows: pl.DataFrame, properties: CommitProperties, version: int | None = None
) -> None:
    """One commit that adds shaped rows, none included, as a file per partition.

    Args:
        version: which one it will be, of a table in a folder, where nobody else has written; None leaves it to Delta.

    Raises:
        VersionTaken: it is not known to be that one; it may be.
    """
    files = [added(table, declared, part, _ROW_GROUP) for part in parts(declared, widened(rows, table))]
    if version is not None:
        return follow(Path(data_uri(table, "_delta_log")), version, files, properties)
    actions: list[AddAction | RemoveAction] = [*files]
    partition = list(declared.partition_by)
    table.create_write_transaction(actions, "append", table.schema(), partition, commit_properties=properties)


def _told(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    _log.warning("commit tried again", table=state.args[0], attempt=state.attempt_number, reason=str(error))
