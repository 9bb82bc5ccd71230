"""Usage over time: signed partials per minute, added up in memory, then by interval."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from query_api.media.question import Question
from schemas.media.dimensions import ALL
from schemas.shared.origins import came_by
from sinks.files import TableFiles

INTERVALS: Mapping[str, int] = {"1m": 1, "5m": 5, "1h": 60}
"""An interval's name → its minutes."""

MINUTE_COLUMNS = ("tenant", "minute", "source", "sessions", "bits", "stalls")
KEPT_DAYS = 32

SUMS = (pl.col("sessions").sum(), pl.col("bits").sum(), pl.col("stalls").sum())


@dataclass
class UsageMinutes:
    """The minutes of the last month of every organisation; one thread at a time."""

    files: TableFiles
    _days: dict[date, tuple[frozenset[str], pl.DataFrame]] = field(default_factory=dict)
    _minutes: pl.DataFrame | None = None

    def refresh(self) -> pl.DataFrame:
        """MINUTE_COLUMNS, one row per organisation, minute and source."""
        before = self.files.version
        self.files.refresh()
        if self._minutes is not None and self.files.version == before:
            return self._minutes
        self._minutes = self._added_up()
        return self._minutes

    def _added_up(self) -> pl.DataFrame:
        listing = self.files.listing()
        kept = listing.filter(pl.col("start_date") > pl.col("start_date").max() - timedelta(days=KEPT_DAYS))
        paths = {day: frozenset(part["path"]) for (day,), part in kept.group_by("start_date")}
        self._days = {day: self._day(day, now) for day, now in paths.items()}
        return pl.concat([self._read(frozenset()), *(minutes for _, minutes in self._days.values())])

    def _day(self, day: date, paths: frozenset[str]) -> tuple[frozenset[str], pl.DataFrame]:
        """The day's minutes; once a file went, its rows are in another, so all are read again."""
        known, minutes = self._days.get(day, (frozenset[str](), self._read(frozenset())))
        if known == paths:
            return known, minutes
        if not known <= paths:
            known, minutes = frozenset(), minutes.clear()
        fresh = pl.concat([minutes, self._read(paths - known)])
        return paths, fresh.group_by("tenant", "minute", "source").agg(SUMS).select(MINUTE_COLUMNS)

    def _read(self, paths: frozenset[str]) -> pl.DataFrame:
        return self.files.scan(paths).filter(pl.col("dimension") == ALL).select(MINUTE_COLUMNS).collect()


def usage(minutes: pl.DataFrame, question: Question, period: str, interval: str) -> dict[str, Any]:
    """The answer of /v1/media/usage: the minutes that begin in the period, by intervals aligned to the epoch."""
    length = INTERVALS[interval]
    start = pl.col("minute").dt.truncate(interval).alias("start")
    stats = (
        minutes.lazy()
        .filter(
            pl.col("tenant") == question.tenant,
            pl.col("minute") >= question.since,
            pl.col("minute") < question.now,
            True if question.sources is None else came_by(question.sources),
        )
        .group_by("minute")
        .agg(SUMS)
        .filter(pl.col("sessions") > 0)
        .group_by(start)
        .agg(
            pl.col("bits").sum(),
            pl.col("sessions").max().alias("peak_concurrent_sessions"),
            (pl.col("sessions").sum() / length).alias("mean_concurrent_sessions"),
            pl.col("stalls").sum(),
        )
        .sort("start")
        .collect()
    )
    return {"period": period, "interval": interval, "stats": [_item(row) for row in stats.iter_rows(named=True)]}


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    start: datetime = row["start"]
    return {**row, "start": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
