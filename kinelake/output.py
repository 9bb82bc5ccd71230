"""What commands print: a table for people, or with --json one JSON document for programs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import typer


def print_json(value: Any) -> None:
    """The value as indented JSON; times as RFC 3339, paths as text."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Rows of the same keys; `empty` is said to people when there are none."""
    if as_json:
        print_json(rows)
    elif rows:
        print_table(list(rows[0]), [row.values() for row in rows])
    else:
        typer.echo(empty)


def print_table(headings: Iterable[str], rows: Iterable[Iterable[Any]], title: str | None = None) -> None:
    """A table as wide as its content needs; numbers stand on the right with thousands separated."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading.replace("_", " "))
    for row in rows:
        table.add_row(*(shown(cell) for cell in row))
    Console().print(table)


def shown(value: Any) -> str:
    """A cell as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
