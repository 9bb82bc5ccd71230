"""Columns and tables, and how both follow from a msgspec struct: a field is written once, the rest is derived."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

import msgspec
import polars as pl
from msgspec import Meta, inspect

TIMESTAMP = pl.Datetime("us", "UTC")

Epoch: TypeAlias = Annotated[int, Meta(extra={"dtype": "timestamp"})]
"""A time on the log: whole microseconds since 1970-01-01T00:00:00Z. A UTC timestamp in the tables."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, type, unit (None where it has none) and what it says."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    description: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table as it is declared; the name is a noun.

    `sort_by` orders the rows inside a file, `statistics` names the columns with min/max in the table's log (never
    subjects or event ids), `retention_days` is the default by received_date.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ("received_date",)
    sort_by: tuple[str, ...] = ("tenant", "session_id")
    statistics: tuple[str, ...] = ("occurred_at", "tenant", "session_id")
    retention_days: int = 730
    schema: pl.Schema = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", pl.Schema({column.name: column.dtype for column in self.columns}))


_SCALARS: Mapping[type[inspect.Type], pl.DataType | type[pl.DataType]] = {
    inspect.IntType: pl.Int64,
    inspect.FloatType: pl.Float64,
    inspect.BoolType: pl.Boolean,
    inspect.StrType: pl.String,
    inspect.UUIDType: pl.String,
}


def columns_of(struct: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a struct's fields, in their order; nested structs are flattened."""
    return tuple(column for item in _fields(struct) for column in _columns(item))


def merged(groups: Iterable[tuple[Column, ...]]) -> tuple[Column, ...]:
    """The union by name in order of first appearance.

    Raises:
        TypeError: two groups give one name two types.
    """
    found: dict[str, Column] = {}
    for column in (column for group in groups for column in group):
        known = found.setdefault(column.name, column)
        if known.dtype != column.dtype:
            raise TypeError(f"column {column.name} is {known.dtype} in one struct and {column.dtype} in another")
    return tuple(found.values())


def wire_dtypes(columns: Iterable[Column]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The types a JSON line has before the tables' ones: timestamps are still whole microseconds."""
    return {column.name: pl.Int64() if column.dtype == TIMESTAMP else column.dtype for column in columns}


def _fields(struct: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return info.fields


def _columns(item: inspect.Field) -> tuple[Column, ...]:
    bare, meta = _unwrapped(item.type)
    if isinstance(bare, inspect.StructType):
        return columns_of(bare.cls)
    extra = meta.get("extra") or {}
    dtype = TIMESTAMP if extra.get("dtype") == "timestamp" else _dtype(bare)
    return (Column(item.encode_name, dtype, meta.get("description") or "", extra.get("unit")),)


def _dtype(bare: inspect.Type) -> pl.DataType | type[pl.DataType]:
    if isinstance(bare, inspect.LiteralType):
        return pl.Int64 if all(isinstance(value, int) for value in bare.values) else pl.String
    return _SCALARS[type(bare)]


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type without its Metadata and its null, and what the Metadata said (msgspec nests them in either order)."""
    meta: dict[str, Any] = {}
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        if isinstance(kind, inspect.Metadata):
            schema = kind.extra_json_schema or {}
            meta = {
                "description": schema.get("description"),
                "extra": kind.extra,
                **{k: v for k, v in meta.items() if v},
            }
            kind = kind.type
        else:
            kind = next(part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind, meta
