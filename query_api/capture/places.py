"""Places on a screen as numbers, which sort as (x, y) does; counts by place added up, put in buckets, put in order."""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]

_BITS: Final = 21
_SHIFT: Final = 1 << (_BITS - 1)
_FEW: Final = 1 << (_BITS - 1)
"""Coordinates lie within ±1,000,000 (`schemas.capture.events.Pixel`); a bucket's corner may lie somewhat below.

A place has 42 bits, which leaves 21 of the positive numbers for the clicks of a cell."""


class Counts(NamedTuple):
    """`places` (N), and how many clicks each has (N)."""

    places: Numbers
    clicks: Numbers

    def where(self, chosen: NDArray[np.bool_]) -> "Counts":
        """Those for which it holds."""
        return Counts(self.places[chosen], self.clicks[chosen])


NOWHERE: Final = Counts(np.empty(0, np.int64), np.empty(0, np.int64))
"""No clicks at all."""


def place_of(x: Numbers, y: Numbers) -> Numbers:
    """(N): the place of each pair of coordinates."""
    return ((x.astype(np.int64) + _SHIFT) << _BITS) | (y.astype(np.int64) + _SHIFT)


def coordinates(places: Numbers) -> tuple[Numbers, Numbers]:
    """x (N) and y (N) of places."""
    return (places >> _BITS) - _SHIFT, (places & ((1 << _BITS) - 1)) - _SHIFT


def bucketed(places: Numbers, pixels: int) -> Numbers:
    """(N): the squares of that many pixels that places lie in, by their corner with the lowest coordinates."""
    if pixels == 1:
        return places
    x, y = coordinates(places)
    return place_of(x // pixels * pixels, y // pixels * pixels)


def added(*parts: Counts) -> Counts:
    """Each place once and in order, with the sum of its clicks, where that is not 0."""
    places = np.concatenate([NOWHERE.places, *(part.places for part in parts)])
    clicks = np.concatenate([NOWHERE.clicks, *(part.clicks for part in parts)])
    few = not clicks.size or (clicks.min() > -_FEW and clicks.max() < _FEW)
    summed = _packed_sums(places, clicks) if few else _sums(places, clicks)
    return summed.where(summed.clicks != 0)


def _packed_sums(places: Numbers, clicks: Numbers) -> Counts:
    """Place and clicks as one number: to sort these takes a tenth of the time that grouping pairs does."""
    packed = np.sort((places << _BITS) | (clicks + _FEW))
    places, clicks = packed >> _BITS, (packed & ((1 << _BITS) - 1)) - _FEW
    begins = np.flatnonzero(np.diff(places, prepend=-1))
    return Counts(places[begins], np.add.reduceat(clicks, begins) if begins.size else clicks)


def _sums(places: Numbers, clicks: Numbers) -> Counts:
    summed = pl.DataFrame({"place": places, "clicks": clicks}).group_by("place").agg(pl.col("clicks").sum())
    ordered = summed.sort("place")
    return Counts(ordered["place"].to_numpy(), ordered["clicks"].to_numpy())


def combined(counts: Counts, more: Counts) -> Counts:
    """The sum of counts in order and of a few more, where that is not 0."""
    at = np.searchsorted(counts.places, more.places)
    known = looked_up(counts, more.places)
    here = known != 0
    clicks = counts.clicks.copy()
    clicks[at[here]] += more.clicks[here]
    places = np.insert(counts.places, at[~here], more.places[~here])
    clicks = np.insert(clicks, at[~here], more.clicks[~here])
    return Counts(places, clicks).where(clicks != 0)


def looked_up(counts: Counts, places: Numbers) -> Numbers:
    """(n): how many clicks each of these places has; the counts are in order."""
    if not counts.places.size:
        return np.zeros(places.size, np.int64)
    at = np.searchsorted(counts.places, places).clip(max=counts.places.size - 1)
    return np.where(counts.places[at] == places, counts.clicks[at], 0)


def without(counts: Counts, places: Numbers) -> Counts:
    """The counts of all other places."""
    return counts.where(~np.isin(counts.places, places))


def most_clicked(counts: Counts, limit: int) -> Counts:
    """The `limit` places with the most clicks, in order of clicks descending, x, y.

    By selection before any sorting: a project may have a million places.
    """
    if counts.places.size > limit:
        least = np.partition(counts.clicks, -limit)[-limit]
        above, level = counts.clicks > least, counts.clicks == least
        room = limit - int(above.sum())
        last = np.partition(counts.places[level], room - 1)[room - 1]
        counts = counts.where(above | (level & (counts.places <= last)))
    order = np.lexsort((counts.places, -counts.clicks))
    return Counts(counts.places[order], counts.clicks[order])
