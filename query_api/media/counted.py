"""Sessions one by one, as arrays: what each adds to the sums, and what says to which of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_api.media.running import HOUR_US, ZEROS, Flags, Floats, Integers, coded
from schemas.media.dimensions import ALL
from schemas.shared.origins import came_by
from sinks.media.cells import HISTOGRAMS, MEASURES, bucket, contributions
from sinks.media.status import EVER, STATUSES, abandoned_from, completed

Codes: TypeAlias = tuple[Sequence[str], Integers]
"""Values of a dimension, and of each session the place of its own among them."""

Named: TypeAlias = tuple[Sequence[str], Floats]
"""Values of a dimension, and their sums: [values, statuses, measures]."""

Counts: TypeAlias = tuple[NDArray[Any], Floats]
"""Numbers, and how many sessions have each; a number may be there several times."""

COMPLETED, ABANDONED, ACTIVE = (STATUSES.index(name) for name in ("completed", "abandoned", "active"))
EXITED = MEASURES.index("exited_sessions")


class Counted:
    """Sessions of one organisation; each array has an element a session, and is made when it is first asked for."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows
        self._codes: dict[str, Codes] = {}
        self._came_by: dict[frozenset[str], Flags] = {}

    def __len__(self) -> int:
        return self._rows.height

    def make_as(self, other: "Counted") -> None:
        """Makes the arrays that were made of the other."""
        for name in list(vars(other)):
            if isinstance(getattr(Counted, name, None), cached_property):
                getattr(self, name)
        for dimension in list(other._codes):
            self.codes(dimension)

    @cached_property
    def began(self) -> Integers:
        """The first event, in µs since 1970."""
        return self._rows["first_event_at"].to_physical().to_numpy()

    @cached_property
    def hours(self) -> Integers:
        """The hour of the first event, as its number since 1970."""
        return self.began // HOUR_US

    def of_media(self, media_id: str) -> Flags:
        """Whether it is of this media."""
        return (self._rows["media_id"] == media_id).to_numpy()

    def came_by(self, sources: frozenset[str]) -> Flags:
        """Whether it came by one of these."""
        if sources not in self._came_by:
            self._came_by[sources] = self._rows.select(came_by(sources)).to_series().to_numpy()
        return self._came_by[sources]

    def statuses(self, at: int) -> Integers:
        """The place in STATUSES of what each is at `at`, in µs since 1970."""
        completes, abandoned = self._ends
        return np.where(completes, COMPLETED, np.where(abandoned <= at, ABANDONED, ACTIVE))

    @cached_property
    def _ends(self) -> tuple[Flags, Integers]:
        """Whether it is completed, and from when on it is abandoned otherwise."""
        settled = "status" in self._rows.columns
        ends = (pl.col("status") == "completed", EVER) if settled else (completed(), abandoned_from())
        found = self._rows.select(completed=ends[0], abandoned=ends[1].to_physical())
        return found["completed"].to_numpy(), found["abandoned"].fill_null(np.iinfo(np.int64).max).to_numpy()

    @cached_property
    def adds(self) -> Floats:
        """[sessions, MEASURES], of each as if it were abandoned."""
        return self._parts.select(pl.col(MEASURES).cast(pl.Float64)).to_numpy()

    @cached_property
    def _parts(self) -> pl.DataFrame:
        return contributions(self._rows.lazy().with_columns(status=pl.lit("abandoned"))).collect()

    def codes(self, dimension: str) -> Codes:
        """By the dimension's values."""
        if dimension == ALL:
            return [ALL], np.zeros(len(self), np.int64)
        if dimension not in self._codes:
            names, codes = coded(self._parts[dimension])
            self._codes[dimension] = names.to_list(), codes
        return self._codes[dimension]

    @cached_property
    def facts(self) -> Mapping[str, Floats]:
        """The facts that percentiles are asked of; nan where one is not known."""
        return {fact: self._rows[fact].cast(pl.Float64).to_numpy() for fact in HISTOGRAMS}

    @cached_property
    def buckets(self) -> Mapping[str, tuple[Integers, Integers]]:
        """The facts by numbers of buckets; what is not known is in one of them too."""
        found = self._rows.select(bucket(fact).fill_null(ZEROS).alias(fact) for fact in HISTOGRAMS)
        numbered = {fact: coded(found[fact]) for fact in HISTOGRAMS}
        return {fact: (names.to_numpy().astype(np.int64), codes) for fact, (names, codes) in numbered.items()}


@dataclass(frozen=True)
class Chosen:
    """Sessions of which some are asked for, to be added or, with the sign −1, to be taken off."""

    sessions: Counted
    statuses: Integers
    asked: Flags
    sign: int

    def by(self, codes: Codes, measures: Sequence[int]) -> Named:
        """What those that are asked for add, by names; measures are places in MEASURES."""
        names, places = codes
        size = len(names) * len(STATUSES)
        groups = np.where(self.asked, places * len(STATUSES) + self.statuses, size)
        columns = [np.bincount(groups, self.sessions.adds[:, measure], size + 1)[:size] for measure in measures]
        sums = np.stack(columns, axis=1, dtype=np.float64).reshape(len(names), len(STATUSES), len(measures))
        if EXITED in measures:
            sums[:, [COMPLETED, ACTIVE], measures.index(EXITED)] = 0
        return names, self.sign * sums

    def values(self, fact: str) -> Counts:
        """The known values of a fact."""
        values = self.sessions.facts[fact]
        known = values[self.asked & ~np.isnan(values)]
        return known, np.full(len(known), float(self.sign))

    def buckets(self, fact: str) -> Counts:
        """The same as numbers of buckets."""
        names, codes = self.sessions.buckets[fact]
        known = self.asked & ~np.isnan(self.sessions.facts[fact])
        return names, self.sign * np.bincount(codes[known], minlength=len(names)).astype(np.float64)
