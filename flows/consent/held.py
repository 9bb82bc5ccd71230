"""Consent records in memory, by person and time: 35 bytes each, in sorted arrays.

A person is a 64-bit hash of organisation and subject, equal within one process only; of a million people some two in
10⁸ such stores have a pair that shares one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.conveyor.known import Told
from flows.steps.consent import or_null

Numbers = NDArray[np.int64]

RECENT = 10_000
"""So many new records are looked through beside the others before they are sorted in among them."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


HASHED = (pl.col("tenant").hash(5), pl.col("subject").hash(7))
"""Two hashes that say who a row is of."""


def people(rows: pl.DataFrame) -> NDArray[np.uint64]:
    """Each row's person, of its columns `tenant` and `subject`."""
    return mixed(rows.select(HASHED))


def mixed(hashed: pl.DataFrame) -> NDArray[np.uint64]:
    """The same of rows that have been HASHED."""
    person: NDArray[np.uint64] = hashed["subject"].to_numpy() ^ (hashed["tenant"].to_numpy() * _MIX)
    return person


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """Columns of one length, by `person`, then `since` (µs since 1970), then `number`, then `offset`.

    `partition` and `offset` are a record's place on its log, `number` counts records.
    """

    person: NDArray[np.uint64]
    since: Numbers
    number: Numbers
    offset: Numbers
    partition: NDArray[np.int16]
    level: NDArray[np.int8]

    @classmethod
    def nothing(cls) -> "Sorted":
        """No records."""
        return cls.of(pl.DataFrame(schema={**RECORD, "person": pl.UInt64}))

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Sorted":
        """Rows with these columns, in any order."""
        return cls(*(rows[field.name].to_numpy().astype(_DTYPES[field.name]) for field in fields(cls)))._ordered()

    @classmethod
    def joined(cls, parts: Iterable["Sorted"]) -> "Sorted":
        """All records of several."""
        every = list(parts)
        return cls(*(np.concatenate([getattr(part, field.name) for part in every]) for field in fields(cls)))._ordered()

    def __len__(self) -> int:
        return len(self.person)

    @property
    def bytes(self) -> int:
        """What they take in memory."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))

    def taken(self, chosen: NDArray[Any]) -> "Sorted":
        """Some of them, by a mask or by their places."""
        return Sorted(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def found(self, person: NDArray[np.uint64], at: Numbers) -> Numbers:
        """For each person and time (µs) the place of the last record that began by then, -1 where there is none.

        A binary search for all at once. Each person is looked up once, in their order: memory is what it waits for.
        """
        first, after = self._begun(person, at)
        return np.where(after > first, after - 1, -1)

    def merged(self, new: "Sorted") -> "Sorted":
        """These and others, which are put into their places: no more than a copy of the columns."""
        first, after = self._begun(new.person, new.since)
        before = np.maximum(after - 1, 0)
        if (after > first).any() and self._are_later(before, new)[after > first].any():
            return Sorted.joined([self, new])
        columns = (field.name for field in fields(self))
        return Sorted(*(np.insert(getattr(self, name), after, getattr(new, name)) for name in columns))

    def _begun(self, person: NDArray[np.uint64], at: Numbers) -> tuple[Numbers, Numbers]:
        """Where each person's records begin, and where those that began by then end."""
        distinct, of = np.unique(person, return_inverse=True)
        first = np.searchsorted(self.person, distinct, "left")[of]
        low, high = first, np.searchsorted(self.person, distinct, "right")[of]
        while (looking := low < high).any():
            middle = (low + high) // 2
            begun = self.since.take(middle, mode="clip") <= at
            low, high = np.where(looking & begun, middle + 1, low), np.where(looking & ~begun, middle, high)
        return first, low

    def _are_later(self, places: Numbers, new: "Sorted") -> NDArray[np.bool_]:
        """Whether the records there began when the new ones did, and were recorded after them."""
        same: NDArray[np.bool_] = self.since[places] == new.since
        return same & (self.number[places] > new.number)

    def levels(self, places: Numbers) -> Numbers:
        """The levels of records at these places, -1 where the place is."""
        if not len(self):
            return np.full(len(places), -1)
        return np.where(places >= 0, self.level.take(places, mode="clip"), -1)

    def _ordered(self) -> "Sorted":
        return self.taken(np.lexsort((self.offset, self.number, self.since, self.person)))


RECORD = pl.Schema(
    {"since": pl.Int64(), "number": pl.Int64(), "offset": pl.Int64(), "partition": pl.Int16(), "level": pl.Int8()}
)
_DTYPES: Mapping[str, Any] = {
    "person": np.uint64, "since": np.int64, "number": np.int64, "offset": np.int64, "partition": np.int16,
    "level": np.int8,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """All records below `known` of their log; new ones lie apart until there are RECENT of them. Never changed."""

    settled: Sorted
    recent: Sorted
    known: Mapping[int, int]

    def __len__(self) -> int:
        return len(self.settled) + len(self.recent)

    def adding(self, new: Sorted, known: Mapping[int, int]) -> "Held":
        """These and new ones."""
        recent = self.recent.merged(new)
        if len(recent) < RECENT:
            return Held(self.settled, recent, known)
        return Held(self.settled.merged(recent), Sorted.nothing(), known)

    def below(self, known: Mapping[int, int]) -> "Held":
        """Those that lie below these offsets."""
        parts = (part.taken(earlier) for part, earlier in self._earlier(known))
        return replace(self, settled=Sorted.joined(parts), recent=Sorted.nothing(), known=known)

    def told(self, known: Mapping[int, int]) -> Told:
        """Those at or beyond these offsets: whose they are, and from when on the earliest of each counts."""
        new = Sorted.joined(part.taken(~earlier) for part, earlier in self._earlier(known))
        people, firsts = np.unique(new.person, return_index=True)
        return Told(people, new.since[firsts])

    def people(self, rows: pl.DataFrame) -> NDArray[np.uint64]:
        """Each row's person."""
        return people(rows)

    def _earlier(self, known: Mapping[int, int]) -> Iterator[tuple[Sorted, NDArray[np.bool_]]]:
        """Both parts, and which of their records lie below these offsets."""
        limits = np.zeros(max([*self.known, *known], default=0) + 1, np.int64)
        limits[list(known)] = list(known.values())
        return ((part, part.offset < limits[part.partition]) for part in (self.settled, self.recent))

    def levels(self, rows: pl.DataFrame) -> pl.Series:
        """The level in force at each row's `occurred_at` for its person, null where there is none."""
        if not len(self):
            return pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)
        person, at = people(rows), rows["occurred_at"].cast(pl.Int64).to_numpy()
        if not len(self.recent):
            return or_null(self.settled.levels(self.settled.found(person, at)))
        older, newer = self.settled.found(person, at), self.recent.found(person, at)
        level = np.where(self._newer(newer, older), self.recent.levels(newer), self.settled.levels(older))
        return or_null(level)

    def _newer(self, recent: Numbers, settled: Numbers) -> NDArray[np.bool_]:
        """Where there is a recent record, and the settled one is not there or older: by its time, then its number."""
        if not len(self.settled):
            return recent >= 0
        mine, other = (
            (part.since.take(places, mode="clip"), part.number.take(places, mode="clip"))
            for part, places in ((self.recent, recent), (self.settled, settled))
        )
        later: NDArray[np.bool_] = (mine[0] > other[0]) | ((mine[0] == other[0]) & (mine[1] >= other[1]))
        return (recent >= 0) & ((settled < 0) | later)
