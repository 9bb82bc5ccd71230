"""The positions of a heatmap by cell: from cells where that says it all, and else from the rows of whole sessions.

A session is counted from cells or from rows, never from both, so that it is one session of a cell: from rows where it
has anything in an hour that the period cuts, or that is not settled, or where a size is no whole number of cells.
"""

from datetime import timedelta
from typing import Final

import polars as pl

from query_api.asked import Period
from query_api.game.counts import PEOPLE, added, of_cells, of_positions
from query_api.game.events import Events
from query_api.game.kept import KeptCells, Snapshot, nobody
from query_api.game.question import Question, too_many
from query_api.game.rows import Application, chosen, rows_of, within
from query_api.game.tail import Tail, people
from query_api.tables import EARLIEST, LATEST, Tables
from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS
from sinks.game.cells import PLACED_EVENT, celled, coarser, whole_cells
from sinks.game.samples import EVENTS, Rows, batches, naming, travels

HOUR: Final = timedelta(hours=1)
MOST_POSITIONS: Final = 20_000_000
"""Rows that one answer looks at."""


class Positions:
    """The positions of applications as they are asked for."""

    def __init__(self, tables: Tables, events: Events, kept: KeptCells) -> None:
        self._tables = tables
        self._events = events
        self._kept = kept
        self._tail = Tail(tables, events)

    def counted(self, application: Application, question: Question) -> pl.DataFrame:
        """Counts by cell, whatever their number of sessions; raises the 400 where it is too much to look at."""
        each = whole_cells(question.side)
        if not each:
            return self._from_rows(application, question, None)
        if question.source == "events":
            return self._with_edges(application, question, self._kept.snapshot(application, GAME_EVENT_CELLS), nobody())
        cells = self._kept.snapshot(application, GAME_SAMPLE_CELLS)
        sessions, newest = self._tail.of(application, cells.passed)
        tail = people(sessions)
        if _cut(question.period):
            return self._with_edges(application, question, cells, tail)
        unsettled = coarser(newest.filter(which(question)), each)
        return added([cells.counted(which(question), tail, each), of_cells(unsettled)])

    def _with_edges(
        self, application: Application, question: Question, cells: Snapshot, besides: pl.DataFrame
    ) -> pl.DataFrame:
        """The sessions with something in hours that the period cuts, and those `besides`, are counted from rows."""
        cut, each = _cut(question.period), whole_cells(question.side)
        if not cut:
            return cells.counted(which(question), nobody(), each)
        apart = pl.concat([nobody(), cells.having(pl.any_horizontal(cut)), besides]).unique()
        settled = cells.counted(which(question), apart, each)
        return added([settled, self._from_rows(application, question, apart)])

    def _from_rows(self, application: Application, question: Question, sessions: pl.DataFrame | None) -> pl.DataFrame:
        """Counts of the rows of sessions (PEOPLE), or of all."""
        rows = rows_of(self._tables, application)
        if question.source == "events":
            return _events(rows, question, sessions)
        every = rows(EVENTS, EARLIEST, LATEST) if sessions is None else self._events.of(application, sessions)
        return _samples(rows, question, every)


def which(question: Question) -> pl.Expr:
    """What holds of cells: of the level, build and event, and of hours that lie within the period."""
    wanted = chosen(level_id=question.level, build_id=question.build, event_name=question.event_name)
    since, until = question.period
    if since is not None:
        wanted.append(pl.col("hour") >= since)
    if until is not None:
        wanted.append(pl.col("hour") <= until - HOUR)
    return pl.all_horizontal(pl.lit(value=True), *wanted)


def _cut(period: Period) -> list[pl.Expr]:
    """What holds of the hours that a period has a part of: at most one at each end."""
    ends = [end for end in period if end is not None and end.replace(minute=0, second=0, microsecond=0) != end]
    return [(pl.col("hour") <= end) & (pl.col("hour") > end - HOUR) for end in ends]


def _events(rows: Rows, question: Question, sessions: pl.DataFrame | None) -> pl.DataFrame:
    wanted = chosen(level_id=question.level, build_id=question.build, event_name=question.event_name)
    placed = within(rows, EVENTS, question.period).filter(PLACED_EVENT, *wanted)
    if sessions is not None:
        ids = pl.lit(sessions["session_id"].unique().implode())
        placed = placed.filter(pl.col("session_id").is_in(ids)).join(sessions.lazy(), on=PEOPLE, how="semi")
    needed = placed.select(*PEOPLE, "x", "y", "z").head(MOST_POSITIONS + 1).collect(engine="streaming")
    _refuse(question, needed.height)
    return of_positions(celled(needed, question.side))


def _samples(rows: Rows, question: Question, events: pl.LazyFrame) -> pl.DataFrame:
    """Counts of the samples of the sessions that these events are all of."""
    since, until = question.period.since or EARLIEST, question.period.until or LATEST
    told, levels = pl.collect_all([travels(events), naming(events)])
    near = told.filter(pl.col("since") < until, pl.col("until") >= since)
    _refuse(question, int(near["samples"].sum()))
    wanted = chosen(level_id=question.level, build_id=question.build)
    inside = pl.all_horizontal(pl.col("occurred_at") >= since, pl.col("occurred_at") < until, *wanted)
    return added(of_positions(celled(each.filter(inside), question.side)) for each in batches(rows, near, levels))


def _refuse(question: Question, positions: int) -> None:
    if positions <= MOST_POSITIONS:
        return
    if not whole_cells(question.side):
        raise too_many("cell_size", positions, "ask for a multiple of 1.6, which is answered from cells")
    name = "from" if question.period.since is not None else "to"
    raise too_many(name, positions, "ask for whole hours, which are answered from cells")
