"""What travels on a flow's conveyor: a columnar micro-batch and the rows it owes to the tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from flows.conveyor.items import NO_ITEMS, Items
from flows.conveyor.known import KnownRecords


@dataclass(frozen=True, slots=True)
class EndOffsets:
    """Where the log ended at a moment (µs since 1970), the watermark once all before these offsets is committed."""

    at: int
    offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """One micro-batch.

    `rows` are the events still on their way, one a row, in log order within a partition; their column `index` points
    into `items`, as they were fetched. `tables` is what is already bound for a table, by its name; `next_offsets`
    where reading goes on after this batch and `passed` how many items lie before that, by partition; `landed` are the
    tables that have its rows already; `records` are the newest consent records, once they have been asked. `again` are
    sessions that are to be folded again without an event: what names them, `log_partition` and `log_offset`.
    """

    rows: pl.DataFrame
    next_offsets: Mapping[int, int]
    passed: Mapping[int, int] = field(default_factory=dict)
    items: Items = NO_ITEMS
    ends: EndOffsets | None = None
    landed: frozenset[str] = frozenset()
    records: KnownRecords | None = None
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    again: pl.DataFrame = field(default_factory=pl.DataFrame)

    def with_rows(self, rows: pl.DataFrame) -> "Batch":
        """The same batch with other events on their way."""
        return replace(self, rows=rows)

    def adding(self, table: str, rows: pl.DataFrame) -> "Batch":
        """The same batch owing more rows to a table."""
        if rows.is_empty():
            return self
        before = self.tables.get(table)
        joined = rows if before is None else pl.concat([before, rows], how="diagonal")
        return replace(self, tables={**self.tables, table: joined})

    def bytes(self) -> int:
        """What its rows take in memory, those that are bound for tables included."""
        return sum(int(rows.estimated_size()) for rows in (self.rows, *self.tables.values()))
