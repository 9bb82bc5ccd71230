"""Click cells of one project in memory: counts by place, renewed by the files that came and went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_api.capture.places import NOWHERE, Counts, Numbers, place_of
from schemas.shared.times import EPOCH

CELL_BYTES: Final = 24
PLACE_BYTES: Final = 28
HOUR: Final = timedelta(hours=1)
SECONDS_AN_HOUR: Final = 3600
SPARE_PLACES: Final = 10_000

_SEED: Final = SystemRandom().getrandbits(64)


class Hours(NamedTuple):
    """Whole hours since 1970 in [since, until); None is without an end."""

    since: int | None = None
    until: int | None = None


EVER: Final = Hours()


def hour_of(moment: datetime) -> int:
    """Whole hours since 1970."""
    return (moment - EPOCH) // HOUR


@dataclass(frozen=True, slots=True)
class Group:
    """The cells of some files, by hour.

    `hours` (N); `places` (N), by their numbers in ProjectClicks; `targets` (N), see `target_codes`; `clicks` (N).
    """

    paths: frozenset[str]
    hours: NDArray[np.int32]
    places: NDArray[np.int32]
    targets: NDArray[np.uint64]
    clicks: Numbers

    def within(self, hours: Hours, target: str | None) -> tuple[NDArray[np.int32], Numbers]:
        """Places (n) and clicks (n) of the cells in the hours, of one target if that is named."""
        begin = 0 if hours.since is None else int(np.searchsorted(self.hours, hours.since))
        end = None if hours.until is None else int(np.searchsorted(self.hours, hours.until))
        places, clicks = self.places[begin:end], self.clicks[begin:end]
        if target is None:
            return places, clicks
        named = self.targets[begin:end] == target_codes(pl.Series([target]))[0]
        return places[named], clicks[named]


def target_codes(targets: pl.Series) -> NDArray[np.uint64]:
    """(N): a 64-bit hash each, since clients choose the texts, and there is no end of them."""
    return targets.hash(_SEED).to_numpy()


@dataclass(frozen=True)
class ProjectClicks:
    """One project's cells; never changed. Places are numbered in the order in which they came.

    `places` (P): number → place; `sorted_places` (P) and `numbers` (P) the same the other way round; `totals` (P) all
    clicks of each place.
    """

    groups: tuple[Group, ...] = ()
    places: Numbers = field(default_factory=lambda: NOWHERE.places)
    sorted_places: Numbers = field(default_factory=lambda: NOWHERE.places)
    numbers: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    totals: Numbers = field(default_factory=lambda: NOWHERE.clicks)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return CELL_BYTES * sum(group.hours.size for group in self.groups) + PLACE_BYTES * self.places.size

    @property
    def outgrown(self) -> bool:
        """Whether most of its places have no click any more."""
        return self.places.size > 2 * int(np.count_nonzero(self.totals)) + SPARE_PLACES

    @property
    def paths(self) -> frozenset[str]:
        """The files whose cells are here."""
        return frozenset[str]().union(*(group.paths for group in self.groups))

    def counts(self, hours: Hours = EVER, target: str | None = None) -> Counts:
        """Clicks by place within the hours, of one target if that is named."""
        everything = hours == EVER and target is None
        totals = self.totals if everything else self._summed(self.groups, hours, target)
        clicked = np.flatnonzero(totals)
        return Counts(self.places[clicked], totals[clicked])

    def without(self, gone: Collection[str]) -> "ProjectClicks":
        """Without the groups that have one of these files."""
        stale = tuple(group for group in self.groups if not group.paths.isdisjoint(gone))
        if not stale:
            return self
        kept = tuple(group for group in self.groups if group.paths.isdisjoint(gone))
        return replace(self, groups=kept, totals=self.totals - self._summed(stale))

    def adding(self, paths: Collection[str], cells: pl.DataFrame) -> "ProjectClicks":
        """With the cells of more files: `hour`, `target`, `x`, `y`, `clicks`."""
        ordered = cells.sort("hour")
        places = place_of(ordered["x"].to_numpy(), ordered["y"].to_numpy())
        more = self._knowing(places)
        group = Group(
            frozenset(paths),
            (ordered["hour"].dt.epoch("s") // SECONDS_AN_HOUR).cast(pl.Int32).to_numpy(),
            more.numbers[np.searchsorted(more.sorted_places, places)],
            target_codes(ordered["target"]),
            ordered["clicks"].to_numpy(),
        )
        return replace(more, groups=(*more.groups, group), totals=more.totals + more._summed((group,)))

    def _knowing(self, places: Numbers) -> "ProjectClicks":
        """With a number for each of these places."""
        new = np.setdiff1d(places, self.sorted_places)
        at = np.searchsorted(self.sorted_places, new)
        numbers = np.arange(self.places.size, self.places.size + new.size, dtype=np.int32)
        return replace(
            self,
            places=np.concatenate([self.places, new]),
            sorted_places=np.insert(self.sorted_places, at, new),
            numbers=np.insert(self.numbers, at, numbers),
            totals=np.concatenate([self.totals, np.zeros(new.size, np.int64)]),
        )

    def _summed(self, groups: Sequence[Group], hours: Hours = EVER, target: str | None = None) -> Numbers:
        """(P): the clicks of groups by the number of their place."""
        parts = [group.within(hours, target) for group in groups]
        places = np.concatenate([NOWHERE.places, *(each for each, _ in parts)])
        clicks = np.concatenate([NOWHERE.clicks, *(each for _, each in parts)])
        # as floats, which are exact up to 2^53 clicks
        return np.bincount(places, clicks, self.places.size).astype(np.int64)
