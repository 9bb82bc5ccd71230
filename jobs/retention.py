"""Retention: whole days beyond a table's retention go, and their rows stay in the sum.

The commit that removes a day's rows notes, as application transactions, how many were ever removed by stream and
kind; so the sum of `kinelake status` holds whatever dies in between.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl
import structlog

from jobs.lake import Lake
from jobs.retention_options import RetentionOptions, days_kept
from jobs.tables import of_each_table
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.stream import streams
from schemas.shared.suppressed import SUPPRESSED
from sinks.files import TableFiles

DUPLICATE = "duplicate"
"""The reason that the sum counts by itself."""

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
    items = _items(table, files.scan(paths))
    noted = {name: max(0, files.transaction(name)) + count for name, count in items.items()}
    files.exchange(paths, pl.DataFrame(schema=table.schema), noted)
    return int(gone["rows"].sum())


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
