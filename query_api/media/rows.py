"""Settled rows and per-media cells, read on demand at the version that the cells in memory were made from."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache, partial
from typing import Generic, Protocol, TypeAlias, TypeVar

import polars as pl

from query_api.media.counted import Counted
from query_api.media.running import Cells
from sinks.files import TableFiles

CACHED_ROWS = 500_000
"""Rows of parts kept in memory: some 100 MB, and up to twice as much for the sums that are asked of them."""

PART_ROWS = 100
"""What a part takes beside its rows, in rows: who asks for media that do not exist gets parts without any."""

KEPT_PATHS = 10_000
"""Of so many parts it is remembered which files they are in."""

Key: TypeAlias = tuple[tuple[str, ...], str, str | None, datetime, datetime]


class Long(Protocol):
    """What has a number of rows."""

    @property
    def height(self) -> int:
        """The rows."""
        ...


P = TypeVar("P", bound=Long)


class Part:
    """Rows of one organisation, and what is made of them once for all questions."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows

    @property
    def height(self) -> int:
        """The rows."""
        return self.rows.height

    @cached_property
    def sessions(self) -> Counted:
        """The rows as settled sessions."""
        return Counted(self.rows)

    @cached_property
    def cells(self) -> Cells:
        """The rows as cells."""
        return Cells(self.rows)


class RowCache(Generic[P]):
    """The parts read last, up to a number of rows; for several threads at once."""

    def __init__(self, most_rows: int = CACHED_ROWS) -> None:
        self._most_rows = most_rows
        self._rows = 0
        self._parts: OrderedDict[Key, P] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], P]) -> P:
        """The part of that key, read now if it is not there."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        part = read()
        with self._lock:
            self._keep(key, part)
        return part

    def _keep(self, key: Key, part: P) -> None:
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
        self._cache = RowCache[Part]()
        self._paths = lru_cache(KEPT_PATHS)(partial(_listed, listing, files.partition, time))

    def after(self, files: TableFiles) -> "Parts":
        """The same table at another version; the first may have been before anybody made the table."""
        later = Parts(files, files.listing(), self._columns, self._time)
        later._cache = self._cache
        return later

    def between(self, tenant: str, media_id: str | None, since: datetime, until: datetime) -> Part:
        """The rows whose time is in [since, until), both whole hours of one day or whole days."""
        key = (self._paths(tenant, since, until), tenant, media_id, since, until)
        return self._cache.get(key, lambda: Part(self._scanned(*key)))

    def days(self, tenant: str, media_id: str | None, since: datetime, until: datetime) -> Sequence[Part]:
        """The rows of the whole days that [since, until) touches."""
        whole = [midnight(since.date() + timedelta(days=n)) for n in range((until.date() - since.date()).days + 1)]
        return [self.between(tenant, media_id, day, day + timedelta(days=1)) for day in whole]

    def _scanned(
        self, paths: tuple[str, ...], tenant: str, media_id: str | None, since: datetime, until: datetime
    ) -> pl.DataFrame:
        time = pl.col(self._time)
        rows = self._files.scan(paths).filter(pl.col("tenant") == tenant, time >= since, time < until)
        return (
            (rows if media_id is None else rows.filter(pl.col("media_id") == media_id)).select(self._columns).collect()
        )


def _listed(
    listing: pl.DataFrame, partition: str, time: str, tenant: str, since: datetime, until: datetime
) -> tuple[str, ...]:
    """The files that may have such rows."""
    found = listing.filter(
        pl.col(partition).is_between(since.date(), (until - timedelta(microseconds=1)).date()),
        pl.col("min.tenant") <= tenant,
        pl.col("max.tenant") >= tenant,
        pl.col(f"max.{time}") >= since,
        pl.col(f"min.{time}") < until,
    )
    return tuple(found["path"])


def midnight(day: date) -> datetime:
    """The UTC start of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
