"""A page of media sessions, the newest first, from the view in memory and the days of settled rows that it needs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import polars as pl

from query_api.dashboard.rows import KEY, PAGE_ROWS, Cursor, Wanted, has
from query_api.media.rows import midnight
from query_api.media.tail import ROW_COLUMNS
from query_api.media.view import MediaView
from schemas.media.sessions import MEDIA_SESSIONS, SESSION_KEY
from sinks.media.status import status
from sinks.reader import Shown

BEGAN = "first_event_at"
ORDER = (BEGAN, KEY)
DAY = timedelta(days=1)
Sessions: TypeAlias = Sequence[Mapping[str, Any]]
"""ROW_COLUMNS and KEY."""


def listed(
    view: MediaView, shown: Shown, tenant: str, wanted: Wanted, wanted_status: str, at: datetime
) -> tuple[Sessions, Cursor | None]:
    """The page, and where the next one goes on; `wanted_status` "" is any, as the status was at `at`."""
    unsettled = view.tail.states.lazy().filter(pl.col("tenant") == tenant).with_columns(status(at))
    found = _first(shown(MEDIA_SESSIONS, unsettled.select(ROW_COLUMNS)), wanted, wanted_status)
    for day in _days(view, wanted):
        settled = shown(MEDIA_SESSIONS, _settled(view, tenant, day))
        found = _first(pl.concat([found.lazy().drop(KEY), settled]), wanted, wanted_status)
        if found.filter(pl.col(BEGAN) >= midnight(day)).height > PAGE_ROWS:
            break
    rows = found.sort(ORDER, descending=True).rows(named=True)
    page = rows[:PAGE_ROWS]
    return page, Cursor(page[-1][BEGAN], page[-1][KEY]) if len(rows) > PAGE_ROWS else None


def _settled(view: MediaView, tenant: str, day: date) -> pl.LazyFrame:
    """The settled sessions that began on a day, without those that the tail has anew."""
    rows, anew = view.settled.between(tenant, None, midnight(day), midnight(day) + DAY).rows, view.tail.reopened
    # a join reads the keys of all rows of the day, and mostly there is nothing to take out
    return rows.lazy() if anew.is_empty() else rows.lazy().join(anew.lazy(), on=SESSION_KEY, how="anti")


def _first(rows: pl.LazyFrame, wanted: Wanted, wanted_status: str) -> pl.DataFrame:
    """One more than a page has. Keys are made of the few rows only that may be on it: of those that are as late as the
    page's last by their time alone, and of those that began with the last of the page before."""
    matching, began = rows.filter(_matching(wanted, wanted_status)), pl.col(BEGAN)
    before = matching if wanted.after is None else matching.filter(began < wanted.after.time)
    last = before.select(began.top_k(PAGE_ROWS + 1).min()).collect().item()
    near = (matching if last is None else matching.filter(began >= last)).collect()
    named = near.with_columns(pl.concat_str("session_id", "media_id", separator="/").alias(KEY))
    return named.filter(_beyond(wanted.after)).top_k(PAGE_ROWS + 1, by=ORDER)


def _matching(wanted: Wanted, wanted_status: str) -> pl.Expr:
    """Those of the filters, none of them later than the last of the page before."""
    until = wanted.until if wanted.after is None else min(wanted.until, wanted.after.time)
    found = pl.col(BEGAN).is_between(wanted.since, until)
    for name, value in wanted.equal.items():
        found &= has(name, value)
    return found & (pl.col("status") == wanted_status) if wanted_status else found


def _beyond(after: Cursor | None) -> pl.Expr:
    """On this page and not on the one before."""
    if after is None:
        return pl.lit(value=True)
    began = pl.col(BEGAN)
    return (began < after.time) | ((began == after.time) & (pl.col(KEY) < after.key))


def _days(view: MediaView, wanted: Wanted) -> Iterator[date]:
    """The days that may have a settled session of the page, the newest first."""
    until = wanted.until if wanted.after is None else min(wanted.until, wanted.after.time)
    day = min(until, view.latest_start).date()
    while day >= wanted.since.date():
        yield day
        day -= DAY
