"""Reads tables: lazily, pruned by partition and statistics, at the newest version."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import polars as pl
from deltalake import DeltaTable

from schemas.shared.columns import Table
from sinks.faults import translated
from sinks.location import Location
from sinks.passed import items_passed, offsets_passed
from sinks.table_log import TableLog, readable

Shown: TypeAlias = Callable[[Table, pl.LazyFrame], pl.LazyFrame]
"""The rows of a table that may be handed out."""


def everything(table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
    """All of them."""
    return rows


@dataclass(frozen=True, slots=True)
class TableDetails:
    """What a table is made of now."""

    path: str
    version: int
    rows: int
    files: int
    bytes: int
    partition_by: tuple[str, ...]


class TableReader:
    """The tables under one location, kept open; for several threads at once.

    `shown` says which of a declared table's rows are handed out, such as none that an erasure hides.
    """

    def __init__(self, location: Location, shown: Shown = everything) -> None:
        self._location = location
        self._shown = shown
        self._tables: dict[str, DeltaTable] = {}
        self._snapshots: dict[str, DeltaTable] = {}
        self._lock = threading.RLock()

    def table(self, name: str) -> DeltaTable:
        """The Delta table at its newest version."""
        with self._lock, translated(self._location.uri(name)):
            if name in self._tables:
                self._tables[name].update_incremental()
            else:
                self._tables[name] = DeltaTable(self._location.uri(name))
            return self._tables[name]

    def scan(self, name: str, version: int | None = None) -> pl.LazyFrame:
        """The table's rows as of now or of a version; filters on partition and statistics columns spare files."""
        return pl.scan_delta(self._snapshot(name, self.table(name).version() if version is None else version))

    def rows(self, declared: Table) -> pl.LazyFrame:
        """The rows in the declared columns: none where nobody has made the table, null where it lacks a column yet."""
        if self.version(declared.name) is None:
            return pl.LazyFrame(schema=declared.schema)
        stored = self.scan(declared.name)
        there = stored.collect_schema().names()
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in declared.schema.items() if name not in there]
        return self._shown(declared, stored.with_columns(missing).select(declared.schema.names()))

    def _snapshot(self, name: str, version: int) -> DeltaTable:
        """The table at that version for good: polars asks for files and statistics later, one after the other."""
        with self._lock, translated(self._location.uri(name)):
            known = self._snapshots.get(name)
            if known is None or known.version() != version:
                known = self._snapshots[name] = DeltaTable(self._location.uri(name), version=version)
            return known

    def version(self, name: str) -> int | None:
        """The newest version; None where there is no such table."""
        known = name in self._tables or self._location.exists(name)
        return self.table(name).version() if known else None

    def versions(self, name: str) -> list[tuple[int, datetime]]:
        """The versions that the table can be read at, each with the time it was written, the oldest first."""
        entries = TableLog(self._location.uri(name)).entries()
        return [(entry.version, entry.written_at.astimezone(UTC)) for entry in readable(entries)]

    def offsets(self, name: str, flow: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The next offset of each partition as the table's transactions have it."""
        return offsets_passed(self.table(name), flow, partitions)

    def items(self, name: str, flow: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The items of each partition that a primary table has passed."""
        return items_passed(self.table(name), flow, partitions)

    def maximum(self, name: str, column: str) -> datetime | None:
        """The latest time in a column with statistics, to the millisecond; None in an empty table."""
        files = self._files(self.table(name))
        latest: datetime | None = files[f"max.{column}"].max() if files.height else None  # type: ignore[assignment]
        return latest

    def details(self, name: str) -> TableDetails:
        """Rows, files and bytes from the table's log, without reading a row."""
        table = self.table(name)
        files = self._files(table)
        return TableDetails(
            path=self._location.uri(name),
            version=table.version(),
            rows=int(files["num_records"].sum() or 0),
            files=files.height,
            bytes=int(files["size_bytes"].sum() or 0),
            partition_by=tuple(table.metadata().partition_columns),
        )

    def _files(self, table: DeltaTable) -> pl.DataFrame:
        return pl.DataFrame(table.get_add_actions(flatten=True))
