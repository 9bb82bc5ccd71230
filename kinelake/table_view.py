"""One table for people: `kinelake tables show` and the data dictionary of the documentation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import typer

from jobs.retention_options import RetentionOptions, days_kept
from jobs.tables import declared_tables
from kinelake.catalogue import declared
from kinelake.installation import Installation
from kinelake.output import megabytes, print_table
from kinelake.settings import variable
from kinelake.status import TableStatus
from kinelake.status import tables as existing
from schemas.shared.columns import Column, Table


@dataclass(frozen=True)
class ColumnDescription:
    """A column of the data dictionary."""

    name: str
    type: str
    unit: str | None
    description: str


@dataclass(frozen=True)
class TableDescription:
    """A table: what it holds, and its size where it exists."""

    name: str
    description: str
    partition_by: tuple[str, ...]
    sort_by: tuple[str, ...]
    retention_days: int
    columns: list[ColumnDescription]
    size: TableStatus | None


def described(installation: Installation, name: str) -> TableDescription:
    """The table of that name; raises UnknownTable."""
    table = declared(name)
    size = next((found for found in existing(installation) if found.name == name), None)
    columns = [_column(column) for column in table.columns]
    days = days_kept(installation.settings.room(RetentionOptions), table)
    return TableDescription(name, table.description, table.partition_by, table.sort_by, days, columns, size)


def print_tables(found: Sequence[TableStatus]) -> None:
    """The list for the terminal."""
    if not found:
        typer.echo("No table yet: a flow makes its tables when it starts.")
        return
    rows = [(each.name, each.rows, each.version, each.files, megabytes(each.bytes), each.path) for each in found]
    print_table(["table", "rows", "version", "files", "MB", "path"], rows)


def print_described(table: TableDescription) -> None:
    """For the terminal."""
    typer.echo(f"{table.name}: {table.description}")
    typer.echo(f"partitioned by {', '.join(table.partition_by)}; sorted by {', '.join(table.sort_by)}")
    if table.size is None:
        typer.echo("not made yet: its flow makes it when it starts")
    else:
        size = table.size
        held = f"{size.rows:,} rows in {size.files:,} files, {megabytes(size.bytes)} MB"
        typer.echo(f"{size.path}: {held}, version {size.version:,}")
    rows = [(each.name, each.type, each.unit, each.description) for each in table.columns]
    print_table(["column", "type", "unit", "description"], rows)


def dictionary() -> str:
    """docs/tables.md: every declared table with its columns."""
    return "\n".join([_INTRODUCTION, *(_chapter(table) for table in declared_tables().values())])


_INTRODUCTION = """# Tables

Generated from the schemas; a test keeps this page equal to them. Every table is a Delta table under
`KINELAKE_TABLES_URL`, read with polars, DuckDB, Spark or pandas, or with `kinelake.open("media_sessions")`. The same
descriptions and units stand in each table's own metadata. Times are UTC; null means unknown or not sent.
"""


def _chapter(table: Table) -> str:
    return "\n".join([f"## {table.name}", "", table.description, "", *_facts(table), "", *_rows(table), ""])


def _facts(table: Table) -> Iterator[str]:
    yield f"Partitioned by {_names(table.partition_by)}, sorted by {_names(table.sort_by)} inside files."
    yield f"Rows are kept for {table.retention_days:,} days by default (`{variable(f'{table.name}_retention_days')}`)."


def _rows(table: Table) -> Iterator[str]:
    yield "| column | type | unit | description |"
    yield "|---|---|---|---|"
    for column in table.columns:
        described = _column(column)
        cells = (f"`{described.name}`", described.type, described.unit or "", described.description.replace("|", "\\|"))
        yield f"| {' | '.join(cells)} |"


def _column(column: Column) -> ColumnDescription:
    return ColumnDescription(column.name, str(column.dtype), column.unit, column.description)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
