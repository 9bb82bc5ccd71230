"""Status for people: tables in the terminal, once or live."""

import time
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kinelake.balance import Balance
from kinelake.installation import Installation
from kinelake.output import shown
from kinelake.status import Status, status


def print_status(found: Status) -> None:
    """The whole status."""
    Console().print(view(found))


def watch_status(installation: Installation, every: float) -> None:
    """Shows it again and again until Ctrl-C."""
    with Live(view(status(installation)), auto_refresh=False, screen=True) as live:
        try:
            while True:
                time.sleep(every)
                live.update(view(status(installation)), refresh=True)
        except KeyboardInterrupt:
            return


def view(found: Status) -> RenderableType:
    """The status as one piece."""
    return Group(
        *(Text(problem, style="red") for problem in found.problems),
        *_tables(found),
        *(Text(_sum(each), style="green" if each.balance == 0 else "bold red") for each in found.sums),
    )


def _tables(found: Status) -> Iterator[Table]:
    roles = [(each.role, each.instance, "alive" if each.alive else "silent", each.seen_at) for each in found.roles]
    yield _table("roles", ["role", "process", "state", "last seen"], roles)
    flows = [(each.stream, each.lag, _seconds(each.freshness_seconds)) for each in found.flows]
    yield _table("flows", ["stream", "lag", "fresh as of"], flows)
    lags = [
        (flow.stream, each.partition, each.committed, each.end, each.lag)
        for flow in found.flows
        for each in flow.partitions
        if each.lag
    ]
    if lags:
        yield _table("partitions behind", ["stream", "partition", "committed", "end", "lag"], lags)
    tables = [(each.name, each.rows, each.version, each.files, _megabytes(each.bytes)) for each in found.tables]
    yield _table("tables", ["table", "rows", "version", "files", "MB"], tables)
    if found.dead_letters:
        dead = [(each.stream, each.stage, each.reason, each.count) for each in found.dead_letters]
        yield _table("dead letters", ["stream", "stage", "reason", "count"], dead)


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(shown(cell) for cell in row))
    return table


def _sum(each: Balance) -> str:
    suppressed = sum(each.suppressed.values())
    verdict = "balances" if each.balance == 0 else f"does NOT balance: {each.balance:+,}"
    return (
        f"{each.stream}: accepted {each.accepted:,} = stored {each.stored:,} + duplicate {each.duplicate:,} "
        f"+ suppressed {suppressed:,} + dead-lettered {each.dead_lettered:,} + in flight {each.in_flight:,}: {verdict}"
    )


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:,.1f} s ago"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
