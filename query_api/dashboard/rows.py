"""An organisation's rows of any table, newest first, a page at a time.

A page is looked for in ever longer stretches before the newest row, so that where rows are many few are read. Where it
goes on is said by the last row's time and key, so that rows that arrive meanwhile shift nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.origins import ORIGIN_COLUMNS, SOURCE_COLUMN, came_by
from schemas.shared.stream import Stream

PAGE_ROWS = 50
STRETCHES = (timedelta(minutes=10), timedelta(days=1))
INSTANT = timedelta(microseconds=1)
KEY = "row_key"


@dataclass(frozen=True)
class Kept:
    """A table whose rows a page lists: the column of their time, what names one, what a list shows."""

    table: Table
    time: str
    key: pl.Expr
    shown: Sequence[str]
    filters: Sequence[str]


@dataclass(frozen=True)
class Cursor:
    """The last row of the page before."""

    time: datetime
    key: str


@dataclass(frozen=True)
class Wanted:
    """Rows with a time in [since, until) and these values, beyond the cursor."""

    since: datetime
    until: datetime
    equal: Mapping[str, str]
    after: Cursor | None = None


@dataclass(frozen=True)
class Place:
    """Where a row stands, as far as that is known."""

    at: datetime | None = None
    session_id: str | None = None


@dataclass(frozen=True)
class Rows:
    """One page; `following` is where the next one goes on, None at the end."""

    rows: Sequence[Mapping[str, Any]]
    following: Cursor | None


OWN_SHOWN = 4
"""Columns of a stream's own that a list shows."""


def of_stream(stream: Stream) -> Kept:
    """A stream's primary table."""
    unshown = {*stream.objects, *stream.log_only}
    own = [column.name for kind in stream.kinds.values() for column in kind if column.name not in unshown]
    told = [name for name in dict.fromkeys(own) if name != "session_id" and stream.primary.schema[name] != pl.List]
    shown = ("event_type", *told[:OWN_SHOWN], "session_id", "country_code", "device_type")
    origin = (column.name for column in stream.stamped if column in ORIGIN_COLUMNS)
    filters = ("event_type", "session_id", "subject", "request_id", "event_id", *origin)
    return Kept(stream.primary, "occurred_at", pl.col("event_id"), shown, filters)


DEAD = Kept(
    DEAD_LETTERS,
    "failed_at",
    # not pl.format, which may panic on a batch that a filter has left empty
    pl.concat_str("stream", "log_partition", "log_offset", pl.col("log_item").fill_null(0), separator="."),
    ("stream", "stage", "reason", "detail"),
    ("stream", "reason"),
)


def page_of(tables: Tables, kept: Kept, tenant: str, wanted: Wanted, most: int = PAGE_ROWS) -> Rows:
    """The newest `most` of the rows that are wanted."""
    order = [kept.time, KEY]
    found = pl.DataFrame(schema={kept.time: kept.table.schema[kept.time], KEY: pl.String})
    for extent in _stretches(tables, kept, tenant, wanted):
        inside = _named(_matching(tables.rows(kept.table, extent), kept, wanted), kept)
        found = inside.select(order).top_k(most + 1, by=order).collect()
        if found.height > most:
            break
    shown = found.sort(order, descending=True).head(most)
    if shown.is_empty():
        return Rows((), None)
    rows = _whole(tables, kept, tenant, shown).sort(order, descending=True).rows(named=True)
    last = Cursor(shown[kept.time][-1], shown[KEY][-1])
    return Rows(rows, last if found.height > most else None)


def _whole(tables: Tables, kept: Kept, tenant: str, shown: pl.DataFrame) -> pl.DataFrame:
    """All columns of these rows; by values and not by a join, so that of all other rows they are not even decoded."""
    extent = Extent(tenant, kept.time, shown[kept.time][-1], shown[kept.time][0])
    rows = tables.rows(kept.table, extent).filter(kept.key.is_in(pl.lit(shown[KEY].implode())))
    return _named(rows, kept).collect().join(shown, on=[kept.time, KEY], how="semi")


def _named(rows: pl.LazyFrame, kept: Kept) -> pl.LazyFrame:
    return rows.with_columns(kept.key.alias(KEY))


def row_of(tables: Tables, kept: Kept, tenant: str, key: str, place: Place) -> Mapping[str, Any] | None:
    """The row of that key; where its place does not say when, the newest are looked through first."""
    # an address may name a session where the table, such as that of the dead letters, knows of none
    session_id = place.session_id if "session_id" in kept.table.schema else None
    extent = Extent(tenant, kept.time, place.at or EARLIEST, place.at or LATEST, session_id)
    for rows in tables.newest_first(kept.table, extent):
        found = _named(rows.filter(kept.key == key), kept).head(1).collect()
        if not found.is_empty():
            return found.row(0, named=True)
    return None


def has(name: str, value: str) -> pl.Expr:
    """Whether a row has what is asked for in a column; of a source several may be named, with commas between."""
    return came_by(value.split(",")) if name == SOURCE_COLUMN.name else pl.col(name) == value


def _matching(rows: pl.LazyFrame, kept: Kept, wanted: Wanted) -> pl.LazyFrame:
    rows = rows.filter(*(has(name, value) for name, value in wanted.equal.items()))
    if wanted.after is None:
        return rows
    time, after = pl.col(kept.time), wanted.after
    return rows.filter((time < after.time) | ((time == after.time) & (kept.key < after.key)))


def _stretches(tables: Tables, kept: Kept, tenant: str, wanted: Wanted) -> Iterator[Extent]:
    """Back from the newest row that may be wanted, at last to the earliest; none where there is nothing."""
    until = wanted.until - INSTANT if wanted.after is None else wanted.after.time
    every = Extent(tenant, kept.time, wanted.since, until, wanted.equal.get("session_id"))
    newest = tables.newest(kept.table, every)
    if newest is None:
        return
    for stretch in STRETCHES:
        if newest - stretch > wanted.since:
            yield replace(every, since=newest - stretch)
    yield every
