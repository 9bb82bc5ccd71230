"""Aggregates whose rows add up and say of nobody: what erased people's rows have given to them is taken off again.

Guarantee: each erasure once. What its rows gave is added with a minus, in one commit that notes the newest erasure it
is of; so a run that dies does it once, whatever the next one finds. Then the rows of a day that add up to one are put
together, and what adds up to nothing is gone, values of the erased among it; readers see the same before and after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.shared.columns import Table
from sinks.erased import persistently
from sinks.erased_stream import Leaving
from sinks.files import TableFiles
from sinks.table import shaped

ERASED = "erased"
"""Application whose version in an aggregate is the number of the newest erasure that it is without."""

NOTHING = 1e-3
"""Sums of fractions that cancel out leave no more than this."""


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A Rebuild for `table`: `part` is what rows of a primary table give to it, `sums` are its columns that add up."""

    table: Table
    part: Callable[[pl.DataFrame], pl.DataFrame]
    sums: Sequence[str]

    def __call__(self, leaving: Leaving) -> None:
        """Raises ExchangeRaced where other upkeep kept changing the table."""
        if leaving.location.exists(self.table.name):
            files = TableFiles.open(leaving.location, self.table)
            self._take_off(leaving, files)
            days = shaped(self.part(leaving.going()), self.table)[files.partition].unique().sort()
            for day in days:
                persistently(files, lambda day=day: self._put_together(files, day))  # type: ignore[misc]

    def _take_off(self, leaving: Leaving, files: TableFiles) -> None:
        """What the erasures gave that were not taken off before."""

        def once() -> None:
            done = files.transaction(ERASED)
            if done < leaving.number:
                given = self.part(leaving.going().filter(pl.col("erasure") > done))
                taken = shaped(given.with_columns(-pl.col(name) for name in self.sums), self.table)
                files.exchange([], taken, {ERASED: leaving.number})

        persistently(files, once)

    def _put_together(self, files: TableFiles, day: object) -> None:
        paths = files.listing().filter(pl.col(files.partition) == day)["path"].to_list()
        rows = files.scan(paths).collect()
        key = [name for name in self.table.schema if name not in self.sums]
        together = rows.group_by(key).agg(pl.col(name).sum() for name in self.sums)
        anything = pl.any_horizontal(pl.col(name).abs() > NOTHING for name in self.sums)
        files.exchange(paths, shaped(together.filter(anything), self.table), {}, upkeep=True)
