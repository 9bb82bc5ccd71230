"""Places on a screen as numbers, which sort as (x, y) does; counts by place added up, put in buckets, put in order."""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]

_BITS: Final = 21
_SHIFT: Final = 1 << (_BITS - 1)
"""Coordinates lie within ±1,000,000 (`schemas.capture.events.Pixel`); a bucket's corner may lie as far below again."""


class Counts(NamedTuple):
    """`places` (N), each once, and how many clicks each has (N)."""

    places: Numbers
    clicks: Numbers


NOWHERE: Final = Counts(np.empty(0, np.int64), np.empty(0, np.int64))
"""No clicks at all."""


def place_of(x: Numbers, y: Numbers) -> Numbers:
    """(N): the place of each pair of coordinates."""
    return ((x.astype(np.int64) + _SHIFT) << _BITS) | (y.astype(np.int64) + _SHIFT)


def coordinates(places: Numbers) -> tuple[Numbers, Numbers]:
    """x (N) and y (N) of places."""
    return (places >> _BITS) - _SHIFT, (places & ((1 << _BITS) - 1)) - _SHIFT


def added(*parts: Counts) -> Counts:
    """Each place once, with the sum of its clicks."""
    places = np.concatenate([part.places for part in parts])
    clicks = np.concatenate([part.clicks for part in parts])
    summed = pl.DataFrame({"place": places, "clicks": clicks}).group_by("place").agg(pl.col("clicks").sum())
    return Counts(summed["place"].to_numpy(), summed["clicks"].to_numpy())


def bucketed(counts: Counts, pixels: int) -> Counts:
    """By squares of that many pixels; a square's place is its corner with the lowest coordinates."""
    if pixels == 1:
        return counts
    x, y = (each // pixels * pixels for each in coordinates(counts.places))
    return added(Counts(place_of(x, y), counts.clicks))


def most_clicked(counts: Counts, limit: int) -> Counts:
    """The `limit` places with the most clicks, in order of clicks descending, x, y.

    By selection before any sorting: a project may have a million places.
    """
    places, clicks = counts
    if places.size > limit:
        least = np.partition(clicks, -limit)[-limit]
        above, level = clicks > least, clicks == least
        room = limit - int(above.sum())
        first = np.partition(places[level], room - 1)[room - 1]
        chosen = above | (level & (places <= first))
        places, clicks = places[chosen], clicks[chosen]
    order = np.lexsort((places, -clicks))
    return Counts(places[order], clicks[order])
