"""A declared table as a Delta table: made where it is missing, checked where it is there, rows shaped for it."""

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError

from schemas.columns import Table
from sinks.errors import TableIncompatible, translated
from sinks.location import Location


def arrow_schema(table: Table) -> pa.Schema:
    """The table's Arrow schema, descriptions and units as field metadata."""
    bare = table.schema.to_frame().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    return pa.schema(
        field.with_metadata({"comment": column.description} | ({"unit": column.unit} if column.unit else {}))
        for field, column in zip(bare, table.columns, strict=True)
    )


def created(location: Location, table: Table) -> DeltaTable:
    """The Delta table of that name, made now if there was none; columns it lacks are added.

    Raises:
        TableIncompatible: a stored column has another type.
        TablesUnavailable: the storage refused.
    """
    uri = location.uri(table.name)
    with translated(uri):
        stored = DeltaTable(uri) if DeltaTable.is_deltatable(uri) else _made(uri, table)
    return _checked(stored, table)


def shaped(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The rows as the table has them: its columns in order, null where one is missing, sorted."""
    if not rows.height:
        return pl.DataFrame(schema=table.schema)
    columns = [
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in table.schema.items()
    ]
    return rows[_order(rows, table.sort_by)].select(columns)


def _order(rows: pl.DataFrame, sort_by: tuple[str, ...]) -> pl.Series:
    """The sorted order; texts are compared once per distinct value, rows by numbers."""
    keys = [_ranks(rows[name]) if rows[name].dtype == pl.String else rows[name] for name in sort_by]
    return pl.DataFrame(keys).select(pl.arg_sort_by(sort_by)).to_series()


def _ranks(texts: pl.Series) -> pl.Series:
    distinct = texts.unique().sort()
    return texts.replace_strict(distinct, pl.int_range(len(distinct), eager=True), return_dtype=pl.Int64)


def _made(uri: str, table: Table) -> DeltaTable:
    try:
        return DeltaTable.create(
            uri,
            schema=Schema.from_arrow(arrow_schema(table)),
            partition_by=list(table.partition_by),
            name=table.name,
            description=table.description,
            configuration={
                "delta.dataSkippingStatsColumns": ",".join(table.statistics),
                "delta.checkpointInterval": "100",
            },
        )
    except DeltaError:
        if DeltaTable.is_deltatable(uri):
            return DeltaTable(uri)
        raise


def _checked(stored: DeltaTable, table: Table) -> DeltaTable:
    declared = {field.name: field for field in Schema.from_arrow(arrow_schema(table)).fields}
    for field in stored.schema().fields:
        if field.name in declared and field.type != declared[field.name].type:
            raise TableIncompatible(
                f"column {field.name} of table {table.name} is {field.type} on disk and {declared[field.name].type} in the "
                "schema: give the new column another name, or move the old table away"
            )
    missing = [
        field for name, field in declared.items() if name not in {field.name for field in stored.schema().fields}
    ]
    if missing:
        stored.alter.add_columns(missing)
        stored.update_incremental()
    return stored
