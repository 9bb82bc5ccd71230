"""The home page: whether all runs and how fresh it is, and what the organisation's streams took in lately."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import Stores
from query_api.dashboard.kept_charts import lines
from query_api.dashboard.lists import DetailLink
from query_api.dashboard.overview import Overview
from query_api.dashboard.part import Part
from query_api.dashboard.rows import DEAD, KEY, Rows, Wanted, page_of
from query_api.dashboard.shell import HOME, page
from query_api.tables import Extent, Tables
from schemas.shared.stream import streams
from web.caller import Caller, Role, at_least
from web.tenancy import RouteSpec, route

SPAN = timedelta(hours=1)
RATE_MINUTES = 5
DEAD_DAYS = timedelta(days=30)
MOST_DEAD = 10
ERRORS_TABLE = "error_reports"


@dataclass(frozen=True)
class Lately:
    """The organisation's last hour: minutes, the oldest first; stream → rows in each; dead letters of a month."""

    minutes: Sequence[datetime]
    rows: Mapping[str, Sequence[int]]
    dead: Rows

    def rate(self, stream: str) -> float:
        """Events a second over the last whole minutes."""
        return sum(self.rows[stream][-RATE_MINUTES - 1 : -1]) / (60 * RATE_MINUTES)


class Home:
    """The route of the home page."""

    def __init__(
        self, stores: Stores, tables: Tables, overview: Callable[[], Awaitable[Overview]], parts: Sequence[Part]
    ) -> None:
        self._stores = stores
        self._tables = tables
        self._overview = overview
        self._parts = parts

    def routes(self) -> list[RouteSpec]:
        """One."""
        return [route(HOME, self._answer, roles=at_least(Role.ADMIN))]

    async def _answer(self, request: Request, caller: Caller) -> Response:
        overview = await self._overview()
        now = self._stores.clock()
        found: Lately = await self._stores.threaded(partial(lately, self._tables, caller.tenant, now))
        context: Mapping[str, Any] = {
            "title": "Home",
            "overview": overview,
            "lately": found,
            "chart": _chart(found),
            "errors": _errors(found),
            "panels": [await part.panel(caller.tenant) for part in self._parts],
            "dead_link": DetailLink("dead_letter", DEAD.time),
            "key": KEY,
        }
        return page(request, caller, "home.html.j2", **context)


def lately(tables: Tables, tenant: str, now: datetime) -> Lately:
    """What the organisation's tables took in within the hour."""
    end = now.replace(second=0, microsecond=0)
    minutes = [end - SPAN + timedelta(minutes=n) for n in range(61)]
    counts = pl.collect_all(_minutes(tables, Extent(tenant, "received_at", minutes[0], now)))
    rows = {name: _by_minute(found, minutes) for name, found in zip(streams(), counts, strict=True)}
    dead = page_of(tables, DEAD, tenant, Wanted(now - DEAD_DAYS, now, {}), MOST_DEAD)
    return Lately(minutes, rows, dead)


def _minutes(tables: Tables, hour: Extent) -> list[pl.LazyFrame]:
    minute = pl.col(hour.time).dt.truncate("1m").alias("minute")
    return [tables.rows(stream.primary, hour).group_by(minute).agg(pl.len()) for stream in streams().values()]


def _by_minute(found: pl.DataFrame, minutes: Sequence[datetime]) -> list[int]:
    counts = dict(found.iter_rows())
    return [counts.get(minute, 0) for minute in minutes]


def _chart(found: Lately) -> str:
    labels = [minute.strftime("%H:%M") for minute in found.minutes]
    busy = {name: rows for name, rows in found.rows.items() if any(rows)}
    return lines("Rows a minute in the last hour", labels, busy, "rows a minute", wide=True) if busy else ""


def _errors(found: Lately) -> int | None:
    """Error reports of the hour; None where no stream takes any."""
    names = [name for name, stream in streams().items() if stream.primary.name == ERRORS_TABLE]
    return sum(found.rows[names[0]]) if names else None
