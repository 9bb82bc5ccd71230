"""Aggregates that say of nobody, counted again from the events that stay where an erasure touches them.

Guarantee: whatever was done before and whoever else counts again, such as a withdrawal of consent: what is left of the
events says what an aggregate comes to, so to do it twice, or to begin again, does no harm.
"""

from dataclasses import dataclass

from schemas.shared.columns import Table
from sinks.erased_stream import Leaving
from sinks.files import TableFiles
from sinks.remade import Left, Remade, change_rows


@dataclass(frozen=True, slots=True)
class CountedAgain:
    """A Rebuild for `table`, whose rows add up as `how` says."""

    table: Table
    how: Remade

    def __call__(self, leaving: Leaving) -> None:
        """Day by day of the table, which bounds what is in memory.

        Raises:
            ExchangeRaced: other upkeep kept changing the table.
            FlowBetween: the events do not come as far as the table; the flow has to be there to finish it.
        """
        if not leaving.location.exists(self.table.name):
            return
        files = TableFiles.open(leaving.location, self.table)
        told = {name for of_row in self.how.key.values() for name in of_row.meta.root_names()}
        touched = leaving.going(*sorted(told)).select(**self.how.key).unique()
        for keys in touched.partition_by(files.partition):
            left = Left(
                leaving.location,
                leaving.stream,
                lambda _, __, rows: leaving.staying(rows.lazy()).collect(),
                keys,
                leaving.partitions,
            )
            change_rows(files, keys, lambda version, left=left: left.made(self.how, version))  # type: ignore[misc]
