"""Status for people: tables in the terminal, once or live."""

import time
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kinelake.balance import Balance
from kinelake.installation import Installation
from kinelake.output import ago, change, megabytes, table
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
    roles = [
        (each.role, each.instance, "alive" if each.alive else "silent", ago((found.at - each.seen_at).total_seconds()))
        for each in found.roles
    ]
    yield table(["role", "process", "state", "last seen"], roles, "roles")
    flows = [(each.stream, each.lag, ago(each.freshness_seconds)) for each in found.flows]
    yield table(["stream", "events waiting", "complete until"], flows, "flows")
    lags = [
        (flow.stream, each.partition, each.committed, each.end, each.lag)
        for flow in found.flows
        for each in flow.partitions
        if each.lag
    ]
    if lags:
        yield table(["stream", "partition", "committed", "end", "events waiting"], lags, "partitions behind")
    tables = [(each.name, each.rows, each.version, each.files, megabytes(each.bytes)) for each in found.tables]
    yield table(["table", "rows", "version", "files", "MB"], tables, "tables")
    if found.dead_letters:
        dead = [(each.stream, each.stage, each.reason, each.count) for each in found.dead_letters]
        yield table(["stream", "stage", "reason", "count"], dead, "dead letters")


def _sum(each: Balance) -> str:
    suppressed = sum(each.suppressed.values())
    verdict = "balances" if each.balance == 0 else f"does NOT balance: {change(each.balance)}"
    return (
        f"{each.stream}: accepted {each.accepted:,} = stored {each.stored:,} + duplicate {each.duplicate:,} "
        f"+ suppressed {suppressed:,} + dead-lettered {each.dead_lettered:,} + in flight {each.in_flight:,}: {verdict}"
    )
