"""The tables as rows are looked for in them: kept open, looked at again where they have moved, and of their files only
those that may hold a row.

What a file may hold is told by its statistics, so that an answer's cost goes by what it shows and not by what there is.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import polars as pl

from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.location import Location
from sinks.moved import Moved
from sinks.reader import Shown, everything

PRECISION = timedelta(milliseconds=1)
"""Delta's statistics may cut times to it."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2201, 1, 1, tzinfo=UTC)
"""The times that the gateway takes lie between."""


@dataclass(frozen=True)
class Extent:
    """An organisation's rows with a time in [since, until], of one session where that is named.

    Its ends as literals are made once for all tables: polars makes each by several queries of its own.
    """

    tenant: str
    time: str
    since: datetime
    until: datetime
    session_id: str | None = None

    @cached_property
    def inside(self) -> tuple[pl.Expr, ...]:
        """What holds of a row of it."""
        time = pl.col(self.time)
        found = (pl.col("tenant") == self.tenant, time >= self._since, time <= self._until)
        return found if self.session_id is None else (*found, pl.col("session_id") == self.session_id)

    @cached_property
    def may_reach(self) -> tuple[pl.Expr, ...]:
        """What holds of the statistics of a file with such times; of one without them nothing is known, so it may."""
        latest, earliest = pl.col(f"max.{self.time}"), pl.col(f"min.{self.time}")
        since = pl.lit(self.since - PRECISION)
        return (latest >= since).fill_null(value=True), (earliest <= self._until).fill_null(value=True)

    @cached_property
    def _since(self) -> pl.Expr:
        return pl.lit(self.since)

    @cached_property
    def _until(self) -> pl.Expr:
        return pl.lit(self.until)


class Tables:
    """For several threads at once; of what an erasure hides nothing is `shown`."""

    def __init__(self, location: Location, shown: Shown = everything) -> None:
        self._location = location
        self._shown = shown
        self._files: dict[str, tuple[TableFiles, Moved]] = {}
        self._lock = threading.Lock()

    def rows(self, table: Table, extent: Extent) -> pl.LazyFrame:
        """The rows of an extent in the declared columns, at the newest version; none where there is no table."""
        files, listing = self._listed(table)
        paths = listing.filter(*_may_hold(listing, extent))["path"]
        return self._shown(table, files.scan(tuple(paths)).filter(*extent.inside))

    def newest_first(self, table: Table, extent: Extent) -> Iterator[pl.LazyFrame]:
        """The same by files, ever more of them at a time: for one row, in whichever it may be."""
        files, listing = self._listed(table)
        held = listing.filter(*_may_hold(listing, extent))
        paths = held.sort(f"max.{extent.time}", descending=True)["path"].to_list()
        first, count = 0, 1
        while first < len(paths):
            yield self._shown(table, files.scan(paths[first : first + count]).filter(*extent.inside))
            first, count = first + count, 2 * count

    def version(self, table: Table) -> int:
        """The newest version of a table, -1 where there is none."""
        files, _ = self._listed(table)
        return files.version

    def newest(self, table: Table, extent: Extent) -> datetime | None:
        """No row of the extent is later; None where it has none. At most PRECISION above the latest time there is."""
        _, listing = self._listed(table)
        ends = listing.filter(*_may_hold(listing, extent))[f"max.{extent.time}"]
        if ends.null_count():
            return extent.until
        latest = ends.max()
        assert latest is None or isinstance(latest, datetime), "a column of times has no other"
        return None if latest is None else min(extent.until, latest + PRECISION)

    def _listed(self, table: Table) -> tuple[TableFiles, pl.DataFrame]:
        with self._lock:
            if table.name not in self._files:
                self._files[table.name] = TableFiles.reading(self._location, table), Moved(self._location, [table])
            files, moved = self._files[table.name]
            if moved(files.version):
                files.refresh()
            return files, files.listing()


def _may_hold(listing: pl.DataFrame, extent: Extent) -> Iterator[pl.Expr]:
    """Of files without a statistic nothing is known, so that they may."""
    yield from extent.may_reach
    for name, value in (("tenant", extent.tenant), ("session_id", extent.session_id)):
        if value is not None and f"min.{name}" in listing.columns:
            inside = (pl.col(f"min.{name}") <= value) & (pl.col(f"max.{name}") >= value)
            yield inside.fill_null(value=True)
