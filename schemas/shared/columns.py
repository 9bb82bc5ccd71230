"""Columns and tables as they are declared."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import polars as pl

from schemas.shared.faults import BadDeclaration

TIMESTAMP = pl.Datetime("us", "UTC")

PACKED = pl.List(pl.Float32)
"""Lists of 32-bit numbers lie packed on the log (`schemas.shared.packed`)."""

Dtype: TypeAlias = pl.DataType | type[pl.DataType]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, type, unit (None where it has none) and what it says."""

    name: str
    dtype: Dtype
    description: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table as it is declared; the name is a noun.

    `sort_by` orders the rows inside a file, `statistics` names the columns with min/max in the table's log (never
    subjects or event ids), `retention_days` is the default of the setting that says how long rows are kept.
    `exploded` are columns of which a row that is written may have lists, all of one length, for as many rows as that;
    they become rows in the file alone, so that never all of them are in memory.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ("received_date",)
    sort_by: tuple[str, ...] = ("tenant", "session_id")
    statistics: tuple[str, ...] = ("occurred_at", "tenant", "session_id")
    retention_days: int = 730
    exploded: tuple[str, ...] = ()
    schema: pl.Schema = field(init=False)

    def __post_init__(self) -> None:
        self._refuse_doubles()
        object.__setattr__(self, "schema", pl.Schema({column.name: column.dtype for column in self.columns}))

    def _refuse_doubles(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise BadDeclaration(f"table {self.name} has two columns of one name: {', '.join(twice)}; rename one")
        named = (*self.partition_by, *self.sort_by, *self.statistics, *self.exploded)
        unknown = sorted(set(named) - set(names))
        if unknown:
            raise BadDeclaration(
                f"table {self.name} has no column {', '.join(unknown)}, which partition_by, sort_by, statistics or "
                "exploded names"
            )


def merged(groups: Iterable[tuple[Column, ...]]) -> tuple[Column, ...]:
    """The union by name in order of first appearance.

    Raises:
        BadDeclaration: two groups give one name two types.
    """
    found: dict[str, Column] = {}
    for column in (column for group in groups for column in group):
        known = found.setdefault(column.name, column)
        if known.dtype != column.dtype:
            raise BadDeclaration(f"column {column.name} is {known.dtype} in one struct and {column.dtype} in another")
    return tuple(found.values())


def wire_dtypes(columns: Iterable[Column]) -> dict[str, Dtype]:
    """The types a JSON line has before the tables' ones: timestamps are whole microseconds yet, packed lists texts."""
    on_the_wire: dict[Dtype, Dtype] = {TIMESTAMP: pl.Int64(), PACKED: pl.String()}
    return {column.name: on_the_wire.get(column.dtype, column.dtype) for column in columns}
