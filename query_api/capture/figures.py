"""GET /v1/analytics/funnel and /v1/analytics/sessions/stats: what a project's sessions come to.

A row a session is read from tables that have few: sessions as they began and were completed, and parts of what each has
of events and chunks. What was counted is kept until a table has moved.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import polars as pl
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Stores, answer
from query_api.asked import CALLERS
from query_api.capture.kept import Project
from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.capture.activity import CAPTURE_SESSION_CHUNKS, CAPTURE_SESSION_EVENTS
from schemas.shared.columns import Table
from web.caller import Caller
from web.operation import Operation
from web.tenancy import RouteSpec, route

FUNNEL: Final = "/v1/analytics/funnel"
STATS: Final = "/v1/analytics/sessions/stats"
STREAMS: Final = (SESSIONS, EVENTS, CHUNKS)
MOST_KEPT: Final = 1000
"""Projects whose figures are kept."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a project's sessions how many there are of each kind, and two sums; a time in ms.

    `timed` are those that have a duration, `durations` is the sum of them.
    """

    sessions: int
    with_events: int
    with_chunks: int
    completed: int
    events: int
    timed: int
    durations: int


class Stage(Struct, frozen=True):
    """One of the four counts."""

    stage: str
    count: int


class Funnel(Struct, frozen=True):
    """The answer of the funnel."""

    project_id: str
    funnel: list[Stage]


class SessionStats(Struct, frozen=True):
    """All 0 without sessions."""

    avg_duration_ms: int
    total_sessions: int
    total_events: int
    avg_events_per_session: float


class Stats(Struct, frozen=True):
    """The answer of the statistics."""

    project_id: str
    stats: SessionStats


class FigureRoutes:
    """The two routes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.kept = KeptFigures(stores.tables)

    def routes(self) -> list[RouteSpec]:
        """Funnel and statistics."""
        return [
            route(FUNNEL, self._funnel, roles=CALLERS, operation=FUNNEL_READ),
            route(STATS, self._stats, roles=CALLERS, operation=STATS_READ),
        ]

    async def _funnel(self, request: Request, caller: Caller) -> Response:
        as_of, figures = await self._found(caller)
        return answer(Funnel(caller.project_id, stages(figures)), as_of)

    async def _stats(self, request: Request, caller: Caller) -> Response:
        as_of, figures = await self._found(caller)
        return answer(Stats(caller.project_id, statistics(figures)), as_of)

    async def _found(self, caller: Caller) -> tuple[datetime | None, Figures]:
        as_of = await self._stores.threaded(partial(complete_until, self._stores))
        project = Project(caller.tenant, caller.project_id)
        return as_of, await self._stores.threaded(partial(self.kept.of, project))


def complete_until(stores: Stores) -> datetime | None:
    """Until when everything that the family took in is in its tables."""
    told = [stores.as_of(stream.name) for stream in STREAMS]
    known = [moment for moment in told if moment is not None]
    return min(known) if len(known) == len(told) else None


class KeptFigures:
    """The figures of the projects that were asked for last; for several threads at once."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: OrderedDict[Project, tuple[tuple[int, ...], Figures]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, project: Project) -> Figures:
        """Those of now."""
        # versions first: what comes in between is counted now, and counted again
        versions = tuple(self._tables.version(table) for table in READ)
        with self._lock:
            known = self._kept.get(project)
        if known is not None and known[0] == versions:
            return known[1]
        figures = counted(self._tables, project)
        with self._lock:
            self._kept[project] = versions, figures
            self._kept.move_to_end(project)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return figures


READ: Final = (SESSIONS.primary, CAPTURE_SESSION_EVENTS, CAPTURE_SESSION_CHUNKS)


def counted(tables: Tables, project: Project) -> Figures:
    """The figures of a project from the tables."""
    events = _rows(tables, CAPTURE_SESSION_EVENTS, "session_created_at", project).group_by("session_id")
    chunks = _rows(tables, CAPTURE_SESSION_CHUNKS, "session_created_at", project)
    of_events = events.agg(pl.col("events").sum(), pl.col("last_ms").max())
    sessions = _sessions(_rows(tables, SESSIONS.primary, "occurred_at", project))
    open_ms = (pl.col("completed_at") - pl.col("session_created_at")).dt.total_milliseconds()
    timed = (
        sessions.filter(pl.col("completed_at").is_not_null())
        .join(of_events, on="session_id", how="left")
        .select(duration=pl.coalesce("last_ms", open_ms))
    )
    every, had, with_chunks, lasted = pl.collect_all(
        [
            sessions.select(pl.len(), completed=pl.col("completed_at").is_not_null().sum()),
            of_events.select(pl.len(), pl.col("events").sum()),
            chunks.select(pl.col("session_id").n_unique()),
            timed.select(pl.len(), pl.col("duration").sum()),
        ]
    )
    (total, completed), (with_events, count), (timed_count, durations) = every.row(0), had.row(0), lasted.row(0)
    return Figures(total, with_events, with_chunks.item(), completed, count, timed_count, durations)


def _sessions(rows: pl.LazyFrame) -> pl.LazyFrame:
    """A row a session that began, with the first time it was completed."""
    completed = pl.col("occurred_at").filter(pl.col("event_type") == "session_completed").min()
    began = (pl.col("event_type") == "session_initiated").any().alias("began")
    told = rows.group_by("session_id").agg(began, pl.col("session_created_at").first(), completed_at=completed)
    return told.filter("began")


def _rows(tables: Tables, table: Table, time: str, project: Project) -> pl.LazyFrame:
    extent = Extent(project.tenant, time, EARLIEST, LATEST)
    return tables.rows(table, extent).filter(pl.col("project_id") == project.project_id)


def stages(figures: Figures) -> list[Stage]:
    """Four counts, each for itself."""
    counts: Mapping[str, int] = {
        "total_sessions": figures.sessions,
        "sessions_with_events": figures.with_events,
        "sessions_with_chunks": figures.with_chunks,
        "completed_sessions": figures.completed,
    }
    return [Stage(name, count) for name, count in counts.items()]


def statistics(figures: Figures) -> SessionStats:
    """The duration as a whole number and events a session to two decimals, both half up."""
    hundredths = _half_up(100 * figures.events, figures.sessions)
    mean_ms = _half_up(figures.durations, figures.timed)
    return SessionStats(mean_ms, figures.sessions, figures.events, hundredths / 100)


def _half_up(numerator: int, denominator: int) -> int:
    """The quotient of whole numbers that are not negative, 0 of nothing."""
    return (2 * numerator + denominator) // (2 * denominator) if denominator else 0


FUNNEL_READ = Operation(
    "How far the project's sessions came",
    "Four independent counts: all sessions, those with an event, with a chunk, completed ones.",
    tags=("capture",),
    responses={200: Funnel},
    response_headers=AS_OF,
)
STATS_READ = Operation(
    "How long the project's sessions are, and how many events they have",
    tags=("capture",),
    responses={200: Stats},
    response_headers=AS_OF,
)
