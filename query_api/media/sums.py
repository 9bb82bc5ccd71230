"""A question about media sessions → sums: settled cells and rows, less what is re-opened, plus the tail."""

from collections.abc import Collection
from datetime import datetime, timedelta

import polars as pl

from query_api.media.question import Question
from query_api.media.tail import ROW_COLUMNS
from query_api.media.view import MediaView, histogram_rows
from schemas.media.cells import OTHER
from schemas.media.dimensions import ALL
from sinks.media.cells import HISTOGRAMS, bucket, bucket_value, contributions, told_apart
from sinks.media.status import status

EXACT_SESSIONS = 1000
"""Up to so many sessions in an answer percentiles are exact."""

HOUR = timedelta(hours=1)


class Sums:
    """What the answers to one question add up from."""

    def __init__(self, view: MediaView, question: Question) -> None:
        self._view = view
        self._question = question
        self._from, self._to = _whole_hours(view, question)
        hour, began = pl.col("hour"), pl.col("first_event_at")
        # made once: polars makes a time of an expression by several queries of its own
        self._in_whole_hours = (hour >= self._from) & (hour < self._to)
        self._in_period = (began >= question.since) & (began < question.now)
        self._rows = self._with_sign()

    def by(self, dimension: str, measures: Collection[str]) -> pl.DataFrame:
        """One row per `value` of the dimension and `status` that has sessions: `sessions` and the measures.

        At most MOST_VALUES values are told apart, beside OTHER and UNKNOWN; the sums over all stay what they are.
        """
        wanted = list(dict.fromkeys(["sessions", *measures]))
        sums = [pl.col(name).sum() for name in wanted]
        signed = [pl.col(name) * pl.col("sign") for name in wanted]
        cells = self._cells(dimension)
        rows = self._contributions(dimension, cells).select("value", "status", *signed)
        merged = pl.concat([self._of_status(cells.lazy()).select("value", "status", *wanted), rows])
        found = merged.group_by("value", "status").agg(sums).filter(pl.col("sessions") > 0).collect()
        told = told_apart(found.with_columns(dimension=pl.lit(dimension)), ["dimension"])
        return told.group_by("value", "status").agg(sums)

    def percentiles(self, sessions: int, ranks: Collection[int]) -> dict[str, list[float | None]]:
        """Fact → nearest-rank percentiles of its known values; exact for up to 1,000 sessions, else within 1 %."""
        exact = sessions <= EXACT_SESSIONS
        parts = self._values() if exact else self._buckets()
        value = pl.col("value") if exact else bucket_value(pl.col("value"))
        merged = [
            counted.group_by("value").agg(pl.col("sessions").sum()).filter(pl.col("sessions") > 0).with_columns(value)
            for counted in parts.values()
        ]
        found = pl.collect_all(counted.sort("value") for counted in merged)
        return {fact: _at_ranks(counted, ranks) for fact, counted in zip(parts, found, strict=True)}

    def _with_sign(self) -> pl.DataFrame:
        """What cells miss or count wrongly: settled sessions at the edges, re-opened ones (sign −1), the tail."""
        view, question = self._view, self._question
        at = min(question.now, view.as_of or question.now)
        plus, minus = pl.lit(1, pl.Int64).alias("sign"), pl.lit(-1, pl.Int64).alias("sign")
        tail = self._matching(view.tail.states).with_columns(status(at)).select(*ROW_COLUMNS, plus)
        reopened = self._matching(view.tail.reopened).select(*ROW_COLUMNS, minus)
        edges = [self._matching(rows.lazy()).select(*ROW_COLUMNS, plus) for rows in self._edges()]
        return self._of_status(pl.concat([*edges, reopened, tail])).collect()

    def _contributions(self, dimension: str, cells: pl.DataFrame) -> pl.LazyFrame:
        """What the rows add to `value` and `status`, with their sign. What is taken off the cells is taken from the
        value by which they counted it: OTHER, where they do not tell its own apart."""
        value = pl.lit(ALL) if dimension == ALL else pl.col(dimension)
        hour = pl.col("first_event_at").dt.truncate("1h").alias("hour")
        rows = pl.concat([contributions(self._rows.lazy()), self._rows.lazy().select("sign")], how="horizontal")
        named = cells.lazy().select("hour", "value").unique().with_columns(named=True)
        placed = rows.with_columns(value.alias("value"), hour).join(named, on=["hour", "value"], how="left")
        in_cells = (pl.col("sign") < 0) & self._in_whole_hours
        unnamed = in_cells & pl.col("named").is_null()
        return placed.with_columns(pl.when(unnamed).then(pl.lit(OTHER)).otherwise("value").alias("value"))

    def _matching(self, sessions: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
        question = self._question
        found = sessions.lazy().filter(pl.col("tenant") == question.tenant, self._in_period)
        return found if question.media_id is None else found.filter(pl.col("media_id") == question.media_id)

    def _of_status(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        wanted = self._question.status
        return rows if wanted is None else rows.filter(pl.col("status") == wanted)

    def _edges(self) -> list[pl.DataFrame]:
        """The settled rows of the period's broken hours."""
        question, settled = self._question, self._view.settled
        first = [self._from - HOUR] if self._from > question.since else []
        last = [self._to] if self._to < question.now else []
        hours = dict.fromkeys([*first, *last])
        return [settled.between(question.tenant, question.media_id, hour, hour + HOUR) for hour in hours]

    def _cells(self, dimension: str) -> pl.DataFrame:
        question = self._question
        if question.media_id is None:
            cells = self._view.cells.sums.get((question.tenant, dimension), self._no_cells())
        else:
            cells = self._media_cells().filter(pl.col("dimension") == dimension)
        return cells.lazy().filter(self._in_whole_hours).collect()

    def _media_cells(self) -> pl.DataFrame:
        question = self._question
        return self._view.media_cells.days(question.tenant, question.media_id, self._from, self._to)

    def _no_cells(self) -> pl.DataFrame:
        return self._view.media_cells.nothing()

    def _values(self) -> dict[str, pl.LazyFrame]:
        """Fact → `value`, `sessions`: every value as it is."""
        question = self._question
        days = self._view.settled.days(question.tenant, question.media_id, self._from, self._to)
        rows = self._of_status(self._matching(days)).with_columns(sign=pl.lit(1, pl.Int64))
        every = pl.concat([rows, self._rows.lazy()])
        return {fact: _counted(every, fact, pl.col(fact)) for fact in HISTOGRAMS}

    def _buckets(self) -> dict[str, pl.LazyFrame]:
        """Fact → `value`, `sessions`: the values as their buckets."""
        rows = self._rows.lazy()
        tails = {fact: _counted(rows, fact, bucket(fact)) for fact in HISTOGRAMS}
        cells = {fact: self._histogram(fact).select(value="bucket", sessions="sessions") for fact in HISTOGRAMS}
        return {fact: pl.concat([cells[fact], tails[fact]]) for fact in HISTOGRAMS}

    def _histogram(self, fact: str) -> pl.LazyFrame:
        question = self._question
        cells = self._view.cells.histograms.get((question.tenant, fact)) if question.media_id is None else None
        if cells is None:
            cells = histogram_rows(self._no_cells() if question.media_id is None else self._media_cells(), fact)
        return self._of_status(cells.lazy().filter(self._in_whole_hours))


def _whole_hours(view: MediaView, question: Question) -> tuple[datetime, datetime]:
    """From the first whole hour of the period to the end of the last one that cells answer for."""
    first = question.since.replace(minute=0, second=0, microsecond=0)
    last = question.now.replace(minute=0, second=0, microsecond=0)
    # what settled began long before now; only a clock that was set back finds settled sessions in the hour of now
    return (
        first if first == question.since else first + HOUR,
        question.now if view.latest_start < question.now else last,
    )


def _counted(rows: pl.LazyFrame, fact: str, value: pl.Expr) -> pl.LazyFrame:
    known = rows.filter(pl.col(fact).is_not_null())
    return known.select(value.alias("value"), pl.col("sign").alias("sessions"))


def _at_ranks(ordered: pl.DataFrame, ranks: Collection[int]) -> list[float | None]:
    """Nearest rank: the smallest value with at least rank % of the sessions at or below it."""
    total = int(ordered["sessions"].sum())
    if not total:
        return [None for _ in ranks]
    below = ordered["sessions"].cum_sum()
    places = [below.search_sorted(-(-rank * total // 100)) for rank in ranks]
    return [float(ordered["value"][place]) for place in places]
