"""Settled rows and per-media cells, read on demand at the version that the cells in memory were made from."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import polars as pl

from sinks.media_files import TableFiles

CACHED_PARTS = 512
"""Parts of tables kept in memory: an hour or a day of one organisation, each read from the files it had then."""


class Parts:
    """Parts of one table at one version: rows of one organisation and maybe one media, by UTC day or hour.

    A part is kept until its day's files change, also over versions; `after` hands the kept ones on.
    """

    def __init__(self, files: TableFiles, listing: pl.DataFrame, columns: tuple[str, ...], time: str) -> None:
        self.listing = listing
        self._time = time
        self._files = files
        self._columns = columns
        self._read = lru_cache(CACHED_PARTS)(self._scanned)

    def after(self, listing: pl.DataFrame) -> "Parts":
        """The same table at another version."""
        later = Parts(self._files, listing, self._columns, self._time)
        later._read = self._read
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
        return self._read(tuple(paths), tenant, media_id, since, until)

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
