"""Click cells in memory, and what they come to by place for a question that is asked again and again.

A `Tally` is counted once. What came and went since is added to the places that it touches, and the places with the most
clicks are found among those that had the most before and those touched: so an answer costs what has changed.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_api.capture.places import (
    Counts,
    Numbers,
    added,
    bucketed,
    combined,
    looked_up,
    most_clicked,
    place_of,
    without,
)
from query_api.capture.question import MOST_POINTS, Shown
from schemas.shared.times import EPOCH

CELL_BYTES: Final = 28
COUNT_BYTES: Final = 16
HOUR: Final = timedelta(hours=1)
SECONDS_AN_HOUR: Final = 3600
TOP: Final = 4 * MOST_POINTS

_SEED: Final = SystemRandom().getrandbits(64)


class Hours(NamedTuple):
    """Whole hours since 1970 in [since, until); None is without an end."""

    since: int | None = None
    until: int | None = None


EVER: Final = Hours()


class Selection(NamedTuple):
    """Which cells, and in squares of how many pixels."""

    hours: Hours = EVER
    target: str | None = None
    bucket: int = 1


def hour_of(moment: datetime) -> int:
    """Whole hours since 1970."""
    return (moment - EPOCH) // HOUR


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The cells of some files, by hour: `hours` (N), `places` (N), `targets` (N, see `target_codes`), `clicks` (N)."""

    paths: frozenset[str]
    hours: NDArray[np.int32]
    places: Numbers
    targets: NDArray[np.uint64]
    clicks: Numbers

    @classmethod
    def of(cls, paths: Collection[str], cells: pl.DataFrame) -> "Group":
        """Of `hour`, `target`, `x`, `y`, `clicks`."""
        ordered = cells.sort("hour")
        return cls(
            frozenset(paths),
            (ordered["hour"].dt.epoch("s") // SECONDS_AN_HOUR).cast(pl.Int32).to_numpy(),
            place_of(ordered["x"].to_numpy(), ordered["y"].to_numpy()),
            target_codes(ordered["target"]),
            ordered["clicks"].to_numpy(),
        )

    def selected(self, selection: Selection) -> Counts:
        """The cells of a selection, each by its square."""
        hours = selection.hours
        begin = 0 if hours.since is None else int(np.searchsorted(self.hours, hours.since))
        end = None if hours.until is None else int(np.searchsorted(self.hours, hours.until))
        counts = Counts(self.places[begin:end], self.clicks[begin:end])
        if selection.target is not None:
            counts = counts.where(self.targets[begin:end] == target_codes(pl.Series([selection.target]))[0])
        return Counts(bucketed(counts.places, selection.bucket), counts.clicks)


def target_codes(targets: pl.Series) -> NDArray[np.uint64]:
    """(N): a 64-bit hash each, since clients choose the texts, and there is no end of them."""
    return targets.hash(_SEED).to_numpy()


@dataclass(frozen=True)
class Tally:
    """What some groups come to by place: `counts` in order, and of those the TOP with the most; no other has more than
    `below`.
    """

    selection: Selection
    groups: frozenset[Group]
    counts: Counts
    top: Counts
    below: int

    @classmethod
    def counted(cls, selection: Selection, groups: frozenset[Group]) -> "Tally":
        """Of all their cells."""
        return cls._of(selection, groups, added(*(group.selected(selection) for group in groups)))

    @classmethod
    def _of(cls, selection: Selection, groups: frozenset[Group], counts: Counts) -> "Tally":
        if counts.places.size <= TOP:
            return cls(selection, groups, counts, counts, 0)
        # counted whole: ties with the last of them must not be cut by their place
        least = int(np.partition(counts.clicks, -TOP)[-TOP])
        return cls(selection, groups, counts, counts.where(counts.clicks > least), least)

    def changed(self, groups: frozenset[Group]) -> int:
        """How many cells came and went, if these are the groups now."""
        return sum(group.hours.size for group in self.groups ^ groups)

    def renewed(self, groups: frozenset[Group]) -> "Tally":
        """The same of these groups."""
        return self._of(self.selection, groups, combined(self.counts, added(*self._since(groups))))

    def shown(self, groups: frozenset[Group], besides: Counts, min_count: int, limit: int) -> Shown:
        """The points of these groups, and of other clicks `besides`, which need not be by square."""
        more = added(*self._since(groups), Counts(bucketed(besides.places, self.selection.bucket), besides.clicks))
        touched = Counts(more.places, more.clicks + looked_up(self.counts, more.places))
        rest = without(self.top, more.places)
        near = Counts(*(np.concatenate(pair) for pair in zip(rest, touched, strict=True)))
        found = best(near, min_count, limit)
        least = int(found.points.clicks[-1]) if found.truncated else min_count
        if self.below < least:
            return found
        return best(combined(self.counts, more), min_count, limit)

    def _since(self, groups: frozenset[Group]) -> Iterator[Counts]:
        """What came since, and what went."""
        for group in groups - self.groups:
            yield group.selected(self.selection)
        for group in self.groups - groups:
            gone = group.selected(self.selection)
            yield Counts(gone.places, -gone.clicks)


def best(counts: Counts, min_count: int, limit: int) -> Shown:
    """The points of counts that have each place once."""
    enough = counts.where(counts.clicks >= min_count)
    return Shown(most_clicked(enough, limit), enough.places.size > limit)
