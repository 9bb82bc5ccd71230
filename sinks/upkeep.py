"""Upkeep of tables beside their writers: fewer and sorted files, old versions and their files gone.

Guarantee: no row is lost or doubled by it; a commit that meets another's removes nothing and is tried again next time.
Each reads rows into memory a bin at a time, so run it in a process of its own.
"""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from schemas.shared.columns import Table
from schemas.shared.faults import Terminal
from sinks.faults import translated
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.table_log import TableLog, as_of, prune, readable

BIN_ROWS = 500_000
"""Rows of one compacted file: about 50 MB on disk, a few hundred MB while it is sorted."""

# Rows are written before the commit that names them.
_UNDER_WAY = timedelta(hours=1)
_EMPTY_FOR_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did."""

    files_before: int
    files_after: int
    raced: int


def needs_compaction(files: TableFiles, options: SinkOptions) -> bool:
    """Whether compaction would spare the table more files than the setting allows; days of big files never count."""
    spared = sum(len(paths) - 1 for paths in _bins(files))
    return spared >= options.compact_after_files


def compact(location: Location, table: Table) -> Compacted:
    """Join small files of a day into sorted ones: few files are read, and one session is found without a scan."""
    files = TableFiles.open(location, table)
    before, raced = files.listing().height, 0
    for paths in list(_bins(files)):
        try:
            files.exchange(paths, files.scan(paths).collect(), {}, upkeep=True)
        except ExchangeRaced:
            raced += 1
            files.refresh()
    return Compacted(before, files.listing().height, raced)


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """Files that a vacuum removed: of the log, and with rows that no version kept uses."""

    log_files: int
    data_files: int


def vacuum(location: Location, table: Table, hours: int, now: datetime, needed: int | None = None) -> Vacuumed:
    """Removes versions older than `hours`, and the files that no younger one uses, failed commits' among them.

    A younger version's files were written after the newest older one, the base, or are the base's. So the base says
    what stays, and nothing has to be known of files removed since.

    Args:
        needed: a version older than that which somebody is still to read.
    """
    stored, uri = TableFiles.open(location, table).table, location.uri(table.name)
    pruned = prune(uri, hours, now, needed)
    versions = readable(TableLog(uri).entries())
    base = as_of((one for one in versions if needed is None or one.version <= needed), now - timedelta(hours=hours))
    if base is None:
        return Vacuumed(pruned.removed, 0)
    with translated(uri):
        removed = stored.vacuum(
            retention_hours=math.ceil((now - base.written_at + _UNDER_WAY) / timedelta(hours=1)),
            dry_run=False,
            enforce_retention_duration=False,
            full=True,
            keep_versions=[base.version],
        )
        if location.is_folder:
            _remove_empty_days(location, table)
    return Vacuumed(pruned.removed, len(removed))


def compact_each(location: Location, tables: Iterable[Table]) -> dict[str, Compacted]:
    """One after the other, by name."""
    return {table.name: compact(location, table) for table in tables}


def vacuum_each(
    location: Location, tables: Iterable[tuple[Table, int | None]], hours: int, now: datetime
) -> dict[str, Vacuumed | Terminal]:
    """Each with the version of it that is needed, by name; of one that does not fit, why, and it holds up no other."""
    return {table.name: _vacuumed(location, table, hours, now, needed) for table, needed in tables}


def _vacuumed(location: Location, table: Table, hours: int, now: datetime, needed: int | None) -> Vacuumed | Terminal:
    try:
        return vacuum(location, table, hours, now, needed)
    except Terminal as reason:
        return reason


def _remove_empty_days(location: Location, table: Table) -> None:
    """Folders of days whose files have gone; one to which nothing came for a day, so that no writer is about to."""
    (partition,) = table.partition_by
    for folder in (location.folder / table.name).glob(f"{partition}=*"):
        if folder.stat().st_mtime < time.time() - _EMPTY_FOR_SECONDS and not any(folder.iterdir()):
            folder.rmdir()


def _bins(files: TableFiles) -> Iterator[list[str]]:
    """Groups of small files of one day, each worth a new file."""
    small = files.listing().filter(pl.col("rows") < BIN_ROWS // 2)
    for (_,), day in small.sort("rows").group_by(files.partition, maintain_order=True):
        number = (day["rows"].cum_sum() - 1) // BIN_ROWS
        for (_,), group in day.with_columns(bin=number).group_by("bin", maintain_order=True):
            if group.height > 1:
                yield group["path"].to_list()
