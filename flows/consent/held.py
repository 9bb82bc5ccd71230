"""Consent records in memory, by person and time: 35 bytes each, in sorted arrays.

A person is a 64-bit hash of organisation and subject, equal within one process only; of a million people some two in
10⁸ such stores have a pair that shares one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Found = tuple[Numbers, Numbers, Numbers]
"""For each asked: since when, number and level of the record in force; -1 where there is none."""

RECENT = 10_000
"""So many new records are looked through beside the others before they are sorted in among them."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def people(rows: pl.DataFrame) -> NDArray[np.uint64]:
    """Each row's person, of its columns `tenant` and `subject`."""
    hashed = rows.select(tenant=pl.col("tenant").hash(5), subject=pl.col("subject").hash(7))
    mixed: NDArray[np.uint64] = hashed["subject"].to_numpy() ^ (hashed["tenant"].to_numpy() * _MIX)
    return mixed


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

    def found(self, person: NDArray[np.uint64], at: Numbers) -> Found:
        """For each person and time (µs) the last record that began by then: a binary search for all at once."""
        first = np.searchsorted(self.person, person, "left")
        low, high = first.copy(), np.searchsorted(self.person, person, "right")
        while (open_ := low < high).any():
            middle = (low + high) // 2
            begun = open_ & (self.since[np.minimum(middle, len(self) - 1)] <= at)
            low = np.where(begun, middle + 1, low)
            high = np.where(open_ & ~begun, middle, high)
        last = low - 1
        return self._at(last, last >= first)

    def _at(self, places: Numbers, there: NDArray[np.bool_]) -> Found:
        since, number, level = (np.full(len(places), -1, np.int64) for _ in range(3))
        since[there] = self.since[places[there]]
        number[there] = self.number[places[there]]
        level[there] = self.level[places[there]]
        return since, number, level

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
        recent = Sorted.joined([self.recent, new]) if len(new) else self.recent
        if len(recent) < RECENT:
            return Held(self.settled, recent, known)
        return Held(Sorted.joined([self.settled, recent]), Sorted.nothing(), known)

    def below(self, known: Mapping[int, int]) -> "Held":
        """Those that lie below these offsets."""
        limits = np.zeros(max([*self.known, *known], default=0) + 1, np.int64)
        limits[list(known)] = list(known.values())
        parts = (part.taken(part.offset < limits[part.partition]) for part in (self.settled, self.recent))
        return replace(self, settled=Sorted.joined(parts), recent=Sorted.nothing(), known=known)

    def levels(self, rows: pl.DataFrame) -> pl.Series:
        """The level in force at each row's `occurred_at` for its person, null where there is none."""
        if not len(self):
            return pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)
        person, at = people(rows), rows["occurred_at"].cast(pl.Int64).to_numpy()
        since, number, level = self.settled.found(person, at)
        if len(self.recent):
            newer_since, newer_number, newer_level = self.recent.found(person, at)
            newer = (newer_since > since) | ((newer_since == since) & (newer_number >= number))
            level = np.where(newer, newer_level, level)
        return pl.Series(level).replace(-1, None)
