"""Rows → Delta tables, exactly once: every commit carries the log's next offsets as application transactions.

Delivery: exactly once per (flow, partition, offset). The primary table commits last and says where to start; what
another table has beyond it is not written to that table again (the caller leaves it out). A second owner of the same
partitions is fenced: its commit contradicts the version this sink last saw.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from schemas.columns import Table
from sinks.errors import Fenced, TablesUnavailable, translated
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.table import created, shaped

_WRITER = WriterProperties(compression="ZSTD", compression_level=1)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit did: rows and version by table, and how long it took."""

    rows: Mapping[str, int]
    versions: Mapping[str, int]
    seconds: float


class _Contended(Exception):
    """Someone changed the table in between; whether ours landed is to be seen."""


class DeltaSink:
    """The tables of one flow's share of the log; `tables[0]` is the primary one."""

    def __init__(
        self, location: Location, tables: Sequence[Table], flow: str, partitions: Sequence[int], options: SinkOptions
    ) -> None:
        self._location = location
        self._declared = {table.name: table for table in tables}
        self._primary = tables[0].name
        self._flow = flow
        self._partitions = tuple(partitions)
        self._options = options
        self._tables: dict[str, DeltaTable] = {}
        self._offsets: dict[str, dict[int, int]] = {}

    def open(self) -> None:
        """Make what is missing, check what is there, read the offsets.

        Raises:
            TablesUnavailable: the place cannot be written.
            TableIncompatible: a stored table contradicts the declared one.
        """
        self._location.check()
        for name, table in self._declared.items():
            self._tables[name] = created(self._location, table)
            self._offsets[name] = self._stored_offsets(name)

    def offsets(self, table: str | None = None) -> dict[int, int]:
        """The next offset of every partition as a table has it, the primary one by default; 0 where it has none."""
        return dict(self._offsets[table or self._primary])

    def commit(self, rows: Mapping[str, pl.DataFrame], next_offsets: Mapping[int, int]) -> Commit:
        """One Delta commit per table that has rows, the primary's last and always.

        Raises:
            Fenced: another process wrote these partitions.
            TablesUnavailable: the storage refused it after several tries; nothing is half done that a restart repeats.
        """
        began = time.perf_counter()
        written = {name: frame for name, frame in rows.items() if name != self._primary and frame.height}
        for name, frame in written.items():
            self._write(name, frame, next_offsets)
        primary = rows.get(self._primary, pl.DataFrame())
        self._write(self._primary, primary, next_offsets)
        heights = {name: frame.height for name, frame in {**written, self._primary: primary}.items()}
        versions = {name: self._tables[name].version() for name in heights}
        return Commit(heights, versions, time.perf_counter() - began)

    def _write(self, name: str, rows: pl.DataFrame, next_offsets: Mapping[int, int]) -> None:
        """Write until it has landed; a try that failed may have."""
        frame = shaped(rows, self._declared[name])
        attempts = Retrying(
            retry=retry_if_exception_type((_Contended, TablesUnavailable)),
            stop=stop_after_attempt(self._options.commit_attempts),
            wait=wait_random_exponential(0.05, max=5),
            reraise=True,
        )
        try:
            attempts(self._try, name, frame, next_offsets)
        except _Contended as error:
            raise TablesUnavailable(f"table {name} changed under every one of our tries: {error}") from error
        self._offsets[name].update(next_offsets)

    def _try(self, name: str, frame: pl.DataFrame, next_offsets: Mapping[int, int]) -> None:
        table = self._tables[name]
        with translated(self._location.uri(name)):
            table.update_incremental()
        if self._landed(name, next_offsets):
            return
        try:
            self._append(table, name, frame, next_offsets)
        except DeltaError as error:
            _log.info("commit contended", table=name, reason=type(error).__name__)
            raise _Contended(str(error)) from error
        except OSError as error:
            raise TablesUnavailable(f"cannot write {self._location.uri(name)}: {error}") from error

    def _landed(self, name: str, next_offsets: Mapping[int, int]) -> bool:
        """Whether this very commit is in the table already; raises Fenced where somebody else's is."""
        stored, known = self._stored_offsets(name), self._offsets[name]
        if all(stored[partition] == offset for partition, offset in next_offsets.items()) and stored != known:
            return True
        if stored != known:
            raise Fenced(
                f"table {name} was written by another {self._flow} flow with the same partitions: stop one of the two"
            )
        return False

    def _append(self, table: DeltaTable, name: str, frame: pl.DataFrame, next_offsets: Mapping[int, int]) -> None:
        transactions = [Transaction(self._application(p), offset) for p, offset in sorted(next_offsets.items())]
        properties = CommitProperties(app_transactions=transactions, max_commit_retries=100)
        if frame.height:
            write_deltalake(table, frame, mode="append", writer_properties=_WRITER, commit_properties=properties)
        else:
            table.create_write_transaction(
                [], "append", table.schema(), list(self._declared[name].partition_by), commit_properties=properties
            )

    def _stored_offsets(self, name: str) -> dict[int, int]:
        table = self._tables[name]
        return {p: table.transaction_version(self._application(p)) or 0 for p in self._partitions}

    def _application(self, partition: int) -> str:
        return f"{self._flow}/{partition}"
