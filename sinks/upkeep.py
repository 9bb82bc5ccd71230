"""Upkeep of tables beside their writers: fewer and sorted files, old files gone.

Guarantee: no row is lost or doubled by it; a commit that meets another's removes nothing and is tried again next time.
Each reads rows into memory a bin at a time, so run it in a process of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from schemas.columns import Table
from sinks.errors import translated
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.options import SinkOptions

BIN_ROWS = 500_000
"""Rows of one compacted file: about 50 MB on disk, a few hundred MB while it is sorted."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did."""

    files_before: int
    files_after: int
    raced: int


def needs_compaction(location: Location, table: Table, options: SinkOptions) -> bool:
    """Whether compaction would spare the table more files than the setting allows; days of big files never count."""
    spared = sum(len(paths) - 1 for paths in _bins(TableFiles.open(location, table)))
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


def vacuum(location: Location, table: Table, hours: int) -> int:
    """Remove files that no version of the last `hours` uses, failed commits' among them; returns how many."""
    stored = TableFiles.open(location, table).table
    with translated(location.uri(table.name)):
        removed = stored.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True)
    return len(removed)


def _bins(files: TableFiles) -> Iterator[list[str]]:
    """Groups of small files of one day, each worth a new file."""
    small = files.listing().filter(pl.col("rows") < BIN_ROWS // 2)
    for (_,), day in small.sort("rows").group_by(files.partition, maintain_order=True):
        number = (day["rows"].cum_sum() - 1) // BIN_ROWS
        for (_,), group in day.with_columns(bin=number).group_by("bin", maintain_order=True):
            if group.height > 1:
                yield group["path"].to_list()
