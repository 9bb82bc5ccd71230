"""A table as its files, and commits that exchange some of them for rows: what settling is made of.

Guarantee: an exchange removes exactly the files named and adds the rows in one commit; what others append meanwhile
stays. Of two exchanges of one table that began at the same version one fails: Delta itself would let both remove a
file and so keep its rows twice.
"""

import json
import time
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

from schemas.columns import Table
from schemas.errors import Transient
from sinks.errors import translated
from sinks.location import Location
from sinks.table import created

ROW_GROUP = 8192
"""Rows are sorted inside a file; small groups with min/max let a reader skip all but what it looks for."""

MOST_RETRIES = 100

EXCHANGES = "exchanges"
"""Application whose version in a table counts its exchanges; a commit that is behind on it fails."""


class ExchangeRaced(Transient):
    """Another process changed the same files first; nothing was written."""


class TableFiles:
    """One table at one version. Not for several threads at once."""

    def __init__(self, declared: Table, table: DeltaTable) -> None:
        self.declared = declared
        self._table = table
        (self.partition,) = declared.partition_by
        self._listed: tuple[int, pl.DataFrame] | None = None

    @classmethod
    def open(cls, location: Location, declared: Table) -> "TableFiles":
        """The table at its newest version, made now if there was none."""
        return cls(declared, created(location, declared))

    def refresh(self) -> None:
        """Goes to the newest version."""
        with translated(self._table.table_uri):
            self._table.update_incremental()

    @property
    def table(self) -> DeltaTable:
        """The Delta table itself."""
        return self._table

    @property
    def version(self) -> int:
        """The version of the table."""
        return self._table.version()

    def at(self, version: int) -> "TableFiles":
        """The same table at an earlier version."""
        with translated(self._table.table_uri):
            return TableFiles(self.declared, DeltaTable(self._table.table_uri, version=version))

    def transaction(self, application: str) -> int:
        """The newest version that an application noted in the table, -1 before the first."""
        noted = self._table.transaction_version(application)
        return -1 if noted is None else noted

    def listing(self) -> pl.DataFrame:
        """One row a file: `path`, `rows`, the partition, `min.` and `max.` of the statistics columns."""
        if self._listed is None or self._listed[0] != self.version:
            self._listed = self.version, self._list()
        return self._listed[1]

    def _list(self) -> pl.DataFrame:
        actions = pl.DataFrame(self._table.get_add_actions(flatten=True))
        actions = actions.rename({"num_records": "rows"}, strict=False)
        known: dict[str, pl.DataType | type[pl.DataType]] = {
            "path": pl.String,
            "rows": pl.Int64,
            f"partition.{self.partition}": pl.Date,
        }
        known |= {f"{end}.{name}": self.declared.schema[name] for end in ("min", "max") for name in self._bounded()}
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in known.items() if name not in actions.columns]
        return actions.with_columns(missing).select(list(known)).rename({f"partition.{self.partition}": self.partition})

    def scan(self, paths: Collection[str]) -> pl.LazyFrame:
        """The rows of these files, in the declared columns."""
        if not paths:
            return pl.LazyFrame(schema=self.declared.schema)
        rows = pl.scan_parquet(
            [self._uri(path) for path in paths],
            schema=_without(self.declared.schema, self.partition),
            hive_schema={self.partition: self.declared.schema[self.partition]},
            hive_partitioning=True,
            missing_columns="insert",
        )
        return rows.select(self.declared.schema.names())

    def exchange(
        self, paths: Collection[str], rows: pl.DataFrame, transactions: Mapping[str, int], *, upkeep: bool = False
    ) -> None:
        """Removes the files and adds the rows in one commit; `upkeep` says that readers see the same as before.

        Only an upkeep commit lets others' appends pass beside it without a retry. Raises ExchangeRaced.
        """
        counted = {**transactions, EXCHANGES: self.transaction(EXCHANGES) + 1}
        actions: list[AddAction | RemoveAction] = [
            *(RemoveAction(path, not upkeep, _milliseconds()) for path in paths),
            *(self._written(part, not upkeep) for part in rows.partition_by(self.partition)),
        ]
        noted = [Transaction(application, version) for application, version in counted.items()]
        properties = CommitProperties(app_transactions=noted, max_commit_retries=MOST_RETRIES)
        try:
            self._table.create_write_transaction(
                actions, "append", self._table.schema(), [self.partition], commit_properties=properties
            )
        except CommitFailedError as error:
            raise ExchangeRaced(f"another process changed {self.declared.name} meanwhile; run it again") from error
        self.refresh()

    def _written(self, rows: pl.DataFrame, changes: bool) -> AddAction:
        day = rows[self.partition][0].isoformat()
        path = f"{self.partition}={day}/part-{uuid.uuid4()}.parquet"
        rows = rows.sort(self.declared.sort_by).drop(self.partition)
        rows.write_parquet(
            self._uri(path), compression="zstd", compression_level=1, row_group_size=ROW_GROUP, mkdir=True
        )
        (info,) = DeltaStorageHandler(self._table.table_uri).get_file_info([path])
        stats = json.dumps(_statistics(rows, self._bounded()))
        return AddAction(path, info.size, {self.partition: day}, _milliseconds(), changes, stats)

    def _uri(self, path: str) -> str:
        return f"{self._table.table_uri.removeprefix('file://').rstrip('/')}/{path}"

    def _bounded(self) -> list[str]:
        return [name for name in self.declared.statistics if name != self.partition]


def _milliseconds() -> int:
    return int(time.time() * 1000)


def _without(schema: pl.Schema, name: str) -> pl.Schema:
    return pl.Schema({column: dtype for column, dtype in schema.items() if column != name})


def _statistics(rows: pl.DataFrame, names: Collection[str]) -> dict[str, Any]:
    """Delta's per-file statistics."""
    return {
        "numRecords": rows.height,
        "minValues": {name: _plain(rows[name].min()) for name in names if rows[name].min() is not None},
        "maxValues": {name: _plain(rows[name].max()) for name in names if rows[name].max() is not None},
        "nullCount": {name: rows[name].null_count() for name in names},
    }


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value
