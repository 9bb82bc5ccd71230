"""What a batch's steps may ask of the consent records that it was decided by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Whose records there are, by rising `people` (numbers as `KnownRecords.people` gives them), and the time `since`
    (µs since 1970) from which the earliest of each counts.
    """

    people: NDArray[np.uint64]
    since: NDArray[np.int64]


class KnownRecords(Protocol):
    """The consent records as they were known at a moment."""

    @property
    def known(self) -> Mapping[int, int]:
        """The records below these offsets, by partition of their log; empty where there is no record at all."""
        ...

    def levels(self, rows: pl.DataFrame) -> pl.Series:
        """The recorded level in force at each row's occurred_at, null where there is no record."""
        ...

    def below(self, known: Mapping[int, int]) -> "KnownRecords":
        """Those that were known when the records below these offsets were."""
        ...

    def told(self, known: Mapping[int, int]) -> Told:
        """Those that were not known yet when only the records below these offsets were."""
        ...

    def people(self, rows: pl.DataFrame) -> NDArray[np.uint64]:
        """A number for each row's person, of tenant and subject, the same within this process."""
        ...
