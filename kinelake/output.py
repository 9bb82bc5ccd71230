"""What commands print: a table for people, or with --json one JSON document for programs.

Every time, age, size and number that people read is written here, so that all commands write it alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import typer

if TYPE_CHECKING:
    from rich.table import Table

MINUS = "−"
_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"))


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
    """A table as wide as its content needs."""
    from rich.console import Console

    Console().print(table(headings, rows, title))


def table(headings: Iterable[str], rows: Iterable[Iterable[Any]], title: str | None = None) -> "Table":
    """Cells as people read them; columns of numbers stand on the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    cells = [list(row) for row in rows]
    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if _numbers(row[place] for row in cells) else "left"
        # an id is there to be copied, so it stays in one piece; nothing is cut off
        made.add_column(heading.replace("_", " "), justify=justify, no_wrap=heading == "id", overflow="fold")
    for row in cells:
        made.add_row(*map(shown, row))
    return made


def _numbers(column: Iterable[Any]) -> bool:
    kinds = [isinstance(cell, int | float) and not isinstance(cell, bool) for cell in column if cell is not None]
    return bool(kinds) and all(kinds)


def shown(value: Any) -> str:
    """A cell as people read it: times in UTC to the second, thousands separated."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, float):
        return f"{value:,.1f}".replace("-", MINUS)
    return f"{value:,}".replace("-", MINUS) if isinstance(value, int) else str(value)


def ago(seconds: float | None) -> str:
    """How long something is past, in the largest unit that it fills; clocks that differ a little give no future."""
    if seconds is None:
        return shown(None)
    if seconds < 1:
        return "now"
    size, unit = next(((size, unit) for size, unit in _AGES if seconds >= size), (1, "s"))
    return f"{int(seconds // size):,} {unit} ago"


def change(by: int) -> str:
    """A difference with its sign."""
    return f"{MINUS if by < 0 else '+'}{abs(by):,}"


def megabytes(size: int) -> str:
    """Bytes as MB with one decimal; what is not nothing is never shown as nothing."""
    return "<0.1" if 0 < size < 50_000 else f"{size / 1e6:,.1f}"
