"""The points of a heatmap: clicks by place, from cells for whole hours and from rows at a period's edges."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl

from query_api.asked import Period
from query_api.capture.clicks import EVER, HOUR, Hours, Selection, hour_of
from query_api.capture.kept import KeptClicks, Project
from query_api.capture.places import Counts, added, place_of
from query_api.capture.question import Question, Shown
from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.capture.events import EVENTS
from schemas.shared.times import EPOCH
from sinks.capture.parts import PLACED_CLICK

INSTANT: Final = timedelta(microseconds=1)
NEVER: Final = Hours(0, 0)
"""No hour at all."""


class Clicks:
    """The clicks of projects as they are asked for."""

    def __init__(self, tables: Tables, kept: KeptClicks) -> None:
        self._tables = tables
        self._kept = kept

    def shown(self, project: Project, question: Question) -> Shown:
        """The points of the answer."""
        hours, edges = divided(question.period)
        besides = pl.collect_all([self._at_edge(project, edge, question.target) for edge in edges])
        selection = Selection(hours, question.target, question.bucket)
        return self._kept.shown(project, selection, added(*map(_counts, besides)), question)

    def _at_edge(self, project: Project, edge: Period, target: str | None) -> pl.LazyFrame:
        since, until = edge.since or EARLIEST, edge.until or LATEST
        rows = self._tables.rows(EVENTS.primary, Extent(project.tenant, "occurred_at", since, until - INSTANT))
        clicked = rows.filter(pl.col("project_id") == project.project_id, PLACED_CLICK)
        if target is not None:
            clicked = clicked.filter(pl.col("target") == target)
        return clicked.select("x", "y")


def _counts(clicks: pl.DataFrame) -> Counts:
    """A click each."""
    places = place_of(clicks["x"].to_numpy(), clicks["y"].to_numpy())
    return Counts(places, np.ones(places.size, np.int64))


def divided(period: Period) -> tuple[Hours, tuple[Period, ...]]:
    """The whole hours of a period, and what is left of it before and after."""
    if period == Period():
        return EVER, ()
    first = None if period.since is None else -(-(period.since - EPOCH) // HOUR)
    last = None if period.until is None else hour_of(period.until)
    if first is not None and last is not None and first >= last:
        return NEVER, tuple(_real(period))
    before = Period(period.since, None if first is None else EPOCH + first * HOUR)
    after = Period(None if last is None else EPOCH + last * HOUR, period.until)
    return Hours(first, last), tuple(edge for each in (before, after) for edge in _real(each) if None not in edge)


def _real(period: Period) -> Iterator[Period]:
    """The period, unless there is no time in it."""
    if period.since is None or period.until is None or period.since < period.until:
        yield period
