"""A question about media sessions → sums: settled cells and rows, less what is re-opened, plus the tail."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from query_api.media.counted import Chosen, Codes, Counted, Counts, Named
from query_api.media.question import Question
from query_api.media.running import HOUR_US, Cells, Flags, Floats, Running
from query_api.media.view import MediaView
from schemas.media.cells import MOST_VALUES, OTHER
from schemas.media.dimensions import ALL
from schemas.shared.times import microseconds
from sinks.media.cells import HISTOGRAMS, MEASURES, bucket_value, told_apart
from sinks.media.status import STATUSES

EXACT_SESSIONS = 1000
"""Up to so many sessions in an answer percentiles are exact."""

HOUR = timedelta(hours=1)

Group: TypeAlias = Mapping[str, Any]
"""Sums of one group: the measures, and `total`, `completed`, `abandoned`, `active` sessions."""


class Sums:
    """What the answers to one question add up from."""

    def __init__(self, view: MediaView, question: Question) -> None:
        self._view = view
        self._question = question
        self._from, self._to = _whole_hours(view, question)
        self._first, self._last = microseconds(self._from) // HOUR_US, -(-microseconds(self._to) // HOUR_US)
        self._since, self._now = microseconds(question.since), microseconds(question.now)
        self._at = microseconds(min(question.now, view.as_of or question.now))
        self._rows = list(self._with_sign())

    def by(self, dimension: str, measures: Collection[str]) -> list[tuple[str, Group]]:
        """Each value of the dimension that has sessions, and its sums; most sessions first, then by name.

        At most MOST_VALUES values are told apart, beside OTHER and UNKNOWN; the sums over all stay what they are.
        """
        wanted = list(dict.fromkeys(["sessions", *measures]))
        parts = self._parts(dimension, [MEASURES.index(name) for name in wanted])
        names, sums = self._of_status(_added(parts, len(wanted)))
        # what is left of a value's status without sessions is what rounding left
        names, sums = _told_apart(names, np.where(sums[:, :, :1] > 0, sums, 0.0))
        by_status, totals = sums[:, :, 0].astype(np.int64).tolist(), sums.sum(axis=1).tolist()
        groups: list[tuple[str, Group]] = [
            (name, {"total": sum(each), **_named(STATUSES, each), **_named(wanted, total)})
            for name, each, total in zip(names, by_status, totals, strict=True)
            if total[0]
        ]
        return sorted(groups, key=lambda group: (-group[1]["total"], group[0]))

    def percentiles(self, sessions: int, ranks: Collection[int]) -> dict[str, list[float | None]]:
        """Fact → nearest-rank percentiles of its known values; exact for up to 1,000 sessions, else within 1 %."""
        if not sessions:
            return {fact: [None for _ in ranks] for fact in HISTOGRAMS}
        if sessions <= EXACT_SESSIONS:
            rows = [*self._rows, *self._settled()]
            return {fact: _at_ranks([each.values(fact) for each in rows], ranks) for fact in HISTOGRAMS}
        buckets = {fact: _at_ranks(self._buckets(fact), ranks) for fact in HISTOGRAMS}
        return {fact: [None if each is None else bucket_value(each) for each in buckets[fact]] for fact in HISTOGRAMS}

    def _with_sign(self) -> Iterator[Chosen]:
        """What cells miss or count wrongly: settled sessions at the edges, re-opened ones (sign −1), the tail."""
        tenant, tail = self._question.tenant, self._view.tail
        for hour in self._edges():
            part = self._view.settled.between(tenant, self._question.media_id, hour, hour + HOUR)
            yield self._chosen(part.sessions)
        reopened, _ = tail.replaced.of(tenant)
        yield self._chosen(reopened, sign=-1)
        for layer in tail.layers:
            sessions, places = layer.rows.of(tenant)
            yield self._chosen(sessions, ~layer.gone[places])

    def _chosen(self, sessions: Counted, there: Flags | None = None, sign: int = 1) -> Chosen:
        """Those that are there, in the period, of the media, the sources and the status."""
        question, statuses = self._question, sessions.statuses(self._at)
        asked = (sessions.began >= self._since) & (sessions.began < self._now)
        if there is not None:
            asked &= there
        if question.media_id is not None:
            asked &= sessions.of_media(question.media_id)
        if question.sources is not None:
            asked &= sessions.came_by(question.sources)
        if question.status is not None:
            asked &= statuses == STATUSES.index(question.status)
        return Chosen(sessions, statuses, asked, sign)

    def _parts(self, dimension: str, measures: Sequence[int]) -> Iterator[Named]:
        cells = [each.sums(dimension) for each in self._cells]
        for running in cells:
            yield running.names, running.between(self._first, self._last)[:, :, measures]
        for rows in self._rows:
            if rows.asked.any():
                codes = rows.sessions.codes(dimension)
                counted_as = codes if rows.sign > 0 else self._in_cells(rows.sessions, codes, cells)
                yield rows.by(counted_as, measures)

    def _in_cells(self, sessions: Counted, codes: Codes, cells: Sequence[Running]) -> Codes:
        """The value by which cells counted each: OTHER, where they do not tell its own apart."""
        names, places = codes
        inside = (sessions.hours >= self._first) & (sessions.hours < self._last)
        named = np.any([each.has(names, places, sessions.hours) for each in cells], axis=0)
        return [*names, OTHER], np.where(inside & ~named, len(names), places)

    def _of_status(self, found: Named) -> Named:
        names, sums = found
        if self._question.status is not None:
            sums[:, [name != self._question.status for name in STATUSES]] = 0
        return names, sums

    def _edges(self) -> Collection[datetime]:
        """The broken hours of the period."""
        first = [self._from - HOUR] if self._from > self._question.since else []
        last = [self._to] if self._to < self._question.now else []
        return dict.fromkeys([*first, *last])

    @cached_property
    def _cells(self) -> Sequence[Cells]:
        question = self._question
        return [each.of(question.sources) for each in self._of_every_source(question)]

    def _of_every_source(self, question: Question) -> Sequence[Cells]:
        if question.media_id is None:
            return [self._view.cells[question.tenant]] if question.tenant in self._view.cells else []
        days = self._view.media_cells.days(question.tenant, question.media_id, self._from, self._to)
        return [part.cells for part in days]

    def _settled(self) -> Iterator[Chosen]:
        """The settled sessions of the whole hours, one by one; none of them is active."""
        question = self._question
        if question.status == "active":
            return
        for part in self._view.settled.days(question.tenant, question.media_id, self._from, self._to):
            hours = part.sessions.hours
            yield self._chosen(part.sessions, (hours >= self._first) & (hours < self._last))

    def _buckets(self, fact: str) -> list[Counts]:
        wanted = [self._question.status in (None, name) for name in STATUSES]
        histograms = [each.histogram(fact) for each in self._cells]
        cells = [
            (np.array(each.names, np.int64), each.between(self._first, self._last)[:, wanted, 0].sum(axis=1))
            for each in histograms
        ]
        return [*cells, *(rows.buckets(fact) for rows in self._rows)]


def _whole_hours(view: MediaView, question: Question) -> tuple[datetime, datetime]:
    """From the first whole hour of the period to the end of the last one that cells answer for."""
    first = question.since.replace(minute=0, second=0, microsecond=0)
    last = question.now.replace(minute=0, second=0, microsecond=0)
    # what settled began long before now; only a clock that was set back finds settled sessions in the hour of now
    return (
        first if first == question.since else first + HOUR,
        question.now if view.latest_start < question.now else last,
    )


def _added(parts: Iterable[Named], measures: int) -> Named:
    """The sums of each name of the parts, which may have one several times."""
    every, places = list(parts), dict[str, int]()
    found = [[places.setdefault(name, len(places)) for name in names] for names, _ in every]
    sums = np.zeros((len(places), len(STATUSES), measures))
    for indices, (_, part) in zip(found, every, strict=True):
        np.add.at(sums, indices, part)
    return list(places), sums


def _told_apart(names: Sequence[str], sums: Floats) -> Named:
    """The names with OTHER in the place of all that are beyond MOST_VALUES."""
    if len(names) <= MOST_VALUES:
        return names, sums
    rows = pl.DataFrame({"value": names, "sessions": sums[:, :, 0].sum(axis=1)}).with_row_index("place")
    told = told_apart(rows.with_columns(dimension=pl.lit(ALL)), ["dimension"])
    return _added([(told["value"].to_list(), sums[told["place"].to_numpy()])], sums.shape[-1])


def _named(names: Sequence[str], numbers: Sequence[float]) -> Mapping[str, float]:
    return dict(zip(names, numbers, strict=True))


def _at_ranks(parts: Sequence[Counts], ranks: Collection[int]) -> list[Any]:
    """Nearest rank: the smallest number with at least rank % of the sessions at or below it; None of no sessions."""
    numbers, places = np.unique(np.concatenate([numbers for numbers, _ in parts]), return_inverse=True)
    sessions = np.bincount(places, np.concatenate([counts for _, counts in parts]), len(numbers))
    there = sessions > 0
    below = sessions[there].cumsum()
    if not len(below):
        return [None for _ in ranks]
    targets = [-(-rank * int(below[-1]) // 100) for rank in ranks]
    found: list[Any] = numbers[there][below.searchsorted(targets)].tolist()
    return found
