"""Cells as sums that run over the hours: what a period adds is the difference of two of them, however long it is."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.media.dimensions import ALL
from schemas.shared.origins import came_by
from sinks.media.cells import HISTOGRAMS, MEASURES
from sinks.media.status import STATUSES

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

HOUR_US: Final = 3_600_000_000
HOUR_BITS: Final = 32
"""A place in the order of groups and hours is the group's number above so many bits, and the hour below."""

ZEROS: Final = -(2**31)
"""The number of the bucket that holds the zeros: below all others, and what stands for it comes out as 0."""


class Running:
    """Sums of cells by name and status; the names are values of a dimension, or numbers of buckets.

    As long as the cells are: a name takes no room for hours in which it has none.
    """

    def __init__(self, cells: pl.DataFrame, named: str, measures: Sequence[str]) -> None:
        names, codes = coded(cells[named])
        self.names: Sequence[Any] = names.to_list()
        hours = cells["hour"].to_physical().to_numpy() // HOUR_US
        keys = _keys(codes * len(STATUSES) + _status_codes(cells["status"]), hours)
        order = np.argsort(keys)
        self._keys = keys[order]
        self._sums, self._rest = _ran(cells.select(pl.col(measures).cast(pl.Float64)).to_numpy()[order])

    def between(self, since: int, until: int) -> Floats:
        """[names, statuses, measures] of the hours in [since, until), each as its number since 1970."""
        groups = np.arange(len(self.names) * len(STATUSES))
        first, last = (np.searchsorted(self._keys, _keys(groups, np.int64(hour))) for hour in (since, until))
        found = (self._sums[last] - self._sums[first]) + (self._rest[last] - self._rest[first])
        return found.reshape(len(self.names), len(STATUSES), self._sums.shape[1])

    def has(self, names: Sequence[Any], codes: Integers, hours: Integers) -> Flags:
        """Whether there is a cell, of any status, of each name (by its place in `names`) in each hour."""
        groups = np.array([self._places.get(name, -1) for name in names], np.int64)[codes] * len(STATUSES)
        there = np.zeros(len(codes), np.bool_)
        for status in range(len(STATUSES)):
            there |= np.isin(_keys(groups + status, hours), self._keys)
        return there

    @cached_property
    def _places(self) -> Mapping[Any, int]:
        return {name: place for place, name in enumerate(self.names)}


class Cells:
    """Cells of whole hours of one organisation, over all media or of one; sums are made when first asked for."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        self._made: dict[str, Running] = {}
        self._of: dict[frozenset[str], Cells] = {}

    def of(self, sources: frozenset[str] | None) -> "Cells":
        """Those of the sessions that came by one of these; of all for None."""
        if sources is None:
            return self
        if sources not in self._of:
            self._of[sources] = Cells(self.rows.filter(came_by(sources)))
        return self._of[sources]

    def sums(self, dimension: str) -> Running:
        """MEASURES by the dimension's values."""
        return self._running(dimension, lambda: _sums(self.rows, dimension))

    def histogram(self, fact: str) -> Running:
        """Sessions by the fact's buckets."""
        return self._running(fact, lambda: _histogram(self.rows, fact))

    def _running(self, name: str, make: Callable[[], Running]) -> Running:
        """Two threads may both make it, which is only for nothing."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


def cells_in_memory(rows: pl.DataFrame) -> Mapping[str, Cells]:
    """Rows of media_session_cells by organisation."""
    return {tenant: Cells(part) for (tenant,), part in rows.partition_by("tenant", as_dict=True).items()}


def coded(values: pl.Series) -> tuple[pl.Series, Integers]:
    """The values there are, in their order, and of each row the place of its own among them."""
    names = values.unique().sort()
    return names, names.search_sorted(values).to_numpy().astype(np.int64)


def _sums(rows: pl.DataFrame, dimension: str) -> Running:
    return Running(rows.filter(pl.col("dimension") == dimension), "value", MEASURES)


def _histogram(rows: pl.DataFrame, fact: str) -> Running:
    column = pl.col(HISTOGRAMS[fact]).alias("histogram")
    keyed = rows.filter(pl.col("dimension") == ALL, column.list.len() > 0).select("hour", "status", column)
    buckets = keyed.explode("histogram").unnest("histogram").with_columns(pl.col("bucket").fill_null(ZEROS))
    return Running(buckets, "bucket", ["sessions"])


def _keys(groups: Integers, hours: Integers | np.int64) -> Integers:
    return (groups << HOUR_BITS) + hours


def _status_codes(statuses: pl.Series) -> Integers:
    return statuses.replace_strict(STATUSES, range(len(STATUSES)), return_dtype=pl.Int64).to_numpy()


def _ran(rows: Floats) -> tuple[Floats, Floats]:
    """The sums of the first n rows, n from 0, and what was lost in rounding them: a difference of both has only the
    rounding of its own size, however large the sums have grown."""
    sums, rest = np.zeros((2, len(rows) + 1, rows.shape[1]))
    before, after = sums[:-1], sums[1:]
    np.cumsum(rows, axis=0, out=after)
    added = after - before
    # Knuth's two-sum tells exactly what each addition lost
    np.cumsum((before - (after - added)) + (rows - added), axis=0, out=rest[1:])
    return sums, rest
