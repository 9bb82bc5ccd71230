"""Parts that add up, put together: of a day that is over, what commits brought becomes one row each.

Guarantee: safe beside the flow's appends and after a kill at any point: a day's rows are exchanged in one commit, which
notes the day, and what they come to is the same before and after.
"""

from collections.abc import Callable, Sequence
from datetime import date

import polars as pl

from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.location import Location
from sinks.settling import Settled

MERGED = "merged"
"""Application that notes the newest day whose parts are together, as a day's ordinal."""

Merge = Callable[[pl.DataFrame], pl.DataFrame]


def merge_days(location: Location, merges: Sequence[tuple[Table, Merge]], until: date) -> Settled:
    """The days before `until` of each table, which is made where it is missing.

    Raises ExchangeRaced if another process does the same.
    """
    counts = [_merged(TableFiles.open(location, table), merge, until) for table, merge in merges]
    rows, removed, kept = (sum(each) for each in zip(*counts, strict=True))
    return Settled(rows, 0, removed, kept)


def _merged(files: TableFiles, merge: Merge, until: date) -> tuple[int, int, int]:
    """Rows that are whole now, parts that went, and parts that stay."""
    rows = removed = 0
    days = files.listing()[files.partition].unique().sort()
    for day in days.filter(days < until).to_list():
        if day.toordinal() > files.transaction(MERGED):
            whole, gone = _day(files, merge, day)
            rows, removed = rows + whole, removed + gone
    left = files.listing().filter(pl.col(files.partition) >= until)
    return rows, removed, int(left["rows"].sum())


def _day(files: TableFiles, merge: Merge, day: date) -> tuple[int, int]:
    paths = files.listing().filter(pl.col(files.partition) == day)["path"].to_list()
    parts = files.scan(paths).collect()
    together = merge(parts)
    files.exchange(paths, together, {MERGED: day.toordinal()}, upkeep=True)
    return together.height, parts.height - together.height
