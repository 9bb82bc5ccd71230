"""A declared table as a Delta table: made where it is missing, checked where it is there, rows shaped for it."""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, DeltaError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from schemas.shared.columns import Table
from sinks.faults import TableIncompatible, translated
from sinks.location import Location

# As many processes as may open one table at the same moment.
_OPENINGS = 20

# Of fewer rows the texts themselves are sorted in less time than their ranks are made.
_MANY = 5_000

_MOST = 2**63 - 1
_NULL_AND_LAST = 2

CHECKPOINT_EVERY = 100
"""Commits between two checkpoints."""

PROPERTIES: Mapping[str, str] = {
    "delta.checkpointInterval": str(CHECKPOINT_EVERY),
    # Delta would list the whole log at every commit to find what has expired: `sinks.table_log` prunes it.
    "delta.enableExpiredLogCleanup": "false",
    # Checkpoints would carry every removed file for a week; what may be deleted, vacuum knows from an old version.
    "delta.deletedFileRetentionDuration": "interval 2 minutes",
}
"""How a table's log is kept; a table made without them gets them when a process that writes opens it."""


def arrow_schema(table: Table) -> pa.Schema:
    """The table's Arrow schema, descriptions and units as field metadata."""
    bare = table.schema.to_frame().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    return pa.schema(
        field.with_metadata({"comment": column.description} | ({"unit": column.unit} if column.unit else {}))
        for field, column in zip(bare, table.columns, strict=True)
    )


def created(location: Location, table: Table) -> DeltaTable:
    """The Delta table of that name, made now if there was none; columns and properties it lacks are added.

    Columns only the stored table has are left alone: a newer version of us may be running beside this one.

    Raises:
        TableIncompatible: a stored column has another type, or the partition is another.
        TablesUnavailable: the storage refused.
    """
    uri = location.uri(table.name)
    with translated(uri):
        stored = DeltaTable(uri) if DeltaTable.is_deltatable(uri) else _made(uri, table)
        return _checked(stored, table)


def shaped(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The rows as the table has them: its columns in order, null where one is missing, by partition and sorted.

    Rows that stand for many (`Table.exploded`) stay so, in the order of the first of each.

    Raises:
        TableIncompatible: a value does not fit its column.
    """
    if not rows.height:
        return pl.DataFrame(schema=table.schema)
    given = rows.schema
    columns = [_column(name, given.get(name), dtype, name in table.exploded) for name, dtype in table.schema.items()]
    with translated(f"rows for {table.name}"):
        return rows[_order(rows, (*table.partition_by, *table.sort_by))].select(columns)


def _column(name: str, given: pl.DataType | None, declared: pl.DataType, exploded: bool) -> pl.Expr:
    """A declared column of rows that have it as `given`, or not at all; a cast that changes nothing costs as any."""
    if given is None:
        return pl.lit(None, declared).alias(name)
    wanted = pl.List(declared) if exploded and isinstance(given, pl.List) else declared
    return pl.col(name) if given == wanted else pl.col(name).cast(wanted)


def widened(rows: pl.DataFrame, stored: DeltaTable) -> pl.DataFrame:
    """Shaped rows with the columns that only the stored table has, null."""
    fields = stored.schema().fields
    if len(fields) == rows.width:
        return rows
    schema = pl.Schema(stored.schema())
    return rows.with_columns(
        pl.lit(None, schema[field.name]).alias(field.name) for field in fields if field.name not in rows.columns
    )


def _order(rows: pl.DataFrame, sort_by: tuple[str, ...]) -> pl.Series:
    """The sorted order; of many rows, texts are compared once per distinct value, rows by one number where keys fit."""
    keys = [_key(rows[name]) for name in sort_by]
    return _packed_order(keys) if all(map(_countable, keys)) else _order_of(keys)


def _order_of(keys: list[pl.Series]) -> pl.Series:
    frame = pl.DataFrame(keys)
    return frame.select(pl.arg_sort_by(frame.columns)).to_series()


def _countable(key: pl.Series) -> bool:
    return key.dtype.is_integer() or key.dtype.is_temporal()


def _packed_order(keys: list[pl.Series]) -> pl.Series:
    """The order by numbers and times, of which a row's first key counts most; null comes first."""
    packed, most = pl.zeros(len(keys[0]), pl.Int64, eager=True), 1
    for key in keys:
        numbers = key.to_physical().cast(pl.Int64)
        least, greatest = (int(bound or 0) for bound in (numbers.min(), numbers.max()))  # type: ignore[arg-type]
        values = greatest - least + _NULL_AND_LAST
        most *= values
        if most > _MOST:
            return _order_of(keys)
        packed = packed * values + (numbers - least + 1).fill_null(0)
    return packed.arg_sort()


def _key(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.List):
        return values.list.first()
    return _ranks(values) if values.dtype == pl.String and len(values) >= _MANY else values


def _ranks(texts: pl.Series) -> pl.Series:
    coded = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    ranks = pl.Series(texts.name, coded.dictionary).rank("ordinal").cast(pl.Int64)
    return ranks.gather(pl.Series(coded.indices))


def _made(uri: str, table: Table) -> DeltaTable:
    try:
        return DeltaTable.create(
            uri,
            schema=Schema.from_arrow(arrow_schema(table)),
            partition_by=list(table.partition_by),
            name=table.name,
            description=table.description,
            configuration={"delta.dataSkippingStatsColumns": ",".join(table.statistics), **PROPERTIES},
        )
    except DeltaError:
        if DeltaTable.is_deltatable(uri):
            return DeltaTable(uri)
        raise


def _checked(stored: DeltaTable, table: Table) -> DeltaTable:
    partition = tuple(stored.metadata().partition_columns)
    if partition != table.partition_by:
        raise TableIncompatible(
            f"table {table.name} is partitioned by {', '.join(partition)} on disk and by "
            f"{', '.join(table.partition_by)} in the schema: give the new table another name, or move the old one away"
        )
    declared = {field.name: field for field in Schema.from_arrow(arrow_schema(table)).fields}
    attempts = Retrying(
        retry=retry_if_exception_type(CommitFailedError), stop=stop_after_attempt(_OPENINGS), reraise=True
    )
    attempts(_completed, stored, table.name, declared)
    return stored


def _completed(stored: DeltaTable, name: str, declared: Mapping[str, Field]) -> None:
    """Adds what is missing of columns and properties; CommitFailedError where another process did so meanwhile."""
    stored.update_incremental()
    there = {field.name: field for field in stored.schema().fields}
    for field in (there[column] for column in declared if column in there):
        wanted = declared[field.name].type
        if field.type != wanted:
            raise TableIncompatible(
                f"column {field.name} of table {name} is {field.type} on disk and {wanted} in the schema: "
                "give the new column another name, or move the old table away"
            )
    missing = [field for column, field in declared.items() if column not in there]
    if missing:
        stored.alter.add_columns(missing)
        stored.update_incremental()
    if not PROPERTIES.items() <= stored.metadata().configuration.items():
        stored.alter.set_table_properties(dict(PROPERTIES), raise_if_not_exists=False)
