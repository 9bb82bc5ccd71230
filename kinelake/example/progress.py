"""Shows how far example traffic has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from kinelake.example.load import Played


@contextmanager
def shown(total: int, console: Console | None = None) -> Iterator[Callable[[Played], None]]:
    """A bar for `total` events while the block runs; it yields what `Load.play` calls with its progress."""
    columns = (
        TextColumn("example data"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} events  {task.fields[trouble]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console or Console(stderr=True)) as progress:
        task = progress.add_task("", total=total, trouble="")

        def update(played: Played) -> None:
            counts = {"rejected": played.rejected, "retries": played.retries}
            trouble = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
            progress.update(task, completed=played.accepted + played.rejected, trouble=trouble)

        yield update
