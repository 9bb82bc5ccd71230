"""A table as its files, and commits that exchange some of them for rows: what settling is made of.

Guarantee: an exchange removes exactly the files named and adds the rows in one commit; what others append meanwhile
stays. Of two exchanges of one table that began at the same version one fails: Delta itself would let both remove a
file and so keep its rows twice.
"""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Self

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

from schemas.shared.columns import Table
from schemas.shared.faults import Transient
from sinks.data_file import added, bounded, data_uri, milliseconds, parts
from sinks.faults import TablesUnavailable, translated
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

    def __init__(self, declared: Table, uri: str, stored: DeltaTable | None) -> None:
        self.declared = declared
        self._uri = uri
        self._stored = stored
        (self.partition,) = declared.partition_by
        self._listed: tuple[int, pl.DataFrame] | None = None
        # Noted at once: asked later, Delta would look in a log that may not have this version any more.
        self._exchanges = self.transaction(EXCHANGES)

    @classmethod
    def open(cls, location: Location, declared: Table) -> Self:
        """The table at its newest version, made now if there was none."""
        return cls(declared, location.uri(declared.name), created(location, declared))

    @classmethod
    def reading(cls, location: Location, declared: Table) -> Self:
        """The table as readers see it, who make none: without files until somebody has made it."""
        files = cls(declared, location.uri(declared.name), None)
        files.refresh()
        return files

    def refresh(self) -> None:
        """Goes to the newest version."""
        before = self.version
        with translated(self._uri):
            if self._stored is not None:
                self._stored.update_incremental()
            elif DeltaTable.is_deltatable(self._uri):
                self._stored = DeltaTable(self._uri)
        if self.version != before:
            self._exchanges = self.transaction(EXCHANGES)

    @property
    def table(self) -> DeltaTable:
        """The Delta table itself. Raises TablesUnavailable where nobody has made it."""
        if self._stored is None:
            raise TablesUnavailable(f"there is no table at {self._uri} yet: its flow makes it when it starts")
        return self._stored

    @property
    def version(self) -> int:
        """The version of the table, -1 where there is none."""
        return -1 if self._stored is None else self._stored.version()

    def at(self, version: int) -> "TableFiles":
        """The same table at an earlier version."""
        with translated(self._uri):
            return TableFiles(self.declared, self._uri, DeltaTable(self._uri, version=version))

    def transaction(self, application: str) -> int:
        """The newest version that an application noted in the table, -1 before the first."""
        noted = None if self._stored is None else self._stored.transaction_version(application)
        return -1 if noted is None else noted

    def listing(self) -> pl.DataFrame:
        """One row a file: `path`, `rows`, the partition, `min.` and `max.` of the statistics columns."""
        if self._listed is None or self._listed[0] != self.version:
            self._listed = self.version, self._list()
        return self._listed[1]

    def bytes(self) -> int:
        """What its files take on disk."""
        if self._stored is None:
            return 0
        sizes = pl.DataFrame(self._stored.get_add_actions(flatten=True))
        return int(sizes["size_bytes"].sum()) if sizes.height else 0

    def _list(self) -> pl.DataFrame:
        actions = pl.DataFrame() if self._stored is None else pl.DataFrame(self._stored.get_add_actions(flatten=True))
        actions = actions.rename({"num_records": "rows"}, strict=False)
        known: dict[str, pl.DataType | type[pl.DataType]] = {
            "path": pl.String,
            "rows": pl.Int64,
            f"partition.{self.partition}": pl.Date,
        }
        limits = [(end, name) for end in ("min", "max") for name in bounded(self.declared)]
        known |= {f"{end}.{name}": self.declared.schema[name] for end, name in limits}
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in known.items() if name not in actions.columns]
        return actions.with_columns(missing).select(list(known)).rename({f"partition.{self.partition}": self.partition})

    def scan(self, paths: Collection[str]) -> pl.LazyFrame:
        """The rows of these files, in the declared columns."""
        if not paths:
            return self._no_rows
        rows = pl.scan_parquet(
            [data_uri(self.table, path) for path in paths],
            schema=self._in_files,
            hive_schema={self.partition: self.declared.schema[self.partition]},
            hive_partitioning=True,
            missing_columns="insert",
        )
        return rows.select(self.declared.schema.names())

    @cached_property
    def _no_rows(self) -> pl.LazyFrame:
        return pl.LazyFrame(schema=self.declared.schema)

    @cached_property
    def _in_files(self) -> pl.Schema:
        """What the files have themselves: the partition stands in their paths."""
        return pl.Schema({name: kind for name, kind in self.declared.schema.items() if name != self.partition})

    def exchange(
        self, paths: Collection[str], rows: pl.DataFrame, transactions: Mapping[str, int], *, upkeep: bool = False
    ) -> None:
        """Removes the files and adds the rows in one commit; `upkeep` says that readers see the same as before.

        Only an upkeep commit lets others' appends pass beside it without a retry. Raises ExchangeRaced.
        """
        began_at = self._exchanges
        counted = {**transactions, EXCHANGES: began_at + 1}
        ordered = parts(self.declared, rows.sort(self.declared.partition_by + self.declared.sort_by))
        actions: list[AddAction | RemoveAction] = [
            *(RemoveAction(path, not upkeep, milliseconds()) for path in paths),
            *(added(self.table, self.declared, part, ROW_GROUP, changes=not upkeep) for part in ordered),
        ]
        noted = [Transaction(application, version) for application, version in counted.items()]
        properties = CommitProperties(app_transactions=noted, max_commit_retries=MOST_RETRIES)
        self._catch_up(paths, began_at)
        try:
            self.table.create_write_transaction(
                actions, "append", self.table.schema(), [self.partition], commit_properties=properties
            )
        except CommitFailedError as error:
            raise ExchangeRaced(f"another process changed {self.declared.name} meanwhile; run it again") from error
        self.refresh()

    def _catch_up(self, paths: Collection[str], began_at: int) -> None:
        """To the newest version, which still is to have the files and no exchange more.

        Delta compares a commit with every one since its table object's version, and the work before may have taken
        longer than the log keeps them.
        """
        self.refresh()
        if not set(paths) <= set(self.listing()["path"]) or self._exchanges != began_at:
            raise ExchangeRaced(f"another process changed {self.declared.name} meanwhile; run it again")
