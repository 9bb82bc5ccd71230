"""Retention: whole days beyond a table's retention go, and their rows stay in the sum.

The commit that removes a day's rows notes, as application transactions, how many were ever removed by stream and
kind; so the sum of `kinelake status` holds whatever dies in between.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import polars as pl
import structlog

from jobs.lake import Lake
from jobs.retention_options import RetentionOptions, days_kept
from jobs.tables import of_each_table
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.discovery import declared_in
from schemas.shared.stream import streams
from schemas.shared.suppressed import SUPPRESSED
from sinks.files import TableFiles

DUPLICATE = "duplicate"
"""The reason that the sum counts by itself."""

KeepBack: TypeAlias = Callable[[Lake, TableFiles, Collection[str], datetime], pl.DataFrame]
"""The rows of files that are to go which must stay; called before they go, so it may note what goes."""

log = structlog.get_logger()


def expired(stream: str, kind: str = "") -> str:
    """The application under which a table notes how many items of a stream retention removed from it."""
    return f"expired/{stream}/{kind}" if kind else f"expired/{stream}"


def retain(lake: Lake, now: datetime) -> Mapping[str, int]:
    """Rows removed, by table. Raises ExchangeRaced where another upkeep changed the same days: the next run repeats."""
    removed = of_each_table(lake, lambda table: _retain(lake, table, now))
    log.info("retained", rows=sum(removed.values()))
    return removed


def _retain(lake: Lake, table: Table, now: datetime) -> int:
    files = TableFiles.open(lake.location, table)
    days = days_kept(lake.settings.room(RetentionOptions), table)
    oldest = (now - timedelta(days=days)).date()
    gone = files.listing().filter(pl.col(files.partition) < oldest)
    if gone.is_empty():
        return 0
    paths = gone["path"].to_list()
    kept = _kept_back(lake, files, paths, now)
    if kept.height == gone["rows"].sum():
        return 0
    items, still = _items(table, files.scan(paths)), _items(table, kept.lazy())
    removed = {name: count - still.get(name, 0) for name, count in items.items()}
    noted = {name: max(0, files.transaction(name)) + count for name, count in removed.items()}
    files.exchange(paths, kept, noted)
    return int(gone["rows"].sum()) - kept.height


def _kept_back(lake: Lake, files: TableFiles, paths: Sequence[str], now: datetime) -> pl.DataFrame:
    """What of these files must stay by the stream's own rule, `KEPT_BACK` of its module in this room."""
    rules: dict[str, KeepBack] = {}
    for declared in declared_in("jobs", "KEPT_BACK").values():
        rules |= declared
    rule = rules.get(files.declared.name)
    return pl.DataFrame(schema=files.declared.schema) if rule is None else rule(lake, files, paths, now)


def _items(table: Table, rows: pl.LazyFrame) -> dict[str, int]:
    """Items of the sum among the rows, by application; derived and settled tables hold none."""
    if table.name == SUPPRESSED.name:
        kind = pl.when(pl.col("reason") == DUPLICATE).then(pl.lit(DUPLICATE)).otherwise(pl.lit(""))
        counts = rows.group_by("stream", kind.alias("kind")).agg(pl.col("count").sum()).collect()
        return {expired(stream, kind): count for stream, kind, count in counts.iter_rows()}
    if table.name == DEAD_LETTERS.name or table.name in {stream.primary.name for stream in streams().values()}:
        counts = rows.group_by("stream").agg(pl.len().cast(pl.Int64)).collect()
        return {expired(stream): count for stream, count in counts.iter_rows()}
    return {}
