"""Settled rows and per-media cells, read on demand at the version that the cells in memory were made from."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import polars as pl

from sinks.files import TableFiles

CACHED_ROWS = 500_000
"""Rows of parts kept in memory, some 100 MB."""

PART_ROWS = 100
"""What a part takes beside its rows, in rows: who asks for media that do not exist gets parts without any."""

Key: TypeAlias = tuple[tuple[str, ...], str, str | None, datetime, datetime]


class RowCache:
    """The parts read last, up to a number of rows; for several threads at once."""

    def __init__(self, most_rows: int = CACHED_ROWS) -> None:
        self._most_rows = most_rows
        self._rows = 0
        self._parts: OrderedDict[Key, pl.DataFrame] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The part of that key, read now if it is not there."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        part = read()
        with self._lock:
            self._keep(key, part)
        return part

    def _keep(self, key: Key, part: pl.DataFrame) -> None:
        if key not in self._parts:
            self._parts[key] = part
            self._rows += part.height + PART_ROWS
        while self._rows > self._most_rows and len(self._parts) > 1:
            _, oldest = self._parts.popitem(last=False)
            self._rows -= oldest.height + PART_ROWS


class Parts:
    """Parts of one table at one version: rows of one organisation and maybe one media, by UTC day or hour.

    A part is kept until its day's files change, also over versions; `after` hands the kept ones on.
    """

    def __init__(self, files: TableFiles, listing: pl.DataFrame, columns: tuple[str, ...], time: str) -> None:
        self.listing = listing
        self._time = time
        self._files = files
        self._columns = columns
        self._cache = RowCache()

    def after(self, files: TableFiles) -> "Parts":
        """The same table at another version; the first may have been before anybody made the table."""
        later = Parts(files, files.listing(), self._columns, self._time)
        later._cache = self._cache
        return later

    def nothing(self) -> pl.DataFrame:
        """No rows, with the columns that parts have."""
        schema = self._files.declared.schema
        return pl.DataFrame(schema={name: schema[name] for name in self._columns})

    def between(self, tenant: str, media_id: str | None, since: datetime, until: datetime) -> pl.DataFrame:
        """The rows whose time is in [since, until), both whole hours of one day or whole days."""
        paths = self.listing.filter(
            pl.col(self._files.partition).is_between(since.date(), (until - timedelta(microseconds=1)).date()),
            pl.col("min.tenant") <= tenant,
            pl.col("max.tenant") >= tenant,
            pl.col(f"max.{self._time}") >= since,
            pl.col(f"min.{self._time}") < until,
        )["path"]
        key = (tuple(paths), tenant, media_id, since, until)
        return self._cache.get(key, lambda: self._scanned(*key))

    def days(self, tenant: str, media_id: str | None, since: datetime, until: datetime) -> pl.DataFrame:
        """The rows whose time is in [since, until), read by whole days."""
        whole = [midnight(since.date() + timedelta(days=n)) for n in range((until.date() - since.date()).days + 1)]
        parts = [self.between(tenant, media_id, day, day + timedelta(days=1)) for day in whole]
        time = pl.col(self._time)
        return pl.concat(parts).filter(time >= since, time < until)

    def _scanned(
        self, paths: tuple[str, ...], tenant: str, media_id: str | None, since: datetime, until: datetime
    ) -> pl.DataFrame:
        time = pl.col(self._time)
        rows = self._files.scan(paths).filter(pl.col("tenant") == tenant, time >= since, time < until)
        return (
            (rows if media_id is None else rows.filter(pl.col("media_id") == media_id)).select(self._columns).collect()
        )


def midnight(day: date) -> datetime:
    """The UTC start of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
